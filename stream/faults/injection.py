"""How faults are done to items: the same for a live source and for the decoded items of a file.

Everything random depends on the seed and an item's own time alone, so a fault does the same thing again.
A lag delays; a camera's or microphone's late items also bear later stamps, since a device's items are stamped
when they come in, but late words keep the time at which they were spoken. It begins with nothing for so long,
and when it ends what is still on its way is lost (`stream.faults.delay`).
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.faults.delay import Delayed
from fsrf_live.stream.faults.spec import Fault, FaultBoard, Kind, unplugged
from fsrf_live.stream.flow.clock import NS, Clock, wait_until
from fsrf_live.stream.flow.items import Arrival, Frame, Item, Role, Samples, Words, shifted, start_ns
from fsrf_live.stream.sources.source import Around, EndOfSource, Health, Source

SPEECH_RMS = 10 ** (-26 / 20)
"""Usual level of speech, 26 dB below full scale (ITU-T P.56 reference level); `noise` is measured from it."""


class Injector:
    """Does the faults of one source to its items, in the order in which they come."""

    def __init__(self, role: Role, board: FaultBoard, seed: int = 0) -> None:
        self._role = role
        self._board = board
        self._seed = seed
        self._skew_ns = 0.0
        self._skew_at_ns: int | None = None
        self._late: Delayed[Item] = Delayed()

    def unplugged(self, now_ns: int) -> Fault | None:
        """Give the fault that has this source unplugged now."""
        return self._find("unplug", now_ns)

    def faulty(self, now_ns: int) -> bool:
        """Say whether this source has any fault now."""
        return bool(self._board.active(self._role, now_ns))

    def skew_ppm(self, now_ns: int) -> float:
        """How fast the source's clock is made to run now."""
        fault = self._find("skew", now_ns)
        return fault.value or 0.0 if fault else 0.0

    def put(self, at_ns: int, item: Item) -> None:
        """Take an item that came in at `at_ns`; `take` gives what becomes of it."""
        faults = {fault.kind: fault for fault in self._board.active(self._role, at_ns)}
        lost = "drop" in faults and self._random(item).random() < (faults["drop"].value or 0)
        if "unplug" in faults or lost:
            return
        changed = self._change(item, faults)
        if changed is None:
            return
        if isinstance(changed, Samples):
            changed = self._skewed(at_ns, changed, faults)
        lag_ns = round((faults["lag"].value or 0) * NS) if "lag" in faults else 0
        if lag_ns and not isinstance(changed, Words):
            changed = shifted(changed, lag_ns)
        self._late.put(at_ns, lag_ns, changed)

    def take(self, now_ns: int) -> Arrival | None:
        """Give the next item that has come in by `now_ns`, with the moment at which it did."""
        late = self._late.take(now_ns)
        return None if late is None else Arrival(*late)

    @property
    def next_ns(self) -> int | None:
        """When the next item on its way comes in; None where there is none."""
        return self._late.next_ns

    @property
    def skipped(self) -> int:
        """Items that were lost because the source caught up."""
        return self._late.skipped

    def drop_late(self) -> None:
        """Forget what is on its way: the device was unplugged."""
        self._late.clear()

    def _find(self, kind: Kind, now_ns: int) -> Fault | None:
        for fault in self._board.active(self._role, now_ns):
            if fault.kind == kind:
                return fault
        return None

    def _random(self, item: Item) -> np.random.Generator:
        time_us = (start_ns(item) - self._board.epoch_ns) // 1000
        return np.random.default_rng(
            (self._seed, zlib.crc32(self._role.encode()), time_us & 0xFFFF_FFFF_FFFF)
        )

    def _change(self, item: Item, faults: dict[Kind, Fault]) -> Item | None:
        if isinstance(item, Frame):
            return self._changed_frame(item, faults)
        if isinstance(item, Samples):
            return self._changed_samples(item, faults)
        share = faults["garble"].value or 0 if "garble" in faults else 0
        text = garbled(item.text, share, self._random(item)) if share else item.text
        return replace(item, text=text) if text else None

    def _changed_frame(self, frame: Frame, faults: dict[Kind, Fault]) -> Frame:
        if "freeze" not in faults or self._board.still is None:
            self._board.still = frame
        image = self._board.still.image
        if "black" in faults:
            image = np.zeros_like(image)
        return Frame(frame.time_ns, image)

    def _changed_samples(self, block: Samples, faults: dict[Kind, Fault]) -> Samples:
        if "noise" not in faults and "mute" not in faults:
            return block
        samples = block.samples
        if "noise" in faults:
            rms = SPEECH_RMS * 10 ** (-(faults["noise"].value or 0) / 20)
            noise = self._random(block).standard_normal(len(samples), dtype=np.float32)
            samples = np.clip(samples + rms * noise, -1, 1).astype(np.float32)
        if "mute" in faults:
            samples = np.zeros_like(samples)
        return Samples(block.time_ns, samples)

    def _skewed(self, at_ns: int, block: Samples, faults: dict[Kind, Fault]) -> Item:
        """Let the stamps run away as a device's clock does; what has run away stays when the fault ends."""
        if "skew" in faults and self._skew_at_ns is not None:
            self._skew_ns += (faults["skew"].value or 0.0) * 1e-6 * (at_ns - self._skew_at_ns)
        self._skew_at_ns = at_ns
        return shifted(block, round(self._skew_ns)) if self._skew_ns else block


