"""What is read of a picture and of what is said beside it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.clips.job import Job, still_windows
from fsrf_live.stream.flow.clock import NS, FakeClock
from fsrf_live.stream.flow.items import Reason, Words
from fsrf_live.stream.flow.records import Reading
from fsrf_live.stream.reading.analyst import Analyst
from tests.doubles.fakes import PRIOR, FakeEngine, FakeTextEncoder, face, no_face

PICTURE = Path("smile.png")


def read(job: Job, seen: bool = True) -> list[Reading]:
    """Readings of a picture with a face, or without one."""
    faces = [face(0, 0.5) if seen else no_face(0)]
    return Analyst(FakeEngine(), FakeTextEncoder(), FakeClock()).read_all(still_windows(faces, job))


@given(st.lists(st.tuples(st.integers(0, 10**13), st.integers(0, 10**11)), min_size=1, max_size=4))
def test_when_words_are_said_beside_a_picture_does_not_change_what_both_say(
    times: list[tuple[int, int]],
) -> None:
    captions = [Words(start_ns, start_ns + length_ns, "good") for start_ns, length_ns in times]
    readings = read(Job(PICTURE, captions=captions))
    assert [reading.score for reading in readings] == [pytest.approx(PRIOR + 1 + 0.5)] * len(times)
    for reading in readings:
        video = reading.modalities["video"]
        assert (video.state, video.reason) == ("present", None)
        assert video.contribution == pytest.approx(0.5)


def test_a_picture_is_read_alone_and_beside_a_text_without_times() -> None:
    (alone,), (beside,) = read(Job(PICTURE)), read(Job(PICTURE, text="good"))
    assert [alone.score, beside.score] == [pytest.approx(PRIOR + 0.5), pytest.approx(PRIOR + 1.5)]


def test_a_picture_without_a_face_is_missing_for_that_whenever_words_are_said() -> None:
    (reading,) = read(Job(PICTURE, captions=[Words(7 * NS, 9 * NS, "good")]), seen=False)
    video = reading.modalities["video"]
    assert (video.state, video.reason) == ("missing", Reason.NO_FACE)
