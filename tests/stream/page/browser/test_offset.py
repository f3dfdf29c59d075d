"""The browser's clock and ours."""

from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.page.browser.offset import LATEST_NS, MOST_ANSWERS, BrowserOffset

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


@given(
    st.floats(-1e6, 1e9),
    st.lists(st.tuples(st.integers(0, 300 * MS), st.integers(0, 300 * MS)), min_size=1, max_size=40),
)
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
