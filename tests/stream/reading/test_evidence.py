"""What a reading tells."""

from dataclasses import replace

import pytest

from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.stream.flow.items import Reason
from fsrf_live.stream.flow.records import ModalityReading, Reading
from fsrf_live.stream.reading.evidence import SHARES, evidence_of
from tests.stream.flow.test_records import READING

GONE = ModalityReading("missing", Reason.LOST, 0.0, 0.0, 0.2)
THERE = ModalityReading("present", None, 1.0, 0.0, None)


def with_only(*there: Modality) -> Reading:
    return replace(READING, modalities={m: THERE if m in there else GONE for m in MODALITIES})


def test_words_count_as_much_as_face_and_voice_together_and_nothing_counts_nothing() -> None:
    assert sum(SHARES.values()) == 1
    assert evidence_of(with_only("text")) == pytest.approx(evidence_of(with_only("audio", "video")))
    assert evidence_of(with_only()) == 0


def test_half_the_width_is_four_times_the_evidence_and_no_width_is_bounded() -> None:
    narrow, wide = (replace(with_only("text"), low=-w, high=w, score=0.0) for w in (0.5, 1.0))
    assert evidence_of(narrow) == pytest.approx(4 * evidence_of(wide))
    assert evidence_of(replace(wide, low=0.0, high=0.0)) == pytest.approx(0.5 * 0.9 / 0.05**2)


def test_a_short_window_counts_in_proportion_and_a_long_one_no_more_for_its_length() -> None:
    short, whole, long = (replace(with_only("text"), start_s=0.0, end_s=s) for s in (1.5, 3.0, 12.0))
    assert evidence_of(short) == pytest.approx(evidence_of(whole) / 2)
    assert evidence_of(long) == evidence_of(whole)
    assert evidence_of(replace(short, end_s=0.0)) > 0
