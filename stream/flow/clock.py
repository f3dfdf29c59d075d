"""The one clock. Everything that needs the time is handed a `Clock`."""

import threading
import time
from dataclasses import dataclass
from typing import Protocol

NS = 1_000_000_000


class Clock(Protocol):
    """Monotonic time in nanoseconds, and the wall clock, which people and daemons may set at any moment."""

    def now_ns(self) -> int:
        """The time now."""

    def wall_ns(self) -> int:
        """Nanoseconds since 1970 in UTC, by the wall clock; it may jump."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class MonotonicClock:
    """`time.monotonic_ns`, and `time.time_ns` for the wall clock."""

    def now_ns(self) -> int:
        """The time now."""
        return time.monotonic_ns()

    def wall_ns(self) -> int:
        """Nanoseconds since 1970 in UTC."""
        return time.time_ns()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class FakeClock:
    """A clock that stands still until it is told to move; sleeping moves it, and the wall clock with it."""

    def __init__(self, now_ns: int = 0) -> None:
        self._now_ns = now_ns
        self._ahead_ns = 0

    def now_ns(self) -> int:
        """The time now."""
        return self._now_ns

    def wall_ns(self) -> int:
        """By the wall clock, which at first shows the same."""
        return self._now_ns + self._ahead_ns

    def step_wall(self, seconds: float) -> None:
        """Set the wall clock forward, or back."""
        self._ahead_ns += round(seconds * NS)

    def sleep(self, seconds: float) -> None:
        """Move on by this much, at once."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move on."""
        self._now_ns += round(seconds * NS)


@dataclass(frozen=True, slots=True)
class Pair:
    """What the wall clock showed at a time of the clock, both in ns, and so what it shows at any other."""

    clock_ns: int
    wall_ns: int

    def wall_at(self, clock_ns: int) -> int:
        """The wall clock at a time of the clock, as if it had never been set in between."""
        return self.wall_ns + clock_ns - self.clock_ns


MOST_APART_NS = 5_000_000
"""How far the wall clock may go from a pair: a daemon that slews it by 500 ppm needs 10 s for that."""
SURE_NS = 1_000_000
"""How far apart the two clocks may be read: a thread of a busy machine may stop between them."""


def paired(clock: Clock, pair: Pair | None) -> Pair:
    """The pair that holds now: `pair`, unless the wall clock has left it: it was set, or has drifted."""
    before_ns, wall_ns, after_ns = clock.now_ns(), clock.wall_ns(), clock.now_ns()
    new = Pair((before_ns + after_ns) // 2, wall_ns)
    if pair is None:
        return new
    apart_ns = abs(pair.wall_at(new.clock_ns) - wall_ns)
    return new if apart_ns > MOST_APART_NS and after_ns - before_ns <= SURE_NS else pair


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
