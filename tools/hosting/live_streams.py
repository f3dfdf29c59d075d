"""What live streams share: engine and text encoder, and the libraries that they all import."""

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Pipe
from typing import Any

from fsrf_live.fsrf.common.config import ENGLISH
from fsrf_live.fsrf.common.errors import EngineError, FsrfError
from fsrf_live.stream.flow.sinks import Sink
from fsrf_live.stream.live.composing import RecordingChoice, compose_session
from fsrf_live.stream.live.opening import Wanted
from fsrf_live.stream.live.session import LiveSession
from fsrf_live.stream.reading.loading import (
    EngineChoice,
    Extractors,
    checked_choice,
    load_engine_of,
    loaded_choice,
)
from fsrf_live.tools.hosting.messages import HostedSession, OpenStream


@dataclass(frozen=True, slots=True)
class OpenLiveStreams:
    """The opening of hosts of live streams, each asked for by its `Wanted`."""

    choice: EngineChoice

    def __call__(self) -> OpenStream:
        """Load what can be forked; raises CheckpointError, EngineError, SourceError."""
        from fsrf_live.engines.tensorrt.cuda import has_driver
        from fsrf_live.engines.triton.address import is_triton

        # A process that has used a GPU cannot be forked, nor can a connection to a server, which has a
        # thread: each host loads its own engine then. Whether it can is tried first.
        engine = self.choice.engine
        if has_driver() or (isinstance(engine, str) and is_triton(engine)):
            _try_in_a_fork(lambda: load_engine_of(self.choice))
            return LiveStreams(self.choice, None)
        import_libraries()
        return LiveStreams(loaded_choice(self.choice, load_engine_of), Extractors())


def _try_in_a_fork(load: Callable[[], object]) -> None:
    """Load in a process that ends; raises what it raised, and EngineError if it died."""
    ours, theirs = Pipe(duplex=False)
    pid = os.fork()
    if not pid:
        try:
            load()
            theirs.send(None)
        except FsrfError as error:
            theirs.send(error)
        finally:
            os._exit(0)
    theirs.close()
    try:
        failure: FsrfError | None = ours.recv()
    except EOFError:
        failure = EngineError("the engine ended its process while it loaded: try it with 'fsrf doctor'")
    os.waitpid(pid, 0)
    if failure is not None:
        raise failure


def import_libraries() -> None:
    """Load those of files and cameras, so that hosts share their pages."""
    import av  # noqa: F401
    import cv2  # noqa: F401


@dataclass(slots=True)
class LiveStreams:
    """Opens the sessions of one host, which share an engine; from any thread."""

    choice: EngineChoice
    extractors: Extractors | None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, spec: Wanted, sink: Sink) -> HostedSession:
        """Put one together; raises FsrfError."""
        session = compose_session(
            spec,
            self._choice(spec.language),
            lambda: [sink],
            faults=(),
            recording=RecordingChoice(None),
            duration_s=None,
            extractors=self.extractors,
        )
        return _Hosted(session)

    def _choice(self, language: str | None) -> EngineChoice:
        """What is shared; a stream in another language has a text encoder of its own."""
        shared = self._loaded()
        if language in (None, *ENGLISH):
            return shared
        return checked_choice(shared.engine, shared.checkpoint, shared.precision, language=language)

    def _loaded(self) -> EngineChoice:
        from fsrf_live.engines.batching import BatchingEngine

        with self._lock:
            if isinstance(self.choice.engine, str):
                # An engine on a GPU or a server belongs to one thread at a time: here to one of its own.
                self.choice = loaded_choice(
                    self.choice,
                    lambda choice: BatchingEngine(lambda batch: load_engine_of(choice, batch), (1,)),
                )
            return self.choice


class _Hosted:
    """A live session that tells how it fares."""

    def __init__(self, session: LiveSession) -> None:
        self._session = session
        self.start, self.wait, self.stop = session.start, session.wait, session.stop

    @property
    def drops(self) -> Mapping[str, int]:
        return self._session.drops

    def health(self) -> Mapping[str, Any]:
        shown = self._session.snapshot()
        processing = shown.latency.get("processing")
        return {
            "state": "loading" if shown.loading else "running",
            "time_s": round(shown.time_s, 1),
            "sources": {
                view.source: {"state": view.state.value, "reason": view.reason, "drops": view.drops}
                for view in shown.sources
            },
            "processing_ms": None if processing is None else {"p50": processing.p50, "p99": processing.p99},
        }
