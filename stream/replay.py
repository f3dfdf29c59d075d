"""Replays a recording through the same core: the same items, in the same order, at the same times.

Floating-point sums differ from machine to machine in their last digits. An answer that agrees with the
recorded one within the bound that every engine must keep (1e-3) is given as it was recorded, its latency too,
so a replay is the original byte for byte; one that does not agree is given as it is now, and counted.
"""

import json
import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engines.contract import MODALITIES, Modality
from stream.analyst import Analyst
from stream.chunks import Mark, Op, Read, Step, unpack
from stream.clock import NS, Clock
from stream.errors import RecordingError, UsageError
from stream.faults import Fault
from stream.inbox import ROLE_OF, feed
from stream.items import Samples
from stream.overlay import overlay
from stream.recorded_media import MEDIA, recorded_sound
from stream.recording import FORMAT, HEADER, RECORDS, VERSION, chunk_name
from stream.records import Reading, Record, Summary, decode, encode
from stream.rehearing import NEEDS_RAW, Ears, Rehearing
from stream.settings import WindowSettings
from stream.summary import Summariser
from stream.supervision import Change
from stream.sync import SyncBuffer
from stream.windows import Window

BOUND = 2.1e-3
"""1e-3 between engines, and half a digit of rounding on either side."""

READABLE = (1, VERSION)
"""Version 1 knew no media."""

log = logging.getLogger(__name__)


