"""``lsl`` or ``lsl:NAME``: two streams of the Lab Streaming Layer, beside EEG, gaze and what a lab has more.

NAME has a sample for each reading, NAME-markers one for each marker and each change of a source. Both are
stamped with the time of capture on the clock of LSL, so that what is recorded together lines up. Readings
come when there is something to say, at no fixed rate: the stamps of a stream that claims one are smoothed by
who reads the file.
"""

import os
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fsrf_live.stream.flow.clock import NS, Clock, MonotonicClock
from fsrf_live.stream.flow.records import Event, Marker, Reading, Record
from fsrf_live.stream.flow.sinks import Sink
from fsrf_live.stream.sinks.flat import CHANNELS, flat
from fsrf_live.stream.sinks.library import library_of

DEFAULT_NAME = "FSRF"
OWN_STREAMS = "fsrf-"
"""How the identities of our own streams begin."""

_CONFIGURATIONS = ("lsl_api.cfg", "~/lsl_api/lsl_api.cfg", "/etc/lsl_api/lsl_api.cfg")
_OURS = "[multicast]\nResolveScope = machine\n[log]\nlevel = -2\n"


class LslStreams:
    """Pushes readings as numbers, markers by their names, and events as markers."""

    closed = False

    def __init__(self, name: str, clock: Clock) -> None:
        """Announce both streams; raises UsageError without pylsl. `clock` is that of the session."""
        self._lsl = library_of("lsl", "pylsl")
        self._clock = clock
        self._readings = self._outlet(name, "Sentiment", CHANNELS, self._lsl.cf_double64)
        self._markers = self._outlet(f"{name}-markers", "Markers", ("event",), self._lsl.cf_string)

    def emit(self, record: Record) -> None:
        """Push one sample."""
        if isinstance(record, Reading):
            cells = flat(record)
            numbers = [float(cells.get(name) or 0) for name in CHANNELS]
            self._readings.push_sample(numbers, self._stamp(record))
        elif isinstance(record, Event | Marker):
            self._markers.push_sample([_marker(record)], self._stamp(record))

    def close(self) -> None:
        """Withdraw the streams."""
        self._readings = self._markers = None

    def _outlet(self, name: str, kind: str, channels: Iterable[str], form: int) -> Any:
        labels = list(channels)
        # By it an inlet finds the stream of the next session as the same one.
        identity = f"{OWN_STREAMS}{socket.gethostname()}-{name}"
        info = self._lsl.StreamInfo(name, kind, len(labels), self._lsl.IRREGULAR_RATE, form, identity)
        info.set_channel_labels(labels)
        return self._lsl.StreamOutlet(info)

    def _stamp(self, record: Reading | Event | Marker) -> float:
        """When it was captured, on the clock of LSL; now, if it was not captured in this run."""
        now_s: float = self._lsl.local_clock()
        if record.time is None or record.time.clock_ns is None:
            return now_s
        return now_s - (self._clock.now_ns() - record.time.clock_ns) / NS


def open_lsl(target: str) -> Sink:
    """The sink ``lsl`` or ``lsl:NAME``; raises UsageError."""
    lsl_library()
    return LslStreams(target or DEFAULT_NAME, MonotonicClock())


def lsl_library() -> Any:
    """pylsl, for this machine alone unless somebody has configured it; raises UsageError if it is missing."""
    lsl = library_of("lsl", "pylsl")
    if not _is_configured(os.environ):
        lsl.set_config_content(_OURS)
    return lsl


def _marker(record: Event | Marker) -> str:
    if isinstance(record, Marker) and record.rating is not None:
        return f"{record.name} {record.rating:+.2f}"
    if isinstance(record, Marker):
        return record.name
    reason = f": {record.reason}" if record.reason else ""
    return f"{record.source} {record.state.value}{reason}"


def _is_configured(environment: Mapping[str, str]) -> bool:
    """Whether somebody has said how LSL is to behave here: then nothing of ours takes its place."""
    return "LSLAPICFG" in environment or any(Path(name).expanduser().exists() for name in _CONFIGURATIONS)
