"""Replays a recording through the same core: the same items, in the same order, at the same times.

Floating-point sums differ from machine to machine in their last digits. An answer that agrees with the
recorded one within the bound that every engine must keep (1e-3) is given as it was recorded, its latency too,
so a replay is the original byte for byte; one that does not agree is given as it is now, and counted.
"""

import json
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from fsrf_live.fsrf.common.errors import RecordingError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.faults.spec import Fault
from fsrf_live.stream.flow.clock import NS, Clock, Pair
from fsrf_live.stream.flow.items import Change, Closed, FaceFeatures, Marked, Opened, VoiceFeatures
from fsrf_live.stream.flow.records import (
    LATER,
    CaptureTime,
    Event,
    Marker,
    Reading,
    Record,
    Summary,
    encode,
    timed,
)
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.reading.person import Person
from fsrf_live.stream.reading.summary import NOTHING_READ
from fsrf_live.stream.recording.chunks import Mark, Operation, Read, RecordedStep, Step
from fsrf_live.stream.recording.recorded import Recording
from fsrf_live.stream.replay.overlay import overlay
from fsrf_live.stream.replay.relisten import Ears, reheard
from fsrf_live.stream.windows.utterances import UtteranceDetector
from fsrf_live.stream.windows.window import Window

UNCOMPARED = ("latency_ms", "engine", "label", "unsure")
"""Of this machine and its engine; and what follows from numbers that are compared."""
_BOUND = 2.1e-3
"""1e-3 between engines, and half a digit of rounding on either side."""


class Replay:
    """Replays one recording once. `differing` counts answers beyond the bound, `agreeing` the others."""

    def __init__(
        self,
        recording: Recording,
        analyst: Analyst,
        faults: Sequence[Fault] = (),
        ears: Ears | None = None,
    ) -> None:
        """Faults are laid over what was recorded; the answers are then new ones.

        If a fault needs raw sound, `ears` hear the recorded one again; without it, UsageError is raised.
        """
        self.agreeing = self.differing = 0
        self._recording = recording
        self._analyst = analyst
        self._faults = faults
        self._ears = ears
        self._person = Person(recording.windows, recording.modalities)
        self._waiting: deque[Window] = deque()
        self._epoch_ns = 0
        self._pair: Pair | None = None
        self._now_ns = 0
        self._finished = False
        self._readings: dict[tuple[int, int], Reading] = {}
        self._summary: Summary | None = None

    def run(self, clock: Clock | None = None, speed: float | None = None) -> Iterator[Record]:
        """Yield events, markers and readings, and one summary; `speed` times as fast as it was, or at once.

        Raises EngineError, RecordingError if its features are of another version, and UsageError if a
        fault needs raw sound that was not recorded.
        """
        for record in () if self._faults else self._recording.records():
            if isinstance(record, Reading):
                self._readings[record.window, record.revision] = record
            elif isinstance(record, Summary):
                self._summary = record
        steps = self._steps()
        if clock is not None and speed is not None:
            steps = _paced(steps, clock, speed)
        for step in steps:
            yield from self._step(step)
        if not self._finished:
            self._readings, self._summary = {}, None
            self._waiting.extend(self._person.finish(self._now_ns))
            yield from self._read(len(self._waiting))
        duration_s = (self._now_ns - self._epoch_ns) / NS
        told = None if self._summary is None else self._summary.reason
        summary = self._timed(self._person.summary(duration_s, NOTHING_READ if told is None else told))
        if self._summary is not None and not self.differing:
            # It follows from the readings: if they agree it is the recorded one, whatever law made it.
            self.agreeing += 1
            yield self._summary
            return
        yield self._canonical(summary, self._summary)

    def _steps(self) -> Iterable[RecordedStep]:
        """What the core did. Boundaries are those of the session, unless it has none or faults move them."""
        recorded = self._recording
        if not self._faults:
            steps = recorded.steps()
            return steps if recorded.has_boundaries else decided(undecided(steps), recorded.windows)
        heard = reheard(recorded, undecided(recorded.steps()), self._faults, self._ears)
        shown = overlay(heard, self._faults, recorded.roles, recognises=recorded.recognises)
        return decided(shown, recorded.windows)

    def _step(self, step: RecordedStep) -> Iterator[Record]:
        if isinstance(step, Read):
            yield from self._read_one(step)
        elif isinstance(step, Mark):
            yield from self._mark(step)
        elif isinstance(step, Pair):
            self._pair = step
        elif isinstance(step, Marked):
            yield self._timed(Marker.of(step, self._epoch_ns))
        else:
            if isinstance(step, FaceFeatures | VoiceFeatures):
                self._check(step)
            self._person.feed(step)
            if isinstance(step, Change):
                yield self._timed(Event.of(step, self._epoch_ns))

    def _check(self, features: FaceFeatures | VoiceFeatures) -> None:
        """Raise RecordingError if the features are not of the kind that the checkpoint was trained on."""
        modality: Modality = "video" if isinstance(features, FaceFeatures) else "audio"
        width = self._analyst.engine.config.modality(modality).width
        if features.vector is None or features.vector.shape == (width,):
            return
        media = self._recording.media
        anew = f"run 'fsrf analyze {self._recording.folder / media}'" if media else "record anew"
        raise RecordingError(
            f"{self._recording.folder} was recorded by another version, whose {modality} features have "
            f"{len(features.vector)} values where this checkpoint wants {width}: replay it with that "
            f"version, or {anew}"
        )

    def _mark(self, mark: Mark) -> Iterator[Record]:
        if mark.op is Operation.EPOCH:
            self._epoch_ns = mark.at_ns
            return
        self._now_ns = mark.at_ns
        self._finished = mark.op is Operation.FINISH
        self._waiting.extend(
            self._person.finish(mark.at_ns) if self._finished else self._person.advance(mark.at_ns)
        )
        if self._faults:
            yield from self._read(len(self._waiting))

    def _read_one(self, read: Read) -> Iterator[Record]:
        """Read the window that was read then; those before it were passed over."""
        while self._waiting:
            window = self._waiting[0]
            if (window.id, window.revision) == (read.window, read.revision):
                yield from self._read(1)
                return
            self._waiting.popleft()

    def _read(self, count: int) -> Iterator[Record]:
        for _ in range(count):
            window = self._waiting.popleft()
            begun_ns = self._analyst.now_ns()
            reading = self._person.read(self._analyst, window, self._epoch_ns, begun_ns)
            yield self._canonical(self._timed(reading), self._readings.get((window.id, window.revision)))

    def _timed(self, record: Record) -> Record:
        """The record with its recorded wall clock; the monotonic clock of that session means nothing here."""
        told = timed(record, self._pair, self._epoch_ns)
        return told if told.time is None else replace(told, time=CaptureTime(told.time.wall_ns))

    def _canonical(self, mine: Record, recorded: Record | None) -> Record:
        """The recorded answer if mine agrees with it."""
        if recorded is None:
            return mine
        # The trend follows from the readings: as long as they agree it is the recorded one.
        passed_over = UNCOMPARED if self.differing else (*UNCOMPARED, "trend")
        if not _agree(_known_to(recorded, mine), json.loads(encode(recorded)), passed_over):
            self.differing += 1
            return mine
        self.agreeing += 1
        if isinstance(mine, Reading) and isinstance(recorded, Reading):
            return replace(recorded, without=mine.without)
        return recorded


