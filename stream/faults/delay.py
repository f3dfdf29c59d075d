"""Items of one source that are on their way, because it lags."""

from collections import deque
from typing import Generic, TypeVar

from fsrf_live.stream.flow.items import Words

_T = TypeVar("_T")


class Delayed(Generic[_T]):
    """First in, first out: when a lag ends, the next item would overtake those that are still on their way.

    Pictures and sound that would be overtaken are lost. A device that catches up skips what its buffer still
    holds, as its driver does when that runs over; otherwise two stretches of sound would come in at the same
    time, and their windows would hold more sound than time. Words have times of their own, so late ones are
    as good as ever: they all come at once.
    """

    def __init__(self) -> None:
        self.skipped = 0
        self._items: deque[tuple[int, int, _T]] = deque()

    @property
    def next_ns(self) -> int | None:
        """When the next item is due; None if there is none."""
        return self._items[0][0] if self._items else None

    def put(self, now_ns: int, lag_ns: int, item: _T) -> None:
        """Send an item on its way; `skipped` counts those that are lost by it."""
        due = (now_ns + lag_ns, lag_ns)
        if self._items and self._items[-1][:2] > due:
            self._catch_up(due)
        self._items.append((*due, item))

    def take(self, now_ns: int) -> tuple[int, _T] | None:
        """Give the next item that is due by `now_ns`, with the moment at which it was."""
        if not self._items or self._items[0][0] > now_ns:
            return None
        due_ns, _, item = self._items.popleft()
        return due_ns, item

    def clear(self) -> None:
        """Forget what is on its way."""
        self._items.clear()

    def _catch_up(self, due: tuple[int, int]) -> None:
        words: list[_T] = []
        while self._items and self._items[-1][:2] > due:
            overtaken = self._items.pop()[2]
            if isinstance(overtaken, Words):
                words.append(overtaken)
            else:
                self.skipped += 1
        self._items.extend((*due, late) for late in reversed(words))
