"""The items of one modality that no closed window has used yet. Bounded, in order of time, and counted."""

from collections import deque
from dataclasses import dataclass
from typing import Generic, TypeVar

from fsrf_live.stream.flow.items import FaceFeatures, VoiceFeatures

_T = TypeVar("_T", FaceFeatures, VoiceFeatures)


@dataclass(slots=True)
class Counts:
    """What became of every item that was pushed; the parts sum to `pushed`.

    used: in a closed window; late: its time was closed already; refused: out of order, or its source is cut;
    overflow: the queue was full; unused: no window came to cover it; held: still waiting.
    """

    pushed: int = 0
    used: int = 0
    late: int = 0
    refused: int = 0
    overflow: int = 0
    unused: int = 0
    held: int = 0

    @property
    def dropped(self) -> int:
        """Items that were lost though a window could have used them."""
        return self.late + self.refused + self.overflow


class Track(Generic[_T]):
    """A queue of at most `capacity` items, in order of time; the oldest goes first."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.last_ns: int | None = None
        self.counts = Counts()
        self._items: deque[_T] = deque()

    def push(self, item: _T, closed_ns: int, refuse: bool) -> bool:
        """Take an item, unless it is refused, out of order, or from before `closed_ns`; True if taken."""
        self.counts.pushed += 1
        if refuse or (self.last_ns is not None and item.time_ns <= self.last_ns):
            self.counts.refused += 1
            return False
        self.last_ns = item.time_ns
        if item.time_ns < closed_ns:
            self.counts.late += 1
            return False
        if len(self._items) == self.capacity:
            self._items.popleft()
            self.counts.overflow += 1
        self._items.append(item)
        self.counts.held = len(self._items)
        return True

    def between(self, start_ns: int, end_ns: int) -> tuple[_T, ...]:
        """Items from `start_ns` to before `end_ns`; they stay."""
        return tuple(item for item in self._items if start_ns <= item.time_ns < end_ns)

    def use(self, start_ns: int, end_ns: int) -> tuple[_T, ...]:
        """Give up all items before `end_ns`; those from `start_ns` on are returned and count as used."""
        used = self.between(start_ns, end_ns)
        before = len(self._items)
        self.forget(end_ns)
        gone = before - len(self._items)
        self.counts.used += len(used)
        self.counts.unused -= len(used)
        assert gone >= len(used)
        return used

    def forget(self, before_ns: int) -> None:
        """Drop items from before this moment, which no window will cover."""
        while self._items and self._items[0].time_ns < before_ns:
            self._items.popleft()
            self.counts.unused += 1
        self.counts.held = len(self._items)
