"""The line that goes on where windows begin anew."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.stream.flow.items import Reason
from fsrf_live.stream.flow.records import ModalityReading, Reading, Trend
from fsrf_live.stream.reading.evidence import evidence_of
from fsrf_live.stream.reading.trend import FADING_S, FORGOTTEN_S, MOST_PARTS, RunningTrend
from tests.stream.flow.test_records import READING

GONE = ModalityReading("missing", Reason.LOST, 0.0, 0.0, 0.2)


def reading(window: int, start_s: float, end_s: float, score: float, revision: int = 0) -> Reading:
    timed = replace(READING, window=window, revision=revision, start_s=start_s, end_s=end_s)
    return replace(timed, score=score, low=score - 1, high=score + 1)


def trends(readings: Iterable[Reading]) -> list[Trend | None]:
    running = RunningTrend()
    return [running.follow(each).trend for each in readings]


def last(*readings: Reading) -> Trend:
    trend = trends(readings)[-1]
    assert trend is not None
    return trend


def test_the_first_window_is_the_trend() -> None:
    trend = last(reading(0, 0, 3, 0.6))
    assert (trend.score, trend.low, trend.high) == pytest.approx((0.6, -0.4, 1.6))


def test_what_is_older_by_the_time_constant_counts_37_percent() -> None:
    trend = last(reading(0, 0, 3, 0.0), reading(1, FADING_S, FADING_S + 3, 1.0))
    assert trend.score == pytest.approx(1 / (1 + 0.3679), abs=1e-3)


def test_a_window_comes_in_as_it_grows_so_its_beginning_is_no_jump() -> None:
    before, begun, grown = trends(
        [reading(0, 0, 3, 1.0), reading(1, 3, 3.3, -1.0), reading(1, 3, 6, -1.0, revision=1)]
    )
    assert before is not None
    assert begun is not None
    assert grown is not None
    assert 0.7 < begun.score < before.score
    assert grown.score < 0


def test_a_revision_takes_the_place_of_the_one_before_also_when_it_is_late() -> None:
    late = last(reading(0, 0, 3, -1.0), reading(1, 3, 6, 1.0), reading(0, 0, 3, 1.0, revision=1))
    assert late.score == pytest.approx(1.0)


def test_where_nothing_was_there_the_trend_stays_and_is_forgotten_after_a_while() -> None:
    nothing = replace(READING, modalities=dict.fromkeys(MODALITIES, GONE), window=5)
    assert evidence_of(nothing) == 0
    assert trends([nothing]) == [None]
    soon, long_after = (replace(nothing, end_s=s) for s in (20.0, 20.0 + FORGOTTEN_S))
    kept, forgotten = trends([reading(0, 0, 3, 0.6), soon, long_after])[1:]
    assert kept is not None
    assert kept.score == pytest.approx(0.6)
    assert forgotten is None


def test_of_windows_without_times_the_newest_count() -> None:
    old = [reading(number, 0, 0, -1.0) for number in range(10)]
    assert last(*old, *(reading(10 + n, 0, 0, 1.0) for n in range(MOST_PARTS))).score == pytest.approx(1.0)


@given(st.lists(st.tuples(st.floats(-2, 2), st.floats(0.1, 12)), min_size=1, max_size=12))
def test_it_is_among_the_scores_and_the_same_each_time(windows: list[tuple[float, float]]) -> None:
    at_s, readings = 0.0, []
    for number, (score, seconds) in enumerate(windows):
        readings.append(reading(number, at_s, at_s + seconds, score))
        at_s += seconds
    found = trends(readings)
    assert found == trends(readings)
    for upto, trend in enumerate(found, start=1):
        scores = [score for score, _ in windows[:upto]]
        assert trend is not None
        assert min(scores) - 1e-9 <= trend.score <= max(scores) + 1e-9
        assert trend.low <= trend.score <= trend.high
