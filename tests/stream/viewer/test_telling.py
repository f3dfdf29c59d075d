"""What a page is told is bounded, and shows what happened."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.stream.flow.items import Reason
from fsrf_live.stream.flow.records import Marker, ModalityReading, Reading
from fsrf_live.stream.recording.account import Account
from fsrf_live.stream.viewer.opened import OpenedRecording
from fsrf_live.stream.viewer.telling import (
    MOST_MARKED,
    MOST_READINGS,
    MOST_SAID,
    ToldRecording,
    line_of,
    stretch_of,
    thinned,
    whole_of,
)
from tests.doubles.records import READING

HALF_SECONDS = 3 * 3600 * 2


def reading(number: int, score: float = 0.0, *, lost: bool = False) -> Reading:
    end_s = number / 2
    modalities = dict(READING.modalities)
    if lost:
        modalities["video"] = ModalityReading("missing", Reason.LOST, 0.0, 0.0, 0.5)
    made = replace(READING, window=number, start_s=end_s - 0.5, end_s=end_s, modalities=modalities)
    return replace(made, score=score, low=score - 1, high=score + 1)


def told_of(line: list[Reading], markers: int = 0) -> ToldRecording:
    account = Account("long", line[-1].end_s, None, tuple(line), readings=tuple(line))
    marked = {f"r{n}": Marker(n / 10, "a", "lsl") for n in range(markers)}
    return ToldRecording(account, line, marked, {})


@settings(max_examples=8, deadline=None)
@given(
    st.integers(2 * MOST_READINGS, 4 * MOST_READINGS),
    st.integers(0, 2 * MOST_READINGS - 1),
    st.integers(0, 2 * MOST_READINGS - 1),
    st.sampled_from([-2.5, 2.5]),
)
def test_of_hours_the_extremes_stay_and_every_outage(
    count: int, peak: int, outage: int, score: float
) -> None:
    line = [reading(n, score if n == peak else 0.0, lost=n == outage) for n in range(count)]
    kept, slot_s = thinned(line, MOST_READINGS)
    assert len(kept) <= MOST_READINGS
    assert {peak, outage, 0} <= {one.window for one in kept}
    assert [one.end_s for one in kept] == sorted({one.end_s for one in kept})
    ends = [*(one.end_s for one in kept), line[-1].end_s]
    assert max(two - one for one, two in pairwise(ends)) <= 2 * slot_s


def test_what_is_short_is_told_as_it_is() -> None:
    line = [reading(n) for n in range(MOST_READINGS)]
    assert thinned(line, MOST_READINGS) == (line, 0.0)
    assert thinned([], MOST_READINGS) == ([], 0.0)


def test_everything_else_is_bounded_too_and_counted() -> None:
    line = [reading(n) for n in range(HALF_SECONDS)]
    stretch = stretch_of(told_of(line, 3 * MOST_MARKED), 0.0, line[-1].end_s)
    assert len(stretch["readings"]) <= MOST_READINGS
    assert (len(stretch["said"]), len(stretch["marked"])) == (MOST_SAID, MOST_MARKED)
    assert stretch["there_are"] == {
        "readings": HALF_SECONDS,
        "said": HALF_SECONDS,
        "marked": 3 * MOST_MARKED,
        "gone": 0,
        "outages": 0,
    }


def test_a_stretch_of_it_is_told_whole() -> None:
    line = [reading(n) for n in range(HALF_SECONDS)]
    stretch = stretch_of(told_of(line, 100), 5.0, 8.0)
    assert [one["end_s"] for one in stretch["readings"]] == [5.0, 5.5, 6.0, 6.5, 7.0, 7.5, 8.0]
    assert stretch["slot_s"] == 0.0
    assert {marker["time_s"] for marker in stretch["marked"]} == {n / 10 for n in range(50, 81)}


def test_of_answers_for_the_same_moment_the_newest_counts() -> None:
    first, later, earlier = reading(4, 0.1), replace(reading(4, 0.9), revision=2), reading(2)
    assert line_of([first, later, earlier, Marker(1.0, "a", "key")]) == [earlier, later]


def test_a_recording_is_told_with_its_outages_words_and_summary(monday: Path) -> None:
    _, told = OpenedRecording(monday).told()
    stretch = stretch_of(told, 0.0, 12.0)
    assert [(one["source"], one["start_s"], one["end_s"], one["state"]) for one in stretch["outages"]] == [
        ("camera", 6.0, 8.0, "lost")
    ]
    assert {one["text"] for one in stretch["said"]} == {"a good day"}
    assert [(one["id"], one["time_s"]) for one in stretch["marked"]] == [
        ("r0", 2.0), ("r1", 2.1), ("r2", 4.0), ("r3", 8.0),
    ]  # fmt: skip
    first = stretch["readings"][0]
    assert first["modalities"].keys() == set(MODALITIES)
    assert not {"latency_ms", "engine"} & first.keys()
    whole = whole_of(told)
    assert (whole["name"], whole["duration_s"], whole["summary"]["label"]) == ("monday", 12.0, "positive")