def undecided(steps: Iterable[RecordedStep]) -> Iterator[Step]:
    """Yield the steps without what was decided about utterances."""
    for step in steps:
        if isinstance(step, VoiceFeatures):
            yield replace(step, heard=None)
        elif not isinstance(step, Opened | Closed):
            yield step


def decided(steps: Iterable[Step], windows: WindowSettings) -> Iterator[RecordedStep]:
    """Yield the steps with the boundaries of utterances, as the session would have decided them."""
    detector = UtteranceDetector(windows)
    for step in steps:
        if isinstance(step, VoiceFeatures):
            yield from detector.push(step)
        elif isinstance(step, Change) and step.source == "mic":
            yield from detector.change(step)
        else:
            yield step


def _known_to(recorded: Record, mine: Record) -> dict[str, Any]:
    """The values of my record, less those that the version which recorded the other did not tell."""
    there = json.loads(encode(recorded))
    values: dict[str, Any] = json.loads(encode(mine))
    return {name: value for name, value in values.items() if name in there or name not in LATER}


def _agree(mine: Any, recorded: Any, passed_over: Collection[str]) -> bool:
    if isinstance(mine, dict) and isinstance(recorded, dict):
        names = [name for name in mine if name not in passed_over]
        return mine.keys() == recorded.keys() and all(
            _agree(mine[n], recorded[n], passed_over) for n in names
        )
    if isinstance(mine, float) and isinstance(recorded, float):
        return abs(mine - recorded) <= _BOUND
    return bool(mine == recorded)


def _paced(steps: Iterable[RecordedStep], clock: Clock, speed: float) -> Iterator[RecordedStep]:
    """Wait when the core waited, `speed` times as short."""
    began_ns, first_ns = clock.now_ns(), None
    for step in steps:
        if isinstance(step, Mark) and step.op is Operation.ADVANCE:
            first_ns = step.at_ns if first_ns is None else first_ns
            due_ns = began_ns + round((step.at_ns - first_ns) / speed)
            if due_ns > clock.now_ns():
                clock.sleep((due_ns - clock.now_ns()) / NS)
        yield step
