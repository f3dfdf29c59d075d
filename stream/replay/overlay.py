"""Faults laid over a recording: done to features. Those that need raw sound are in `stream.replay.relisten`.

What a source then looks like is what `stream.supervision.supervisor` would say of it: lost at once where it
is unplugged, stalled after a while where it gives the same for ever. Words that were recognised are gone, or
late, with the sound that they were recognised from.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from fsrf_live.stream.faults.delay import Delayed
from fsrf_live.stream.faults.injection import garbled
from fsrf_live.stream.faults.spec import Fault, FaultBoard, Kind, unplugged
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import ROLES, Change, FaceFeatures, Reason, Role, State, VoiceFeatures, Words
from fsrf_live.stream.flow.queues import Op as Item
from fsrf_live.stream.flow.settings import StallSettings
from fsrf_live.stream.recording.chunks import Mark, Operation, Read, Step
from fsrf_live.stream.supervision.supervisor import SAME

_DULL: dict[Kind, Reason] = {"freeze": Reason.FROZEN, "black": Reason.BLACK, "mute": Reason.SILENT}


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
    lanes = {role: _Lane(role, board) for role in roles}
    if recognises:
        lanes["text"].leader = lanes["mic"]
    now_ns, begun = 0, False
    for step in steps:
        if isinstance(step, Read):
            continue
        if isinstance(step, Change) and not begun:  # while all was being loaded, nothing could fail
            begun, now_ns = True, step.time_ns
            yield from _ticks(lanes.values(), now_ns)
        if isinstance(step, Mark):
            if step.op is Operation.EPOCH:
                board.epoch_ns = step.at_ns
            else:
                now_ns = step.at_ns
                yield from _ticks(lanes.values() if begun else (), now_ns)
            yield step
        else:
            lane = lanes[_role_of(step)]
            yield from lane.change(step) if isinstance(step, Change) else lane.item(step, now_ns)


def _ticks(lanes: "Iterable[_Lane]", now_ns: int) -> Iterator[Step]:
    for lane in lanes:
        yield from lane.tick(now_ns)


def _role_of(step: Item) -> Role:
    if isinstance(step, Change):
        return step.source
    if isinstance(step, Words):
        return "text"
    return "camera" if isinstance(step, FaceFeatures) else "mic"


class _Lane:
    """One source."""

    def __init__(self, role: Role, board: FaultBoard) -> None:
        stall = StallSettings()
        self.leader: _Lane | None = None
        self._role: Role = role
        self._board = board
        self._stall_ns = round((stall.camera_s if role == "camera" else stall.mic_s) * NS)
        self._real = Change(0, role, State.STARTING, None, None)
        self._dull_ns: int | None = None
        self._shown: Reason | None = None
        self._reason: str | None = None
        self._late: Delayed[Item] = Delayed()

    def change(self, change: Change) -> Iterator[Step]:
        """A change that the source really had: it shows once no fault hides it."""
        self._real = change
        if self._shown is None:
            yield change

    def tick(self, now_ns: int) -> Iterator[Step]:
        """What shows at this moment: an outage that begins or ends, items that lagged."""
        cause, reason = self._cause(now_ns)
        if cause is not self._shown:
            self._shown, self._reason = cause, reason
            state = State.LOST if cause is Reason.LOST else State.STALLED
            if cause is not None:
                yield Change(now_ns, self._role, state, reason, cause)
            elif self._real.state is State.LIVE:
                yield Change(now_ns, self._role, State.LIVE, "it is back", None)
            else:
                yield replace(self._real, time_ns=now_ns)
        yield from self._due(now_ns)

    def item(self, item: Item, now_ns: int) -> Iterator[Step]:
        """What becomes of an item."""
        faults = self._active(now_ns)
        if "unplug" in faults or "freeze" in faults or "black" in faults:
            return
        if isinstance(item, Words) and self.leader is not None and self.leader.is_deaf(item):
            return
        random = self._random(item)
        if "drop" in faults and random.random() < (faults["drop"].value or 0):
            return
        if "mute" in faults and isinstance(item, VoiceFeatures):
            item = VoiceFeatures(item.time_ns, np.zeros_like(item.vector), 0.0, silent=True)
        if "garble" in faults and isinstance(item, Words):
            item = replace(item, text=garbled(item.text, faults["garble"].value or 0, random))
        own_ns = self.lag_ns(now_ns)
        heard_ns = 0 if self.leader is None else self.leader.lag_ns(now_ns)
        late = _later(item, heard_ns if isinstance(item, Words) else own_ns)
        self._late.put(now_ns, own_ns + heard_ns, late)
        yield from self._due(now_ns)

    def _due(self, now_ns: int) -> Iterator[Item]:
        while (late := self._late.take(now_ns)) is not None:
            yield late[1]

    def lag_ns(self, now_ns: int) -> int:
        """How late items come in now."""
        fault = self._active(now_ns).get("lag")
        return 0 if fault is None else round((fault.value or 0) * NS)

    def is_deaf(self, words: Words) -> bool:
        """Whether nothing is heard in the middle of these words."""
        faults = self._active((words.start_ns + words.end_ns) // 2)
        return "unplug" in faults or "mute" in faults

    def _active(self, now_ns: int) -> dict[Kind, Fault]:
        return {fault.kind: fault for fault in self._board.active(self._role, now_ns)}

    def _cause(self, now_ns: int) -> tuple[Reason | None, str | None]:
        faults = self._active(now_ns)
        if "unplug" in faults:
            return Reason.LOST, unplugged(faults["unplug"])
        dull = next((cause for kind, cause in _DULL.items() if kind in faults), None)
        if dull is None:
            self._dull_ns = None
            return self._led()
        self._dull_ns = now_ns if self._dull_ns is None else self._dull_ns
        age_ns = now_ns - self._dull_ns
        return (dull, SAME[dull].format(age=age_ns / NS)) if age_ns >= self._stall_ns else (None, None)

    def _led(self) -> tuple[Reason | None, str | None]:
        """The outage of the source whose items this one's are made of, where it shows one."""
        if self.leader is None or self.leader._shown is None:
            return None, None
        return self.leader._shown, f"{self.leader._role}: {self.leader._reason}"

    def _random(self, item: Item) -> np.random.Generator:
        at_ns = item.start_ns if isinstance(item, Words) else item.time_ns
        since_us = (at_ns - self._board.epoch_ns) // 1000 & 0xFFFF_FFFF_FFFF
        return np.random.default_rng((zlib.crc32(self._role.encode()), since_us))


def _later(item: Item, by_ns: int) -> Item:
    """The same item with later stamps; late words keep theirs, unless the sound itself was late."""
    if not by_ns:
        return item
    if isinstance(item, Words):
        return replace(item, start_ns=item.start_ns + by_ns, end_ns=item.end_ns + by_ns)
    return replace(item, time_ns=item.time_ns + by_ns)
