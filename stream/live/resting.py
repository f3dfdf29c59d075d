"""Measures somebody's rest: sources and extractors as in a session, and nothing that answers."""

from collections.abc import Callable
from functools import partial
from typing import NoReturn

from fsrf_live.stream.faults.spec import FaultBoard
from fsrf_live.stream.features.baseline import BaselineMeter
from fsrf_live.stream.features.extractors import FaceExtractor, VoiceExtractor
from fsrf_live.stream.flow.clock import NS, Clock
from fsrf_live.stream.flow.items import FaceFeatures, VoiceFeatures
from fsrf_live.stream.flow.settings import StallSettings, WindowSettings
from fsrf_live.stream.flow.threads import Threads
from fsrf_live.stream.live.intake import Intake
from fsrf_live.stream.live.parts import Makers, Sources

_LOOK_S = 0.2
_STOP_S = 3.0


def measure_rest(
    sources: Sources,
    faces: Callable[[], FaceExtractor],
    voices: Callable[[], VoiceExtractor],
    clock: Clock,
    seconds: float,
    report: Callable[[float, BaselineMeter], None],
) -> BaselineMeter:
    """Watch and listen for so long, from when everything is loaded; `report` gets the seconds so far.

    The extractors must take nothing out. Files may end earlier. Raises what fails in a thread.
    """
    makers = Makers(_no_answers, faces, voices)
    intake = Intake(sources, makers, clock, WindowSettings(), StallSettings(), FaultBoard(()), None)
    threads, meter = Threads(), BaselineMeter()
    for name, work in intake.work.items():
        threads.run(name, partial(work, threads.over))
    try:
        intake.wait_until_loaded(threads.over)
        if sources.epoch is not None:
            sources.epoch.fix()
        intake.start()
        begun_ns, since_s = clock.now_ns(), 0.0
        until_s = min(seconds, sources.duration_s or seconds)
        while since_s < until_s and not threads.over.is_set():
            for item in intake.inbox.take_all(_LOOK_S):
                if isinstance(item, (FaceFeatures, VoiceFeatures)):
                    meter.take(item)
            since_s = (clock.now_ns() - begun_ns) / NS
            report(since_s, meter)
    finally:
        threads.over.set()
        intake.stop()
        threads.join(_STOP_S)
    threads.raise_once()
    return meter


def _no_answers() -> NoReturn:
    raise AssertionError("a rest is measured without answers")
