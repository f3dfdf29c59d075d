"""Profiles streams that run in other processes: by their records, and by what the kernel says of all."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from fsrf_live.stream.flow.clock import NS, Clock
from fsrf_live.stream.flow.records import Reading, Record
from fsrf_live.tools.profiling.cpu import CpuOfProcesses, memory_mb
from fsrf_live.tools.profiling.probe import Timed
from fsrf_live.tools.profiling.profiling import WARM_UP_S, Profile, profile_of

_LISTEN_S = 0.2


class ElsewhereStreams(Protocol):
    """Streams by their numbers, from 0."""

    @property
    def processes(self) -> int:
        """How many processes they have."""

    def start(self, stream: int) -> None:
        """Begin the next one."""

    def records(self, timeout_s: float) -> Iterable[tuple[int, Record]]:
        """What has come since the last call; raises FsrfError if a stream was ended by a mistake."""

    def has_ended(self) -> bool:
        """Whether any has ended by itself."""

    def stop(self) -> Mapping[str, int]:
        """End all; gives what they dropped, together."""


def profile_elsewhere(
    streams: ElsewhereStreams, number: int, clock: Clock, *, duration_s: float | None
) -> Profile:
    """Run so many until the first ends, or for `duration_s` after the warm-up.

    Each begins once the one before it plays; the second once the first has been read, so that its memory is
    known. Raises what ended a stream by mistake.
    """
    meter = _Meter(streams, clock, number)
    for stream in range(number):
        streams.start(stream)
        meter.listen_until_it_plays(stream)
    meter.listen(WARM_UP_S)
    cpu, begun_ns = CpuOfProcesses(), clock.now_ns()
    cpu.start()
    meter.measuring = True
    meter.listen(duration_s)
    seconds = (clock.now_ns() - begun_ns) / NS
    used_s, stages = cpu.used()
    all_mb, processes = memory_mb(), streams.processes
    measured = profile_of(meter.engine, meter.kept, seconds, used_s, stages, streams.stop())
    further_mb = (all_mb - meter.first_mb) / (number - 1) if number > 1 else None
    return replace(measured, processes=processes, memory_mb=all_mb, further_stream_mb=further_mb)


class _Meter:
    def __init__(self, streams: ElsewhereStreams, clock: Clock, number: int) -> None:
        self.kept: list[list[Timed]] = [[] for _ in range(number)]
        self.engine = ""
        self.measuring = False
        self.first_mb = 0.0
        self._streams = streams
        self._clock = clock
        self._playing: set[int] = set()

    def listen_until_it_plays(self, stream: int) -> None:
        """Its first record says so."""
        while not (stream in self._playing and self.engine) and not self._streams.has_ended():
            self._hear()
        if stream == 0:
            self.first_mb = memory_mb()

    def listen(self, for_s: float | None) -> None:
        """So long, or until a stream has ended."""
        until_ns = None if for_s is None else self._clock.now_ns() + round(for_s * NS)
        while not self._streams.has_ended() and (until_ns is None or self._clock.now_ns() < until_ns):
            self._hear()

    def _hear(self) -> None:
        for stream, record in self._streams.records(_LISTEN_S):
            self._playing.add(stream)
            if isinstance(record, Reading):
                self.engine = record.engine
                if self.measuring:
                    timed = Timed(self._clock.now_ns(), record.final, record.latency_ms)
                    self.kept[stream].append(timed)
