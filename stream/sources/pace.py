"""When a file's items are due: the shared moment at which files begin to play, and each item's own moment."""

import threading
from typing import NamedTuple

from fsrf_live.stream.flow.clock import NS, Clock
from fsrf_live.stream.flow.items import Frame, Item, Samples

LONGEST_WAIT_S = 0.1


class Arrival(NamedTuple):
    """An item and the moment at which it comes in, in ns."""

    at_ns: int
    item: Item


class Epoch:
    """The moment on the clock at which every file of a session plays its time zero.

    It is fixed once: by `fix`, or by the first who asks. Thread-safe.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ns: int | None = None

    def fix(self, ns: int | None = None) -> int:
        """Fix it to `ns` (or to now) unless it is fixed already; returns what holds."""
        with self._lock:
            if self._ns is None:
                self._ns = self._clock.now_ns() if ns is None else ns
            return self._ns


def due_ns(item: Item) -> int:
    """When a live device would have handed this over: a picture at its time, sound and words at their end."""
    if isinstance(item, Frame):
        return item.time_ns
    return item.end_ns


def shifted(item: Item, by_ns: int) -> Item:
    """Give the same item, later by `by_ns`."""
    if isinstance(item, Frame):
        return Frame(item.time_ns + by_ns, item.image)
    if isinstance(item, Samples):
        return Samples(item.time_ns + by_ns, item.samples)
    return type(item)(item.start_ns + by_ns, item.end_ns + by_ns, item.text)


def wait_until(clock: Clock, moment_ns: int) -> bool:
    """Wait for `moment_ns`, 100 ms at most; True once it has come."""
    left_s = (moment_ns - clock.now_ns()) / NS
    if left_s > 0:
        clock.sleep(min(left_s, LONGEST_WAIT_S))
    return clock.now_ns() >= moment_ns