class Recording:
    """A folder that `stream.recording` wrote, or what is left of one."""

    def __init__(self, folder: Path | str) -> None:
        """Read its header; raises RecordingError where it cannot be replayed at all."""
        self.folder = Path(folder)
        header = self._header()
        known = {m: m for m in MODALITIES}
        try:
            self.modalities: frozenset[Modality] = frozenset(known[m] for m in header["modalities"])
            self.windows = WindowSettings(**header["windows"])
            self.media: str | None = header.get("media")
            self.recognises: bool = header.get("recognises", False)
        except (KeyError, TypeError) as error:
            raise RecordingError(
                f"{self.folder / HEADER} is damaged ({error}): it cannot be replayed"
            ) from error
        if not (self.folder / chunk_name(0)).exists():
            raise RecordingError(f"{self.folder} holds no features: there is nothing to replay")

    def steps(self) -> Iterator[Step]:
        """What the core did, in order. A torn tail is dropped with a warning."""
        number = 0
        while (path := self.folder / chunk_name(number)).exists():
            try:
                steps = unpack(path.read_bytes())
            except RecordingError as error:
                log.warning("%s: %s; the recording is replayed up to it", path.name, error)
                return
            yield from steps
            number += 1
        left = sorted(self.folder.glob("steps-*.npz"))[number:]
        if left:
            log.warning("%s is missing; the recording is replayed up to it", chunk_name(number))

    def sound(self) -> Iterator[Samples]:
        """What the microphone gave, where it was recorded; raises RecordingError and MediaError."""
        path = self.folder / MEDIA
        if not path.exists():
            raise RecordingError(f"{path} is missing, though the recording says that it was made")
        return recorded_sound(path)

    def records(self) -> list[Record]:
        """What was answered. A torn last line is dropped with a warning."""
        path = self.folder / RECORDS
        records: list[Record] = []
        lines = path.read_bytes().split(b"\n") if path.exists() else []
        for number, line in enumerate(lines, start=1):
            if not line:
                continue
            try:
                records.append(decode(line.decode("utf-8")))
            except (RecordingError, UnicodeDecodeError):
                log.warning("%s: line %d is torn; it and what follows are left out", RECORDS, number)
                break
        return records

    def _header(self) -> dict[str, Any]:
        path = self.folder / HEADER
        try:
            header = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise RecordingError(f"{self.folder} is no recording: it has no {HEADER}") from error
        except (OSError, ValueError) as error:
            raise RecordingError(f"{path} is damaged: it cannot be replayed") from error
        if not isinstance(header, dict) or header.get("format") != FORMAT:
            raise RecordingError(f"{path} is not of a recording of this program")
        if header.get("version") not in READABLE:
            raise RecordingError(
                f"{self.folder} is a recording of version {header.get('version')}, not {VERSION}: "
                "replay it with the program that made it"
            )
        return header


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

        Where a fault needs raw sound, `ears` hear the recorded one again; without it, UsageError is raised.
        """
        self.agreeing = self.differing = 0
        self._recording = recording
        self._analyst = analyst
        self._faults = faults
        self._ears = ears
        self._sync = SyncBuffer(recording.windows, recording.modalities)
        self._summariser = Summariser()
        self._waiting: deque[Window] = deque()
        self._epoch_ns = 0
        self._now_ns = 0
        self._finished = False
        self._readings: dict[tuple[int, int], Reading] = {}
        self._summary: Summary | None = None

    def run(self, clock: Clock | None = None, speed: float | None = None) -> Iterator[Record]:
        """Yield events and readings, and one summary; `speed` times as fast as it was, or at once.

        Raises EngineError, and UsageError where a fault needs raw sound that was not recorded.
        """
        for record in () if self._faults else self._recording.records():
            if isinstance(record, Reading):
                self._readings[record.window, record.revision] = record
            elif isinstance(record, Summary):
                self._summary = record
        steps: Iterable[Step] = self._recording.steps()
        if self._faults:
            roles = [ROLE_OF[m] for m in MODALITIES if m in self._recording.modalities]
            recognises = self._recording.recognises
            steps = overlay(self._reheard(steps), self._faults, sorted(roles), recognises=recognises)
        if clock is not None and speed is not None:
            steps = _paced(steps, clock, speed)
        for step in steps:
            yield from self._step(step)
        if not self._finished:
            self._waiting.extend(self._sync.finish(self._now_ns))
            yield from self._read(len(self._waiting))
        duration_s = (self._now_ns - self._epoch_ns) / NS
        yield self._canonical(self._summariser.summary(duration_s), self._summary)

    def _reheard(self, steps: Iterable[Step]) -> Iterator[Step]:
        """The steps, their sound heard again where a fault needs that."""
        raw = [fault for fault in self._faults if fault.kind in NEEDS_RAW]
        if not raw:
            yield from steps
            return
        recording = self._recording
        if not recording.media or self._ears is None:
            raise UsageError(
                f"fault {raw[0]}: {raw[0].kind} needs raw sound, and {recording.folder} holds features only: "
                "record with --record-media"
            )
        recogniser = self._ears.recogniser() if recording.recognises else None
        try:
            sound = recording.sound()
            yield from Rehearing(sound, self._ears.voices(), recogniser, recording.windows, raw).steps(steps)
        finally:
            if recogniser is not None:
                recogniser.close()

    def _step(self, step: Step) -> Iterator[Record]:
        if isinstance(step, Read):
            yield from self._read_one(step)
        elif isinstance(step, Mark):
            yield from self._mark(step)
        else:
            feed(self._sync, step)
            if isinstance(step, Change):
                yield step.event(self._epoch_ns)

    def _mark(self, mark: Mark) -> Iterator[Record]:
        if mark.op is Op.EPOCH:
            self._epoch_ns = mark.at_ns
            return
        self._now_ns = mark.at_ns
        self._finished = mark.op is Op.FINISH
        self._waiting.extend(
            self._sync.finish(mark.at_ns) if self._finished else self._sync.advance(mark.at_ns)
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
            reading = self._analyst.read(window, self._epoch_ns, begun_ns)
            self._summariser.add(reading)
            yield self._canonical(reading, self._readings.get((window.id, window.revision)))

    def _canonical(self, mine: Record, recorded: Record | None) -> Record:
        """The recorded answer where mine agrees with it."""
        if recorded is None:
            return mine
        if not _agree(json.loads(encode(mine)), json.loads(encode(recorded))):
            self.differing += 1
            return mine
        self.agreeing += 1
        if isinstance(mine, Reading) and isinstance(recorded, Reading):
            return replace(recorded, without=mine.without)
        return recorded


def _agree(mine: Any, recorded: Any) -> bool:
    if isinstance(mine, dict) and isinstance(recorded, dict):
        names = [name for name in mine if name not in ("latency_ms", "engine")]
        return mine.keys() == recorded.keys() and all(_agree(mine[n], recorded[n]) for n in names)
    if isinstance(mine, float) and isinstance(recorded, float):
        return abs(mine - recorded) <= BOUND
    return bool(mine == recorded)


def _paced(steps: Iterable[Step], clock: Clock, speed: float) -> Iterator[Step]:
    """Wait where the core waited, `speed` times as short."""
    began_ns, first_ns = clock.now_ns(), None
    for step in steps:
        if isinstance(step, Mark) and step.op is Op.ADVANCE:
            first_ns = step.at_ns if first_ns is None else first_ns
            due_ns = began_ns + round((step.at_ns - first_ns) / speed)
            if due_ns > clock.now_ns():
                clock.sleep((due_ns - clock.now_ns()) / NS)
        yield step
