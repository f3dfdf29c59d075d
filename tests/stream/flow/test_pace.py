"""How fast somebody may ask."""

from fsrf_live.stream.flow.clock import FakeClock
from fsrf_live.stream.flow.pace import BURST, PER_SECOND, Pace


def test_so_much_at_once_and_then_so_much_a_second() -> None:
    clock = FakeClock()
    pace = Pace(clock)
    assert [pace.may_ask() for _ in range(BURST + 1)] == [True] * BURST + [False]
    clock.advance(1.0)
    assert [pace.may_ask() for _ in range(PER_SECOND + 1)] == [True] * PER_SECOND + [False]


def test_what_was_not_asked_for_does_not_add_up() -> None:
    clock = FakeClock()
    pace = Pace(clock)
    clock.advance(3600.0)
    assert sum(pace.may_ask() for _ in range(10 * BURST)) == BURST
