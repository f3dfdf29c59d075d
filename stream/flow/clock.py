"""The one clock. Everything that needs the time is handed a `Clock`."""

import threading
import time
from typing import Protocol

NS = 1_000_000_000


class Clock(Protocol):
    """Monotonic time in nanoseconds."""

    def now_ns(self) -> int:
        """The time now."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class MonotonicClock:
    """`time.monotonic_ns`."""

    def now_ns(self) -> int:
        """The time now."""
        return time.monotonic_ns()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class FakeClock:
    """A clock that stands still until it is told to move; sleeping moves it."""

    def __init__(self, now_ns: int = 0) -> None:
        self._now_ns = now_ns

    def now_ns(self) -> int:
        """The time now."""
        return self._now_ns

    def sleep(self, seconds: float) -> None:
        """Move on by this much, at once."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move on."""
        self._now_ns += round(seconds * NS)


LONGEST_WAIT_S = 0.1


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


def wait_until(clock: Clock, moment_ns: int) -> bool:
    """Wait for `moment_ns`, 100 ms at most; True once it has come."""
    left_s = (moment_ns - clock.now_ns()) / NS
    if left_s > 0:
        clock.sleep(min(left_s, LONGEST_WAIT_S))
    return clock.now_ns() >= moment_ns
