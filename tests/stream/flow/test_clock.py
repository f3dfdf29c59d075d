"""The one clock."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.flow.clock import (
    LONGEST_WAIT_S,
    MOST_APART_NS,
    NS,
    SURE_NS,
    Epoch,
    FakeClock,
    MonotonicClock,
    Pair,
    paired,
    wait_until,
)


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


def test_the_wall_clock_is_that_of_the_machine() -> None:
    assert abs(MonotonicClock().wall_ns() - time.time_ns()) < NS


def test_a_pair_gives_every_time_its_wall_clock() -> None:
    pair = Pair(10, 1_000)
    assert (pair.wall_at(10), pair.wall_at(25), pair.wall_at(0)) == (1_000, 1_015, 990)


def test_a_pair_holds_as_long_as_the_wall_clock_runs_with_the_clock() -> None:
    clock = FakeClock(7)
    clock.step_wall(1_000.0)
    first = paired(clock, None)
    assert first == Pair(7, 7 + 1_000 * NS)
    clock.advance(3_600.0)
    assert paired(clock, first) is first


@given(step_ns=st.integers(-(10**18), 10**18), since_s=st.floats(0.0, 1e6))
def test_a_pair_is_corrected_if_the_wall_clock_was_set(step_ns: int, since_s: float) -> None:
    clock = FakeClock()
    first = paired(clock, None)
    clock.advance(since_s)
    clock.step_wall(step_ns / NS)
    corrected = paired(clock, first)
    error_ns = abs(corrected.wall_at(clock.now_ns()) - clock.wall_ns())
    assert error_ns == 0 if corrected is not first else error_ns <= MOST_APART_NS


def test_clocks_that_were_not_read_together_correct_nothing_yet() -> None:
    class Busy(FakeClock):
        def wall_ns(self) -> int:
            self.advance((SURE_NS + 1) / NS)
            return super().wall_ns()

    clock = Busy()
    first = paired(clock, None)
    assert first.wall_at(SURE_NS) == pytest.approx(SURE_NS, abs=SURE_NS), "the first is taken as it is"
    clock.step_wall(60.0)
    assert paired(clock, first) is first
