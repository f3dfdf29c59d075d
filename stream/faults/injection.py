"""How faults are done to items as they come: the same live, to a file, and to the features of a recording.

What each kind does is in `stream.faults.kinds`. A lag delays; a camera's or microphone's late items also bear
later stamps, since a device's items are stamped when they come in, but late words keep the time at which they
were spoken. It begins with nothing for as long as it lasts, and when it ends what is still on its way is lost
(`stream.faults.delay`).
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar, cast

from fsrf_live.fsrf.common.errors import RehearsedError
from fsrf_live.stream.faults.delay import Delayed
from fsrf_live.stream.faults.kinds import KINDS, Circumstances, chance_of, changed
from fsrf_live.stream.faults.spec import Fault, FaultBoard, unplugged
from fsrf_live.stream.flow.clock import NS, Clock, wait_until
from fsrf_live.stream.flow.items import Arrival, FlowItem, Frame, Item, Reason, Role, Samples, Words, shifted
from fsrf_live.stream.sources.source import Around, EndOfSource, Health, Source

_T = TypeVar("_T", bound=FlowItem)
_ORDER = list(KINDS)


class Outage(NamedTuple):
    """When a source is unplugged, in ns (`end_ns` None: for good), and the reason, for people."""

    start_ns: int
    end_ns: int | None
    reason: str


def in_effect(faults: Sequence[Fault]) -> list[Fault]:
    """One fault of each kind, the last one given, in the order in which they are done.

    What silences comes last: a muted microphone gives no noise either, and a black picture no frozen one.
    """
    last = {fault.kind: fault for fault in faults}
    return sorted(last.values(), key=lambda fault: (fault.does.silences, _ORDER.index(fault.kind)))


class Injector(Generic[_T]):
    """Does the faults of one source to its items, in the order in which they come."""

    def __init__(self, role: Role, board: FaultBoard) -> None:
        self._role = role
        self._board = board
        self._skew_ns = 0.0
        self._skew_at_ns: int | None = None
        self._late: Delayed[_T] = Delayed()

    def unplugged(self, now_ns: int) -> Fault | None:
        """Give the fault that has this source unplugged now."""
        return next((f for f in self._active(now_ns) if f.does.looks is Reason.LOST), None)

    def looks(self, now_ns: int) -> Reason | None:
        """Say what is wrong with what this source gives now; None if it looks well."""
        return next((f.does.looks for f in reversed(self._active(now_ns)) if f.does.silences), None)

    def faulty(self, now_ns: int) -> bool:
        """Say whether this source has any fault now."""
        return bool(self._board.active(self._role, now_ns))

    def skew_ppm(self, now_ns: int) -> float:
        """How fast the source's clock is made to run now."""
        return sum(fault.amount for fault in self._active(now_ns) if fault.does.skews)

    def lag_ns(self, now_ns: int) -> int:
        """How late items are now."""
        return round(NS * sum(fault.amount for fault in self._active(now_ns) if fault.does.delays))

    def put(self, at_ns: int, item: _T) -> None:
        """Take an item that came in at `at_ns`; `take` gives what becomes of it."""
        if self.unplugged(at_ns):
            return
        left = self._change(item, self._active(at_ns))
        if isinstance(left, Samples):
            left = shifted(left, self._skewed_ns(at_ns))
        lag_ns = self.lag_ns(at_ns)
        if lag_ns and left is not None and not isinstance(left, Words):
            left = shifted(left, lag_ns)
        if left is not None:
            self._late.put(at_ns, lag_ns, cast(_T, left))  # a fault changes what an item says, not what it is

    def take(self, now_ns: int) -> tuple[int, _T] | None:
        """Give the next item that has come in by `now_ns`, after the moment at which it did."""
        return self._late.take(now_ns)

    def take_all(self, now_ns: int) -> Iterator[tuple[int, _T]]:
        """Give every item that has come in by `now_ns`, each after the moment at which it did."""
        while (late := self._late.take(now_ns)) is not None:
            yield late

    @property
    def next_ns(self) -> int | None:
        """When the next item on its way comes in; None if there is none."""
        return self._late.next_ns

    @property
    def skipped(self) -> int:
        """Items that were lost because the source caught up."""
        return self._late.skipped

    def drop_late(self) -> None:
        """Forget what is on its way: the device was unplugged."""
        self._late.clear()

    def _active(self, now_ns: int) -> list[Fault]:
        faults = self._board.active(self._role, now_ns)
        return in_effect(faults) if faults else []

    def _change(self, item: _T, faults: Sequence[Fault]) -> FlowItem | None:
        """What the faults leave of an item: all draw from one chance, so none repeats another's numbers."""
        frozen = any(f.does.looks is Reason.FROZEN for f in faults)
        if isinstance(item, Frame) and (not frozen or self._board.still is None):
            self._board.still = item  # also the first of a camera that is frozen from the beginning
        if not faults:
            return item
        chance = chance_of(self._role, item, self._board.epoch_ns)
        if any(chance.random() < fault.amount for fault in faults if fault.does.loses):
            return None
        left: FlowItem | None = item
        for fault in faults:
            if left is not None:
                left = changed(fault.does, left, Circumstances(fault.amount, chance, self._board.still))
        return left

    def _skewed_ns(self, at_ns: int) -> int:
        """How far the stamps have run away, as a device's clock does; that stays when the fault ends."""
        if self._skew_at_ns is not None:
            self._skew_ns += self.skew_ppm(at_ns) * 1e-6 * (at_ns - self._skew_at_ns)
        self._skew_at_ns = at_ns
        return round(self._skew_ns)


