"""Profiles live sessions: latency and CPU time of a clip that plays in real time."""

import resource
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fsrf_live.stream.flow.clock import NS, Clock
from fsrf_live.stream.flow.snapshot import Percentiles
from fsrf_live.stream.live.session import LiveSession
from fsrf_live.stream.reading.latency import LatencyRecorder
from fsrf_live.tools.profiling.cpu import CpuByThread, cores, memory_mb
from fsrf_live.tools.profiling.probe import Probe, Timed
from fsrf_live.tools.profiling.tracing import Tracer

WARM_UP_S = 2.0
"""What happens so soon after the last stream has begun to play does not count."""
_LOOK_EVERY_S = 4.0
LOADING_LOOKS_S = 0.05
LOAD = 0.75
"""So much of the cores may be busy before readings are late now and then."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What was measured; all latencies in ms, CPU in seconds per second of media of one stream.

    `parts` are of final readings, `partial` of those while a window is open; `each` is ``processing`` by
    stream. `stages` is CPU by group of threads. `real_time_factor` is that of the busiest stage: below 1 it
    keeps up. `growth_ms` is the mean processing of the second half less that of the first. `batches` counts
    the runs of an engine that several streams share, by the number of windows in each. `processes` is how
    many hosts streams had, None if they ran in this one. `memory_mb` is that of all processes at the end,
    pages that several have counted once; `further_stream_mb` how much each stream but the first has added.
    """

    engine: str
    streams: int
    seconds: float
    parts: Mapping[str, Percentiles]
    partial: Mapping[str, Percentiles]
    each: Sequence[Percentiles]
    cpu_seconds_per_second: float
    stages: Mapping[str, float]
    peak_memory_mb: float
    drops: Mapping[str, int]
    cores: int
    growth_ms: float | None
    batches: Mapping[int, int] = field(default_factory=dict)
    processes: int | None = None
    memory_mb: float = 0.0
    further_stream_mb: float | None = None

    @property
    def real_time_factor(self) -> float:
        """CPU of the busiest stage per second of media."""
        return max(self.stages.values(), default=self.cpu_seconds_per_second)

    @property
    def streams_carried(self) -> int:
        """How many such streams this machine would carry, by its CPU alone."""
        return int(LOAD * self.cores / max(self.cpu_seconds_per_second, 1e-6))


def profile(
    make: Callable[[int, Probe], LiveSession],
    streams: int,
    clock: Clock,
    *,
    tracer: Tracer | None = None,
    warm_up_s: float = WARM_UP_S,
    duration_s: float | None = None,
) -> Profile:
    """Run sessions side by side until the first ends, or for `duration_s` after the warm-up.

    `make` gives the session of a stream (from 0) with its journal. Each begins once the one before it plays,
    so that no two do the same at the same moment. Raises what ended a session by mistake.
    """
    measuring = threading.Event()
    probes = [Probe(clock, stream, measuring, tracer) for stream in range(streams)]
    sessions = [make(stream, probe) for stream, probe in enumerate(probes)]
    cpu = CpuByThread()
    try:
        for session in sessions:
            session.start()
            while session.snapshot().loading is not None and not session.wait(LOADING_LOOKS_S):
                pass
        _wait(sessions, clock, warm_up_s, cpu)
        cpu.start()
        begun_ns = clock.now_ns()
        measuring.set()
        _wait(sessions, clock, duration_s, cpu)
        measuring.clear()
        seconds = (clock.now_ns() - begun_ns) / NS
        used_s, stages = cpu.used()
        drops = _sum(session.drops for session in sessions)
    finally:
        for session in sessions:
            session.stop()
    kept = [probe.kept for probe in probes]
    return profile_of(sessions[0].snapshot().engine, kept, seconds, used_s, stages, drops)


def _wait(sessions: Sequence[LiveSession], clock: Clock, for_s: float | None, cpu: CpuByThread) -> None:
    """Wait so long, or until a session is over."""
    until_ns = None if for_s is None else clock.now_ns() + round(for_s * NS)
    while until_ns is None or clock.now_ns() < until_ns:
        left_s = _LOOK_EVERY_S if until_ns is None else (until_ns - clock.now_ns()) / NS
        if sessions[0].wait(max(0.0, min(_LOOK_EVERY_S, left_s))) or any(s.ended for s in sessions):
            return
        cpu.look()


def profile_of(
    engine: str,
    kept: Sequence[Sequence[Timed]],
    seconds: float,
    used_s: float,
    stages: Mapping[str, float],
    drops: Mapping[str, int],
) -> Profile:
    """Put a profile together from what each stream's readings took and what was used over `seconds`."""
    timed = sorted((each for stream in kept for each in stream), key=lambda each: each.at_ns)
    played_s = max(seconds, 1e-9) * len(kept)
    return Profile(
        engine=engine,
        streams=len(kept),
        seconds=seconds,
        parts=_percentiles(_finals(timed)),
        partial=_percentiles(each for each in timed if not each.final),
        each=[parts["processing"] for stream in kept if (parts := _percentiles(_finals(stream)))],
        cpu_seconds_per_second=used_s / played_s,
        stages={name: stage_s / played_s for name, stage_s in stages.items()},
        peak_memory_mb=peak_memory_mb(),
        drops=drops,
        cores=cores(),
        growth_ms=_growth(list(_finals(timed))),
        memory_mb=memory_mb(),
    )


def _finals(timed: Iterable[Timed]) -> Iterable[Timed]:
    return (each for each in timed if each.final)


def _percentiles(timed: Iterable[Timed]) -> dict[str, Percentiles]:
    recorder = LatencyRecorder()
    for each in timed:
        recorder.add(each.latency)
    return recorder.percentiles()


def _growth(timed: Sequence[Timed]) -> float | None:
    """Mean processing of the second half less that of the first; None if there are too few readings."""
    half = len(timed) // 2
    if not half:
        return None
    first, second = (
        sum(each.latency.total - each.latency.wait for each in part) / len(part)
        for part in (timed[:half], timed[half:])
    )
    return second - first


def _sum(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for each in counts:
        for name, count in each.items():
            total[name] = total.get(name, 0) + count
    return total


def peak_memory_mb() -> float:
    """The most memory that this process has had resident so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
