"""The session of a stream, in a process of its own: from its description to its records."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fsrf_live.engines.common.names import Precision
from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.tools.fleet.crew import PerformSession, TellWorker

if TYPE_CHECKING:
    from fsrf_live.engines.common.contract import Engine
    from fsrf_live.stream.flow.records import Record
    from fsrf_live.stream.flow.snapshot import Snapshot

_TELL_S = 1.0
DESCRIBED = ("camera", "mic", "text", "media", "loop", "language")


def description(parts: Mapping[str, Any]) -> str:
    """What a stream listens to, as it travels; raises UsageError if that is nothing."""
    given = {part: parts[part] for part in DESCRIBED if parts.get(part)}
    if not {"camera", "mic", "media", "text"} & given.keys():
        raise UsageError("a stream needs something to listen to: give --camera, --mic, --text or --media")
    for device in ("camera", "mic"):
        if given.get(device) == "browser":
            raise UsageError(
                f"a stream has no page, so no browser is its --{device}: name a device or an address"
            )
    if given.get("text") == "stdin":
        raise UsageError("a stream has no standard input: give --text a file, asr, or leave it out")
    return json.dumps(given, sort_keys=True)


def shown(spec: str) -> str:
    """A description for people: what they gave, without names and passwords in addresses."""
    from fsrf_live.stream.sources.camera import is_address, redacted

    given = json.loads(spec) if spec else {}
    words = []
    for part, value in given.items():
        text = redacted(value) if isinstance(value, str) and is_address(value) else value
        words.append(f"--{part}" if value is True else f"--{part} {text}")
    return " ".join(words)


@dataclass(frozen=True, slots=True)
class OpenLiveSessions:
    """Makes a process ready for a live session."""

    engine: str
    precision: Precision
    checkpoint: Path

    def __call__(self) -> PerformSession:
        """Load what each session needs; raises EngineError, CheckpointError."""
        from fsrf_live.stream.flow.clock import MonotonicClock
        from fsrf_live.stream.live import composing  # noqa: F401 - it takes a second, which no stream should wait
        from fsrf_live.stream.reading.loading import (
            EngineChoice,
            load_analyst,
            load_engine_of,
            make_faces,
            make_voices,
        )
        from fsrf_live.tools.shell.memory import share_pool

        share_pool()
        choice = EngineChoice(self.engine, self.checkpoint, self.precision)
        engine = load_engine_of(choice)
        # A session loads these once more, but from memory, and with their libraries there already.
        load_analyst(replace(choice, engine=engine), MonotonicClock(), warm_text=True)
        make_faces().close()
        make_voices()
        return _Live(self, engine).perform


class _Live:
    def __init__(self, opened: OpenLiveSessions, engine: "Engine") -> None:
        self._opened, self._engine = opened, engine

    def perform(self, spec: str, tell: TellWorker, over: threading.Event) -> None:
        """Run a session until it ends by itself, or is over."""
        from fsrf_live.stream.live.composing import RecordingChoice, compose_session
        from fsrf_live.stream.reading.loading import checked_choice

        wanted = _wanted(json.loads(spec))
        opened = self._opened
        choice = checked_choice(self._engine, opened.checkpoint, opened.precision, language=wanted.language)
        session = compose_session(
            wanted,
            choice,
            lambda: [_Pipe(tell)],
            faults=(),
            recording=RecordingChoice(None),
            duration_s=None,
        )
        session.start()
        try:
            while not over.is_set() and not session.wait(_TELL_S):
                tell("health", _health(session.snapshot()))
        finally:
            session.stop()


def _wanted(given: Mapping[str, Any]) -> Any:
    """What a description wants. A stream has no default devices: only what was named."""
    from fsrf_live.stream.live.opening import Wanted

    media = given.get("media")
    absent = None if media else "none"
    return Wanted(
        given.get("camera", absent),
        given.get("mic", absent),
        given.get("text"),
        Path(media) if media else None,
        loop=bool(given.get("loop", False)),
        language=given.get("language"),
    )


def _health(snapshot: "Snapshot") -> Mapping[str, Any]:
    sources = {
        view.source: {"state": view.state.value, "reason": view.reason, "drops": view.drops}
        for view in snapshot.sources
    }
    processing = snapshot.latency.get("processing")
    return {
        "state": "loading" if snapshot.loading else "running",
        "time_s": round(snapshot.time_s, 1),
        "sources": sources,
        "processing_ms": None if processing is None else {"p50": processing.p50, "p99": processing.p99},
    }


class _Pipe:
    """A sink that brings records to the worker."""

    closed = False

    def __init__(self, tell: TellWorker) -> None:
        self._tell = tell

    def emit(self, record: "Record") -> None:
        """Bring a record."""
        from fsrf_live.stream.flow.records import values_of

        self._tell("record", values_of(record))

    def close(self) -> None:
        """Do nothing: the process ends soon."""
