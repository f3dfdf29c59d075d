"""Readings against ratings, made so that the answer is known."""

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.evaluation.ratings import (
    ALARM,
    MISSES_ALLOWED,
    HeldRating,
    IntervalBet,
    ReadStretch,
    against_ratings,
    render_ratings,
)

END_S = 300.0


def wave(time_s: float) -> float:
    return 2 * math.sin(time_s / 9) * math.cos(time_s / 31)


def stretches(bias: float = 0.0, half: float = 1.0) -> list[ReadStretch]:
    """A reading of each three of four seconds, of the wave in its middle."""
    starts = [4.0 * number for number in range(int(END_S / 4))]
    scores = [wave(start + 1.5) + bias for start in starts]
    return [
        ReadStretch(s, s + 3, score, score - half, score + half)
        for s, score in zip(starts, scores, strict=True)
    ]


def ratings(lag_s: float = 0.0) -> list[HeldRating]:
    """The wave, twice a second, so much too late."""
    return held([(n / 2, wave(n / 2 - lag_s)) for n in range(int(END_S * 2))])


def held(given: list[tuple[float, float]], end_s: float = END_S) -> list[HeldRating]:
    """Each until the next one, the last to the end."""
    edges = [*(time_s for time_s, _ in given), end_s]
    return [HeldRating(*span, value) for span, (_, value) in zip(pairwise(edges), given, strict=True)]


@pytest.mark.parametrize("lag_s", [0.0, 1.5, 3.0, 6.0])
def test_the_lag_is_found_and_then_the_ratings_agree(lag_s: float) -> None:
    found = against_ratings(stretches(), ratings(lag_s), END_S)
    assert found is not None
    assert found.lag_s == pytest.approx(lag_s, abs=0.6)
    assert found.correlation > 0.95
    assert found.error < 0.15
    assert found.coverage == 1.0
    assert found.alarm_s is None


def test_a_bias_is_told_with_its_sign_and_intervals_that_do_not_hold_are_noticed() -> None:
    found = against_ratings(stretches(bias=1.2), ratings(), END_S)
    assert found is not None
    assert found.bias == pytest.approx(1.2, abs=0.1)
    assert found.error == pytest.approx(1.2, abs=0.1)
    assert found.coverage < 0.1
    assert found.width == pytest.approx(2.0)
    assert found.alarm_s is not None
    assert found.alarm_s < 60
    assert "they no longer hold" in render_ratings(found)
    assert found.to_dict()["alarm_s"] == found.alarm_s


def test_a_rating_holds_until_the_next_and_is_weighed_by_its_time() -> None:
    one = ReadStretch(0.0, 4.0, 0.0, -1.0, 1.0)
    found = against_ratings([one], held([(0.0, 1.0), (1.0, -1.0), (9.0, 3.0)], 12.0), 12.0)
    assert found is not None
    assert found.bias == pytest.approx(0.5)


def test_what_was_read_before_the_first_rating_is_not_compared() -> None:
    found = against_ratings(stretches(), held([(100.0, 1.0)]), END_S)
    assert found is not None
    assert found.readings == len([one for one in stretches() if one.start_s >= 100])
    assert (found.lag_s, found.correlation) == (0.0, 0.0), "a constant rating tells no lag"
    assert "they no longer hold" in render_ratings(found), "the wave is often farther than 1 from 1"


@pytest.mark.parametrize(
    ("read", "rated"),
    [([], ratings()), (stretches(), []), (stretches()[:3], held([(200.0, 1.0)])), ([], [])],
)
def test_without_a_reading_that_was_rated_there_is_nothing_to_compare(
    read: list[ReadStretch], rated: list[HeldRating]
) -> None:
    assert against_ratings(read, rated, END_S) is None


moments = st.lists(st.floats(0, 60), min_size=1, max_size=20, unique=True).map(sorted)


@given(moments, moments, st.data())
def test_whatever_was_rated_when_the_figures_are_in_their_bounds(
    edges: list[float], times: list[float], data: st.DataObject
) -> None:
    score = st.floats(-3, 3)
    read = [ReadStretch(a, b, value := data.draw(score), value - 1, value + 1) for a, b in pairwise(edges)]
    found = against_ratings(read, held([(time_s, data.draw(score)) for time_s in times], 60.0), 60.0)
    if found is not None:
        assert 0 < found.readings <= len(read)
        assert 0 <= found.lag_s <= 8
        assert -1 - 1e-9 <= found.correlation <= 1 + 1e-9
        assert abs(found.bias) <= found.error + 1e-9 <= 6 + 1e-6
        assert 0 <= found.coverage <= 1
        assert found.wealth >= 1


def alarms(rate: float, sessions: int, readings: int) -> list[int | None]:
    """After how many readings each session raises the alarm, of intervals that miss at this rate."""
    chance = random.Random(7)
    found = []
    for _ in range(sessions):
        bet = IntervalBet()
        for _ in range(readings):
            bet.add(missed=chance.random() < rate)
        found.append(bet.alarm_at)
    return found


def test_intervals_that_hold_raise_the_alarm_in_one_session_of_twenty_at_most() -> None:
    for rate in (0.0, 0.05, MISSES_ALLOWED):
        raised = alarms(rate, 400, 500)
        assert sum(alarm is not None for alarm in raised) <= 400 / ALARM


@pytest.mark.parametrize(("rate", "within"), [(0.2, 400), (0.3, 120), (0.5, 40)])
def test_intervals_that_miss_more_are_found_the_sooner_the_more_they_miss(rate: float, within: int) -> None:
    found = sorted(alarm or 10**6 for alarm in alarms(rate, 200, 500))
    assert found[160] <= within, "four sessions of five"


@given(st.lists(st.booleans(), max_size=30))
def test_the_bet_is_fair_at_the_rate_that_is_allowed_whatever_came_before(misses: list[bool]) -> None:
    def after(*more: bool) -> float:
        bet = IntervalBet()
        for missed in (*misses, *more):
            bet.add(missed=missed)
        return bet.wealth

    expected = MISSES_ALLOWED * after(True) + (1 - MISSES_ALLOWED) * after(False)
    assert expected == pytest.approx(after())
    assert after(True) >= after() >= after(False) > 0
