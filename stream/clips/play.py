"""A file's items in media time, with faults and supervision: live captures without threads or a clock."""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fsrf_live.stream.faults.injection import apply, outages
from fsrf_live.stream.faults.spec import Fault, FaultBoard
from fsrf_live.stream.flow.items import Arrival, Change, Item, Role, State
from fsrf_live.stream.supervision.supervisor import Supervisor

TICK_NS = 50_000_000
"""As often as a live source is watched (`stream.supervision.capture`), so outages are noticed as late."""
_UNPLUG, _PLUG, _ITEM, _END = range(4)
"""The order of what happens in one moment: a device is unplugged before it gives what it has."""
_ORDER: tuple[Role, ...] = ("text", "camera", "mic")
"""Words first, so that a window which closes in that moment still has them."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment: what came in, if anything, and which sources changed their state."""

    at_ns: int
    changes: tuple[Change, ...] = ()
    item: Item | None = None


class _Moment(NamedTuple):
    at_ns: int
    kind: int
    order: int
    payload: Item | str | None

    @property
    def role(self) -> Role:
        return _ORDER[self.order]


def play(
    streams: Mapping[Role, Iterable[Arrival]],
    faults: Sequence[Fault] = (),
) -> Iterator[Moment]:
    """Yield the items of files, ordered by the moment at which they come in, until all files have ended.

    Time moves on in steps of `TICK_NS` at most, so that an outage is noticed when it would be noticed live.
    """
    board = FaultBoard(faults)
    supervisors = {role: Supervisor(role, 0, finite=True) for role in streams}
    yield Moment(0, tuple(change for s in supervisors.values() for change in s.opened(0)))
    moments = heapq.merge(
        *(_outages(role, faults) for role in streams),
        *(_items(role, stream, faults) for role, stream in streams.items()),
        key=lambda moment: moment[:3],
    )
    tick_ns = 0
    for moment in moments:
        if all(supervisor.state is State.ENDED for supervisor in supervisors.values()):
            return
        while tick_ns < moment.at_ns:
            yield Moment(tick_ns, tuple(c for s in supervisors.values() for c in _tick(s, tick_ns, board)))
            tick_ns += TICK_NS
        yield _step(supervisors[moment.role], moment, board)


def _outages(role: Role, faults: Sequence[Fault]) -> Iterator[_Moment]:
    order = _ORDER.index(role)
    for start_ns, end_ns, reason in outages(role, faults):
        yield _Moment(start_ns, _UNPLUG, order, reason)
        if end_ns is not None:
            yield _Moment(end_ns, _PLUG, order, None)


def _items(role: Role, stream: Iterable[Arrival], faults: Sequence[Fault]) -> Iterator[_Moment]:
    """The items of one file, and its end: that of the file itself, or the last late item if that is later."""
    order = _ORDER.index(role)
    last_ns = 0

    def watched() -> Iterator[Arrival]:
        nonlocal last_ns
        for arrival in stream:
            last_ns = max(last_ns, arrival.at_ns)
            yield arrival

    for arrival in apply(watched(), role, faults):
        last_ns = max(last_ns, arrival.at_ns)
        yield _Moment(arrival.at_ns, _ITEM, order, arrival.item)
    yield _Moment(last_ns, _END, order, None)


def _tick(supervisor: Supervisor, at_ns: int, board: FaultBoard) -> list[Change]:
    supervisor.finite = not board.active(supervisor.role, at_ns)
    return supervisor.tick(at_ns)


def _step(supervisor: Supervisor, moment: _Moment, board: FaultBoard) -> Moment:
    at_ns, payload = moment.at_ns, moment.payload
    supervisor.finite = not board.active(supervisor.role, at_ns)
    if moment.kind == _UNPLUG:
        return Moment(at_ns, tuple(supervisor.failed(at_ns, str(payload), rehearsed=True)))
    if moment.kind == _PLUG:
        return Moment(at_ns, tuple(supervisor.retrying(at_ns) + supervisor.opened(at_ns)))
    if moment.kind == _END or payload is None or isinstance(payload, str):
        return Moment(at_ns, tuple(supervisor.ended(at_ns)))
    new, changes = supervisor.item(at_ns, payload)
    return Moment(at_ns, tuple(changes), payload if new else None)
