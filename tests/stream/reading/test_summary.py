"""What all final readings said together."""

from dataclasses import replace

import pytest

from fsrf_live.stream.flow.items import Reason
from fsrf_live.stream.flow.records import ModalityReading, Reading
from fsrf_live.stream.reading.evidence import evidence_of
from fsrf_live.stream.reading.summary import REVISABLE, Summariser
from tests.stream.flow.test_records import READING


def reading(window: int, start_s: float, end_s: float, score: float, final: bool = True) -> Reading:
    return replace(READING, window=window, start_s=start_s, end_s=end_s, score=score, final=final)


def test_windows_weigh_by_their_evidence_and_partial_readings_nothing() -> None:
    summariser = Summariser()
    parts = (reading(0, 0, 6, 1.0), replace(reading(1, 6, 9, -1.0), low=-3.0, high=3.0))
    for part in parts:
        summariser.add(part)
    summariser.add(reading(2, 4, 9, 3.0, final=False))
    summary = summariser.summary(9.0)
    told, hardly = (evidence_of(part) for part in parts)
    assert told > 2 * hardly
    assert summary.score == pytest.approx((told - hardly) / (told + hardly))
    assert (summary.windows, summary.duration_s, summary.reason) == (2, 9.0, None)
    assert summary.modalities["audio"].coverage == pytest.approx(0.6)
    assert (summary.modalities["audio"].state, summary.modalities["audio"].reason) == (
        "partial",
        Reason.STALLED,
    )
    assert summary.modalities["text"].recovery == pytest.approx(0.42)


def test_a_summary_is_unsure_if_less_than_half_of_all_lies_in_the_band_of_its_score() -> None:
    summariser = Summariser()
    summariser.add(reading(0, 0, 3, 0.81))
    assert (summariser.summary(3.0).label, summariser.summary(3.0).unsure) == ("positive", False)
    summariser.add(reading(1, 3, 6, -0.81))
    assert (summariser.summary(6.0).label, summariser.summary(6.0).unsure) == ("neutral", True)
    assert Summariser().summary(0.0).unsure is None


def test_a_revision_takes_the_place_of_the_one_before() -> None:
    summariser = Summariser()
    summariser.add(reading(0, 0, 3, 1.0))
    summariser.add(replace(reading(0, 0, 3, -2.0), revision=2))
    assert summariser.summary(3.0).score == pytest.approx(-2.0)
    assert summariser.summary(3.0).windows == 1


def test_windows_without_evidence_do_not_count_towards_the_score() -> None:
    gone = {m: ModalityReading("missing", Reason.LOST, 0.0, 0.0, 0.2) for m in READING.modalities}
    summariser = Summariser()
    summariser.add(replace(reading(0, 0, 3, 0.1), modalities=gone))
    alone = summariser.summary(3.0, "all was lost")
    assert (alone.score, alone.label, alone.windows, alone.reason) == (None, None, 1, "all was lost")
    assert alone.modalities["video"].reason is Reason.LOST
    summariser.add(reading(1, 3, 6, 1.5))
    assert summariser.summary(6.0).score == pytest.approx(1.5)


def test_without_a_window_it_says_why() -> None:
    summary = Summariser().summary(0.0, "nothing came")
    assert (summary.score, summary.modalities, summary.reason) == (None, {}, "nothing came")


def test_a_long_session_sums_up_the_same() -> None:
    summariser = Summariser()
    for window in range(3 * REVISABLE):
        summariser.add(reading(window, window, window + 1, window % 2))
    summary = summariser.summary(3.0 * REVISABLE)
    assert summary.windows == 3 * REVISABLE
    assert summary.score == pytest.approx(0.5)


def test_readings_without_a_duration_weigh_the_same() -> None:
    summariser = Summariser()
    summariser.add(reading(0, 0, 0, 1.0))
    summariser.add(reading(1, 0, 0, 2.0))
    assert summariser.summary(0.0).score == pytest.approx(1.5)
