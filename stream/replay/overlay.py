"""Faults laid over a recording: done to features. Those that need raw sound are in `stream.replay.relisten`.

The same injector does them as live, and the same supervisor says what the source then looks like. Neither the
pictures nor the sound are there to be judged, so a source is taken to give something at every turn of the
core, as new or as stale as its faults make it look. Words that were recognised are gone, or late, with the
sound that they were recognised from.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from fsrf_live.stream.faults.injection import Injector
from fsrf_live.stream.faults.spec import Fault, FaultBoard, unplugged
from fsrf_live.stream.flow.clock import Pair
from fsrf_live.stream.flow.items import (
    ROLES,
    Change,
    FaceFeatures,
    Marked,
    Role,
    State,
    VoiceFeatures,
    Words,
    said_later,
)
from fsrf_live.stream.recording.chunks import Mark, Operation, Read, Step
from fsrf_live.stream.supervision.supervisor import Supervisor

Recorded = FaceFeatures | VoiceFeatures | Words


def overlay(
    steps: Iterable[Step],
    faults: Sequence[Fault],
    roles: Iterable[Role] = ROLES,
    *,
    recognises: bool = False,
) -> Iterator[Step]:
    """Yield the steps as they would have been; readings of old are left out.

    `roles` are the sources of the session; `recognises`: its words were recognised from the sound.
    """
    board = FaultBoard(faults)
    lanes: dict[Role, _Lane] = {}
    now_ns = 0
    for step in steps:
        if isinstance(step, Change) and not lanes:  # while all was being loaded, nothing could fail
            now_ns = step.time_ns
            lanes = _lanes(roles, board, now_ns, recognises)
            yield from _ticks(lanes, now_ns)
        if isinstance(step, Mark):
            if step.op is Operation.EPOCH:
                board.epoch_ns = step.at_ns
            else:
                now_ns = step.at_ns
                yield from _ticks(lanes, now_ns)
            yield step
        elif isinstance(step, Pair | Marked):
            yield step
        elif isinstance(step, Change):
            yield from lanes[step.source].change(step)
        elif not isinstance(step, Read):
            yield from lanes[_role_of(step)].item(step, now_ns) if lanes else (step,)


def _lanes(roles: Iterable[Role], board: FaultBoard, now_ns: int, recognises: bool) -> "dict[Role, _Lane]":
    lanes = {role: _Lane(role, board, now_ns) for role in roles}
    if recognises:
        lanes["text"].leader, lanes["mic"].follower = lanes["mic"], lanes["text"]
    return lanes


def _ticks(lanes: "dict[Role, _Lane]", now_ns: int) -> Iterator[Step]:
    for lane in lanes.values():
        yield from lane.tick(now_ns)


def _role_of(item: Recorded) -> Role:
    if isinstance(item, Words):
        return "text"
    return "camera" if isinstance(item, FaceFeatures) else "mic"


class _Lane:
    """One source, live from `now_ns` on but for its faults; words follow the sound they are made of."""

    def __init__(self, role: Role, board: FaultBoard, now_ns: int) -> None:
        self.leader: _Lane | None = None
        self.follower: _Lane | None = None
        self._injector: Injector[Recorded] = Injector(role, board)
        self._supervisor = Supervisor(role, now_ns)
        self._supervisor.opened(now_ns)
        self._passes, _ = self._supervisor.judged(now_ns, None)
        self._real = Change(now_ns, role, State.STARTING, None, None)
        self._unplugged = False

    def change(self, change: Change) -> Iterator[Step]:
        """A change that the source really had: it shows once no fault hides it."""
        self._real = change
        if self._supervisor.state is State.LIVE:
            yield change

    def follow(self, leader: Change) -> Iterator[Step]:
        """A change that the faults of the source had that this one's items are made of."""
        yield from self._shown(self._supervisor.follow(leader.time_ns, leader))

    def tick(self, now_ns: int) -> Iterator[Step]:
        """What shows at this moment: an outage that begins or ends, items that lagged."""
        yield from self._shown(self._supervise(now_ns))
        yield from self._due(now_ns)

    def item(self, item: Recorded, now_ns: int) -> Iterator[Step]:
        """What becomes of an item."""
        at_ns = now_ns
        if isinstance(item, Words) and self.leader is not None:
            if self.leader.is_deaf(item):
                return
            # Late sound bears late stamps, and so do the words that are recognised from it: by the lag that
            # the sound had, so that words of a pause and the same words once more go on being the same.
            heard_ns = self.leader.lag_ns(item.end_ns)
            at_ns, item = now_ns + heard_ns, said_later(item, heard_ns)
        if self._passes:
            self._injector.put(at_ns, item)
        yield from self._due(now_ns)

    def lag_ns(self, time_ns: int) -> int:
        """How late items come in at this moment."""
        return self._injector.lag_ns(time_ns)

    def is_deaf(self, words: Words) -> bool:
        """Whether nothing is heard in the middle of these words."""
        return self._injector.looks((words.start_ns + words.end_ns) // 2) is not None

    def _due(self, now_ns: int) -> Iterator[Step]:
        return (item for _, item in self._injector.take_all(now_ns))

    def _supervise(self, now_ns: int) -> list[Change]:
        fault = self._injector.unplugged(now_ns)
        if fault is not None:
            self._injector.drop_late()
            self._unplugged, self._passes = True, False
            return self._supervisor.failed(now_ns, unplugged(fault), rehearsed=True)
        opened = self._supervisor.opened(now_ns) if self._unplugged else []
        self._unplugged = False
        self._passes, changes = self._supervisor.judged(now_ns, self._injector.looks(now_ns))
        return opened + changes

    def _shown(self, changes: list[Change]) -> Iterator[Step]:
        """Once the faults leave it alone, the source is as it really was."""
        for change in changes:
            back = change.state is State.LIVE and self._real.state is not State.LIVE
            yield replace(self._real, time_ns=change.time_ns) if back else change
            if self.follower is not None:
                yield from self.follower.follow(change)
