"""What lies between a capture thread and the thread that works: bounded, and open about what it drops.

`Latest` keeps the newest frame; `Ring` keeps as many blocks of sound or words as it may and drops the oldest.
Items keep their time stamps, so a gap shows in them.
"""

import threading
from collections import deque
from typing import Generic, TypeVar

from fsrf_live.stream.flow.items import Change, FaceFeatures, VoiceFeatures, Words

_T = TypeVar("_T")


class Latest(Generic[_T]):
    """A mailbox for one item: a newer one takes the place of one that nobody took."""

    def __init__(self, wake: threading.Event | None = None) -> None:
        """`wake` is set at each put, so that one thread can wait for several channels."""
        self._ready = threading.Condition()
        self._item: _T | None = None
        self._drops = 0
        self._wake = wake

    @property
    def drops(self) -> int:
        """Items that nobody took in time."""
        with self._ready:
            return self._drops

    def __len__(self) -> int:
        with self._ready:
            return int(self._item is not None)

    def put(self, item: _T) -> None:
        """Leave an item; never blocks."""
        with self._ready:
            self._drops += self._item is not None
            self._item = item
            self._ready.notify()
        if self._wake is not None:
            self._wake.set()

    def take(self, timeout_s: float = 0.0) -> _T | None:
        """Take the newest item, once; waits up to `timeout_s` for it; None where none came."""
        with self._ready:
            if timeout_s > 0:
                self._ready.wait_for(lambda: self._item is not None, timeout_s)
            item, self._item = self._item, None
            return item


class Ring(Generic[_T]):
    """A queue of at most `capacity` items, first in first out: when it is full the oldest goes."""

    def __init__(self, capacity: int, wake: threading.Event | None = None) -> None:
        """`wake` is set at each put, so that one thread can wait for several channels."""
        if capacity < 1:
            raise ValueError(f"a ring holds at least one item, not {capacity}")
        self.capacity = capacity
        self._ready = threading.Condition()
        self._items: deque[_T] = deque()
        self._drops = 0
        self._wake = wake

    @property
    def drops(self) -> int:
        """Items that were dropped because nobody took them in time."""
        with self._ready:
            return self._drops

    def __len__(self) -> int:
        with self._ready:
            return len(self._items)

    def put(self, item: _T) -> None:
        """Add an item; never blocks."""
        with self._ready:
            if len(self._items) == self.capacity:
                self._items.popleft()
                self._drops += 1
            self._items.append(item)
            self._ready.notify()
        if self._wake is not None:
            self._wake.set()

    def take(self, timeout_s: float = 0.0) -> _T | None:
        """Take the oldest item; waits up to `timeout_s` for one; None where none came."""
        with self._ready:
            if timeout_s > 0:
                self._ready.wait_for(lambda: self._items, timeout_s)
            return self._items.popleft() if self._items else None

    def drain(self) -> list[_T]:
        """Everything that is there, oldest first; does not wait."""
        with self._ready:
            items = list(self._items)
            self._items.clear()
            return items


Op = FaceFeatures | VoiceFeatures | Words | Change

INBOX_CAPACITY = 512
UNREAD = 32
"""Words from which on the source of text waits: far fewer than the core or the inbox would have to drop."""


class Inbox:
    """At most `INBOX_CAPACITY` items; when full, the oldest feature goes, a change of state never."""

    def __init__(self) -> None:
        lock = threading.Lock()
        self._ready = threading.Condition(lock)
        self._room = threading.Condition(lock)
        self._ops: deque[Op] = deque()
        self._drops = 0
        self._unread = 0
        self._taken = 0

    @property
    def drops(self) -> int:
        """Features that the core was too slow for."""
        with self._ready:
            return self._drops

    def __len__(self) -> int:
        with self._ready:
            return len(self._ops)

    def put(self, op: Op) -> None:
        """Add one; never blocks. A source of text asks `wait_for_room` before it brings more words."""
        with self._ready:
            if len(self._ops) >= INBOX_CAPACITY:
                self._drop_oldest()
            self._ops.append(op)
            self._unread += isinstance(op, Words)
            self._ready.notify()

    def wait_for_room(self, timeout_s: float) -> bool:
        """Whether there is room for more words; waits up to `timeout_s` for it."""
        with self._ready:
            return self._room.wait_for(lambda: self._unread + self._taken < UNREAD, timeout_s)

    def keep(self, words: int) -> None:
        """The core has so many pieces of text left of all that it took; those before are done with."""
        with self._ready:
            self._taken = words
            self._room.notify_all()

    def take_all(self, timeout_s: float) -> list[Op]:
        """Everything that is there, oldest first; waits up to `timeout_s` for something."""
        with self._ready:
            if not self._ops:
                self._ready.wait(timeout_s)
            ops = list(self._ops)
            self._ops.clear()
            self._taken += self._unread
            self._unread = 0
            return ops

    def _drop_oldest(self) -> None:
        for index, op in enumerate(self._ops):
            if not isinstance(op, Change):
                del self._ops[index]
                self._drops += 1
                self._unread -= isinstance(op, Words)
                return
