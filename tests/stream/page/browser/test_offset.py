"""The browser's clock and ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.page.browser.offset import ANSWERS_APART_NS, LATEST_NS, MOST_ANSWERS, BrowserOffset

MS = NS // 1000


def test_before_the_first_answer_a_capture_is_of_now() -> None:
    offset = BrowserOffset()
    assert offset.ours(1e9, 5 * NS) == 5 * NS


def test_the_answer_that_came_back_soonest_is_believed() -> None:
    offset = BrowserOffset()
    offset.answered(0, 1000.0, 80 * MS)  # 40 ms off at most
    offset.answered(NS, 1960.5, NS + MS)
    offset.answered(2 * NS, 3000.0, 2 * NS + 200 * MS)
    assert offset.ours(2000.0, 3 * NS) == NS + 40 * MS


def test_old_answers_are_forgotten_so_that_a_clock_that_drifts_is_followed() -> None:
    offset = BrowserOffset()
    offset.answered(0, 0.0, 0)
    for second in range(1, MOST_ANSWERS + 1):
        offset.answered(second * NS, 1000.0 * second - 30, second * NS + MS)
    now_ns = MOST_ANSWERS * NS
    assert offset.ours(now_ns / MS - 30, now_ns) == now_ns


def test_a_capture_is_never_yet_to_come_nor_older_than_two_seconds() -> None:
    offset = BrowserOffset()
    offset.answered(10 * NS, 10_000.0, 10 * NS)
    assert offset.ours(1e300, 11 * NS) == 11 * NS
    assert offset.ours(-1e300, 11 * NS) == 11 * NS - LATEST_NS
    assert offset.ours(10_990.0, 11 * NS) == 10_990 * MS


WAYS = st.tuples(st.integers(0, 300 * MS), st.integers(0, 300 * MS))
"""How long a question is on its way there, and its answer back."""


@given(st.floats(-1e6, 1e9), st.lists(WAYS, min_size=1, max_size=40))
def test_it_is_never_wrong_by_more_than_half_of_the_quickest_answer(
    ahead_ms: float, ways: list[tuple[int, int]]
) -> None:
    offset = BrowserOffset()
    for second, (there_ns, back_ns) in enumerate(ways, start=1):
        asked_ns = second * NS
        offset.answered(asked_ns, ahead_ms + (asked_ns + there_ns) / MS, asked_ns + there_ns + back_ns)
    moment_ns = (len(ways) + 1) * NS
    error_ns = min(there_ns + back_ns for there_ns, back_ns in ways) // 2
    estimate_ns = offset.ours(ahead_ms + moment_ns / MS, moment_ns + NS)
    assert abs(estimate_ns - moment_ns) <= error_ns + 1000  # and what a double leaves of a nanosecond


JUMPS = st.integers(-10 * NS, 10 * NS)


@given(st.floats(-1e6, 1e9), st.lists(WAYS, min_size=1, max_size=40), WAYS, JUMPS)
def test_one_question_after_the_clock_has_jumped_the_older_answers_are_worth_nothing(
    ahead_ms: float, ways: list[tuple[int, int]], last: tuple[int, int], jump_ns: int
) -> None:
    offset = BrowserOffset()
    for second, (there_ns, back_ns) in enumerate([*ways, last], start=1):
        asked_ns = second * NS
        ahead_ms += jump_ns / MS if second > len(ways) else 0
        offset.answered(asked_ns, ahead_ms + (asked_ns + there_ns) / MS, asked_ns + there_ns + back_ns)
    moment_ns = (len(ways) + 2) * NS
    newest_ns, quickest_ns = sum(last), min(map(sum, ways[-MOST_ANSWERS:]))
    told = abs(jump_ns) > newest_ns + quickest_ns + ANSWERS_APART_NS
    most_ns = newest_ns // 2 if told else newest_ns + quickest_ns // 2 + ANSWERS_APART_NS
    estimate_ns = offset.ours(ahead_ms + moment_ns / MS, moment_ns + NS)
    assert abs(estimate_ns - moment_ns) <= most_ns + 1000


@pytest.mark.parametrize("slept_ms", [-6000, 6000])
def test_a_device_that_slept_is_believed_at_once_and_the_quicker_of_what_follows_again(slept_ms: int) -> None:
    offset = BrowserOffset()
    for second in range(1, MOST_ANSWERS + 1):
        offset.answered(second * NS, 1000.0 * second + 4, second * NS + 8 * MS)
    for second, trip_ms, quickest_ms in ((40, 300, 300), (41, 10, 10), (42, 200, 10)):
        clock_ms = 1000.0 * second - slept_ms
        offset.answered(second * NS, clock_ms + trip_ms, second * NS + trip_ms * MS)
        now_ns = second * NS + 500 * MS
        error_ns = abs(offset.ours(now_ns / MS - slept_ms - 200, now_ns) - (now_ns - 200 * MS))
        assert error_ns <= quickest_ms * MS // 2 + 1000
