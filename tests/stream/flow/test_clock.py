"""The one clock."""

import time

from fsrf_live.stream.flow.clock import LONGEST_WAIT_S, NS, Epoch, FakeClock, MonotonicClock, wait_until


def test_time_is_the_monotonic_clock_in_nanoseconds() -> None:
    clock = MonotonicClock()
    before_ns = time.monotonic_ns()
    clock.sleep(0.0)
    assert before_ns <= clock.now_ns() <= time.monotonic_ns()


def test_a_fake_clock_moves_when_it_is_told_to_and_by_sleeping() -> None:
    clock = FakeClock(5)
    clock.advance(1.0)
    clock.sleep(0.5)
    assert clock.now_ns() == 5 + 3 * NS // 2


def test_a_wait_is_long_enough_and_never_long() -> None:
    clock = FakeClock()
    assert not wait_until(clock, NS)
    assert clock.now_ns() == round(LONGEST_WAIT_S * NS), "whoever waits can look up"
    assert wait_until(clock, clock.now_ns() + 7)
    assert wait_until(clock, 0), "what is past has come"


def test_an_epoch_is_fixed_once_by_who_asks_first() -> None:
    clock = FakeClock(3)
    epoch = Epoch(clock)
    assert epoch.fix() == 3
    clock.advance(1.0)
    assert (epoch.fix(), epoch.fix(99)) == (3, 3)
    assert Epoch(clock).fix(99) == 99
