"""What lies between two threads: bounded, never blocking who puts, and open about what it drops.

`Backlog` is the rule of what goes when it is full, without a lock; `BoundedQueue` is a backlog between
threads. There are three rules: `newest_only`, `drop_oldest`, and `never_drop` for items of which some must
arrive. Items keep their time stamps, so a gap shows in them.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from fsrf_live.stream.flow.items import (
    Boundary,
    Change,
    Closed,
    FaceFeatures,
    Marked,
    Opened,
    VoiceFeatures,
    Words,
)

_T = TypeVar("_T")


class Backlog(Generic[_T]):
    """At most `capacity` items, first in first out; when there are more, the oldest that may go does.

    Pure logic, not thread-safe. Items for which `kept` is true never go, even if they alone are too many.
    """

    def __init__(self, capacity: int, kept: Callable[[_T], bool]) -> None:
        """Raises ValueError unless there is room for an item."""
        if capacity < 1:
            raise ValueError(f"a queue holds at least one item, not {capacity}")
        self._capacity = capacity
        self.drops = 0
        self._kept = kept
        self._items: deque[_T] = deque()

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: _T) -> _T | None:
        """Add an item; gives the one that had to go, which may be this one."""
        self._items.append(item)
        if len(self._items) <= self._capacity:
            return None
        for index, old in enumerate(self._items):
            if not self._kept(old):
                del self._items[index]
                self.drops += 1
                return old
        return None

    def take(self) -> _T | None:
        """Take the oldest item; None if there is none."""
        return self._items.popleft() if self._items else None

    def drain(self) -> list[_T]:
        """Take everything, oldest first."""
        items = list(self._items)
        self._items.clear()
        return items


def newest_only() -> Backlog[_T]:
    """For what is out of date as soon as there is a newer one: pictures."""
    return drop_oldest(1)


def drop_oldest(capacity: int) -> Backlog[_T]:
    """For what is worth less the older it is."""
    return Backlog(capacity, lambda _: False)


def never_drop(kept: Callable[[_T], bool], capacity: int) -> Backlog[_T]:
    """For a mixture: the oldest of what may be lost goes, and what is `kept` always arrives."""
    return Backlog(capacity, kept)


class BoundedQueue(Generic[_T]):
    """A backlog between threads: `put` never blocks, `take` waits as long as it is asked to.

    Who puts may say `finish`; who takes sees `finished` once everything is taken after that.
    """

    def __init__(self, backlog: Backlog[_T], wake: Callable[[], None] | None = None) -> None:
        """`wake` is called after each put and at the end, so that one thread can wait for several queues.

        It must not block.
        """
        self._backlog = backlog
        self._wake = wake
        self._ready = threading.Condition()
        self._over = False

    @property
    def drops(self) -> int:
        """Items that were dropped because nobody took them in time."""
        with self._ready:
            return self._backlog.drops

    @property
    def over(self) -> bool:
        """True once `finish` was called; something may still be left."""
        with self._ready:
            return self._over

    @property
    def finished(self) -> bool:
        """True once `finish` was called and nothing is left."""
        with self._ready:
            return self._over and not self._backlog

    def __len__(self) -> int:
        with self._ready:
            return len(self._backlog)

    def put(self, item: _T) -> _T | None:
        """Add an item; gives the one that had to go, None if none did."""
        with self._ready:
            dropped = self._backlog.put(item)
            self._ready.notify()
        if self._wake is not None:
            self._wake()
        return dropped

    def take(self, timeout_s: float = 0.0) -> _T | None:
        """Take the oldest item; waits up to `timeout_s` for one; None if none came."""
        with self._ready:
            self._wait(timeout_s)
            return self._backlog.take()

    def drain(self, timeout_s: float = 0.0) -> list[_T]:
        """Take everything that is there, oldest first; waits up to `timeout_s` for something."""
        with self._ready:
            self._wait(timeout_s)
            return self._backlog.drain()

    def finish(self) -> None:
        """Say that no more items will come; ends every wait."""
        with self._ready:
            self._over = True
            self._ready.notify_all()
        if self._wake is not None:
            self._wake()

    def _wait(self, timeout_s: float) -> None:
        if timeout_s > 0:
            self._ready.wait_for(lambda: self._backlog or self._over, timeout_s)


Op = FaceFeatures | VoiceFeatures | Words | Change
InboxItem = Op | Boundary | Marked

INBOX_CAPACITY = 512
"""About 15 s of a camera's and a microphone's features: a core that is further behind will not catch up."""
UNREAD = 32
"""Words from which on the source of text waits: far fewer than the core or the inbox would have to drop."""


def is_decisive(item: object) -> bool:
    """Whether an item must arrive: it decides about all that follow it, or a person has set it."""
    return isinstance(item, Change | Opened | Closed | Marked)


class Inbox:
    """What the threads hand to the core; when it is full, the oldest feature goes.

    Words are not to be lost: their source asks `wait_for_room` before it brings more.
    """

    def __init__(self) -> None:
        self._queue: BoundedQueue[InboxItem] = BoundedQueue(never_drop(is_decisive, INBOX_CAPACITY))
        # The counts have a lock of their own, never held with the queue's. They only add up, so it does no
        # harm that a thread may count words as taken before another has counted them as put.
        self._room = threading.Condition()
        self._unread = 0
        self._taken = 0

    @property
    def drops(self) -> int:
        """Features that the core was too slow for."""
        return self._queue.drops

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, item: InboxItem) -> None:
        """Add one; never blocks."""
        dropped = self._queue.put(item)
        change = isinstance(item, Words) - isinstance(dropped, Words)
        if change:
            with self._room:
                self._unread += change
                self._room.notify_all()

    def wait_for_room(self, timeout_s: float) -> bool:
        """Say whether there is room for more words; waits up to `timeout_s` for it."""
        with self._room:
            return self._room.wait_for(lambda: self._unread + self._taken < UNREAD, timeout_s)

    def keep(self, words: int) -> None:
        """The core has `words` pieces of text left of all that it took; the others are done with."""
        with self._room:
            self._taken = words
            self._room.notify_all()

    def take_all(self, timeout_s: float) -> list[InboxItem]:
        """Take everything that is there, oldest first; waits up to `timeout_s` for something."""
        items = self._queue.drain(timeout_s)
        words = sum(isinstance(item, Words) for item in items)
        if words:
            with self._room:
                self._unread -= words
                self._taken += words
        return items