class FaultySource(Around):
    """A source with faults done to it, which looks from outside exactly like one that has them."""

    def __init__(self, source: Source, role: Role, board: FaultBoard, clock: Clock, seed: int = 0) -> None:
        super().__init__(source)
        self._clock = clock
        self._injector = Injector(role, board, seed)
        self._role = role

    @property
    def health(self) -> Health:
        """That of the source inside, with the skew and the losses laid over it."""
        health, now_ns = self._source.health, self._clock.now_ns()
        drops = health.drops + self._injector.skipped
        if not self._injector.faulty(now_ns):
            return Health(drops, health.drift_ppm)
        skew = self._injector.skew_ppm(now_ns)
        drift = health.drift_ppm if not skew else (health.drift_ppm or 0.0) + skew
        return Health(drops, drift, faulty=True)

    def open(self) -> None:
        """Open the source inside; raises SourceError while it is unplugged."""
        self._check_plug()
        self._source.open()

    def read(self) -> Item | None:
        """Give the next item that comes out of the faults; raises SourceError when unplugged."""
        now_ns = self._check_plug()
        late = self._injector.take(now_ns)
        if late is None:
            item = self._read_inside()
            now_ns = self._check_plug()
            if item is not None:
                self._injector.put(now_ns, item)
            late = self._injector.take(now_ns)
        return None if late is None else late.item

    def close(self) -> None:
        """Close the source inside."""
        self._injector.drop_late()
        self._source.close()

    def _read_inside(self) -> Item | None:
        """Read from the source inside, which is not over while something is still on its way."""
        try:
            return self._source.read()
        except EndOfSource:
            due_ns = self._injector.next_ns
            if due_ns is None:
                raise
            wait_until(self._clock, due_ns)
            return None

    def _check_plug(self) -> int:
        """Give the time, unless it is unplugged now."""
        now_ns = self._clock.now_ns()
        fault = self._injector.unplugged(now_ns)
        if fault is not None:
            raise SourceError(f"{self._source.name}: {unplugged(fault)}")
        return now_ns


def apply(
    items: Iterable[Arrival], role: Role, faults: Sequence[Fault], seed: int = 0, epoch_ns: int = 0
) -> Iterator[Arrival]:
    """Do faults to the items of a file; what comes out is ordered by the moment at which it comes in.

    An unplugged stretch gives nothing: `outages` says where they are, for the supervisor.
    """
    injector = Injector(role, FaultBoard(faults, epoch_ns), seed)
    for at_ns, item in items:
        while (late := injector.take(at_ns - 1)) is not None:
            yield late
        if injector.unplugged(at_ns):
            injector.drop_late()
        injector.put(at_ns, item)
    while (late := injector.take(2**63)) is not None:
        yield late


def outages(role: Role, faults: Sequence[Fault], epoch_ns: int = 0) -> list[tuple[int, int | None, str]]:
    """List where a source is unplugged, in order: start and end in ns (None: for good), and the reason."""
    found = [
        (
            epoch_ns + round(fault.start_s * NS),
            None if fault.duration_s is None else epoch_ns + round(fault.end_s * NS),
            unplugged(fault),
        )
        for fault in faults
        if fault.kind == "unplug" and fault.concerns(role)
    ]
    return sorted(found, key=lambda outage: outage[0])


def garbled(text: str, share: float, random: np.random.Generator) -> str:
    """Lose or scramble this share of the words, as a recogniser does in noise; may leave nothing."""
    words = []
    for word in text.split():
        if random.random() >= share:
            words.append(word)
        elif random.random() < 0.5:
            words.append("".join(random.permutation(list(word))))
    return " ".join(words)