class FaultySource(Around):
    """A source with faults done to it, which looks from outside exactly like one that has them."""

    def __init__(self, source: Source, role: Role, board: FaultBoard, clock: Clock) -> None:
        super().__init__(source)
        self._clock = clock
        self._injector: Injector[Item] = Injector(role, board)

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
        """Open the source inside; raises RehearsedError while it is unplugged."""
        self._check_plug()
        self._source.open()

    def read(self) -> Item | None:
        """Give the next item that comes out of the faults; raises RehearsedError when unplugged."""
        now_ns = self._check_plug()
        late = self._injector.take(now_ns)
        if late is None:
            item = self._read_inside()
            # Again: reading may have taken long, and a device is never read on after it was unplugged.
            now_ns = self._check_plug()
            if item is not None:
                self._injector.put(now_ns, item)
            late = self._injector.take(now_ns)
        return None if late is None else late[1]

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
            raise RehearsedError(f"{self._source.name}: {unplugged(fault)}")
        return now_ns


def apply(items: Iterable[Arrival], role: Role, faults: Sequence[Fault]) -> Iterator[Arrival]:
    """Do faults to the items of a file; what comes out is ordered by the moment at which it comes in.

    An unplugged stretch gives nothing, and what was on its way when it began is lost: `outages` says where
    they are, for the supervisor.
    """
    injector: Injector[Item] = Injector(role, FaultBoard(faults))
    pulled = deque(outage.start_ns for outage in outages(role, faults))

    def due(until_ns: int) -> Iterator[Arrival]:
        while pulled and pulled[0] <= until_ns:
            yield from _arrivals(injector, pulled.popleft() - 1)
            injector.drop_late()
        yield from _arrivals(injector, until_ns)

    for at_ns, item in items:
        yield from due(at_ns - 1)
        injector.put(at_ns, item)
    yield from due(2**63)


def _arrivals(injector: Injector[Item], until_ns: int) -> Iterator[Arrival]:
    return (Arrival(*late) for late in injector.take_all(until_ns))


def outages(role: Role, faults: Sequence[Fault]) -> list[Outage]:
    """List when a source of a file is unplugged, in order; the file begins at 0."""
    found = [
        Outage(
            round(fault.start_s * NS),
            None if fault.duration_s is None else round(fault.end_s * NS),
            unplugged(fault),
        )
        for fault in faults
        if fault.does.looks is Reason.LOST and fault.concerns(role)
    ]
    return sorted(found, key=lambda outage: outage.start_ns)
