"""The one clock. Everything that needs the time is handed a `Clock`."""

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
