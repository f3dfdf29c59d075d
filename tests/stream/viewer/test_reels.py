"""FilmPictures and sound of any moment, as they were recorded."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ
from fsrf_live.stream.recording.media import MEDIA
from fsrf_live.stream.viewer.reels import FilmPictures, FilmSound
from tests.doubles.viewer import BEGINS_MS, ENDS_MS, GONE_MS, tone

START_S = BEGINS_MS / 1000


@pytest.fixture
def pictures(filmed: Path) -> Iterator[FilmPictures]:
    with closing(FilmPictures(filmed / MEDIA, START_S)) as pictures:
        yield pictures


def shade_of(jpeg: bytes) -> float:
    import cv2

    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return float(picture.mean())


@pytest.mark.parametrize("order", ["forwards", "backwards", "to and fro"])
def test_each_moment_has_the_picture_that_was_seen_then(pictures: FilmPictures, order: str) -> None:
    moments = [0.25, 1.0, 1.05, 3.31, 5.9, 8.0, 11.9]
    if order == "backwards":
        moments.reverse()
    elif order == "to and fro":
        moments = moments[::2] + moments[::-2]
    for moment in moments:
        now, after = pictures.around(moment)
        assert now is not None
        assert now.at_s == pytest.approx(int(moment * 10 + 1e-6) / 10)
        assert shade_of(now.jpeg) == pytest.approx(255 * now.at_s / (ENDS_MS / 1000), abs=3)
        assert after is None if moment == 11.9 else after is not None and after.at_s > moment


@pytest.mark.parametrize("moment", [0.9999, 3.1996, 9.99951])
def test_just_before_a_picture_it_is_still_the_one_before(filmed: Path, moment: float) -> None:
    with closing(FilmPictures(filmed / MEDIA, START_S)) as pictures:
        now, after = pictures.around(moment)
    assert now is not None
    assert after is not None
    assert (now.at_s, after.at_s) == pytest.approx((round(moment, 1) - 0.1, round(moment, 1)))


def test_before_the_first_there_is_none_and_the_first_is_the_next(pictures: FilmPictures) -> None:
    now, after = pictures.around(0.1)
    assert now is None
    assert after is not None
    assert after.at_s == pytest.approx(START_S)


def test_while_the_camera_was_away_there_is_the_last_and_the_next_one(pictures: FilmPictures) -> None:
    now, after = pictures.around(7.0)
    assert now is not None
    assert after is not None
    assert now.at_s == pytest.approx(5.9)
    assert after.at_s == pytest.approx(GONE_MS[1] / 1000)


def test_sound_is_that_of_the_microphone_at_its_moments_and_silence_before(filmed: Path) -> None:
    with closing(FilmSound(filmed / MEDIA, START_S)) as sounds:
        assert sounds.any
        for at_ms in (5000, BEGINS_MS, 11_900, 7030):
            first = at_ms * SAMPLE_RATE_HZ // 1000
            expected = tone(at_ms)[:1600]
            found = sounds.between(first, first + 1600)
            there = min(1600, (ENDS_MS - at_ms) * SAMPLE_RATE_HZ // 1000)
            assert np.allclose(found[:there], expected[:there], atol=1e-6)
        assert not sounds.between(0, 3200).any()
        assert not sounds.between(13 * SAMPLE_RATE_HZ, 14 * SAMPLE_RATE_HZ).any()


def test_one_whose_writer_was_killed_is_shown_as_far_as_it_goes(filmed: Path, tmp_path: Path) -> None:
    torn = tmp_path / MEDIA
    shutil.copyfile(filmed / MEDIA, torn)
    with torn.open("r+b") as file:
        file.truncate(torn.stat().st_size * 6 // 10)
    with closing(FilmPictures(torn, START_S)) as pictures, closing(FilmSound(torn, START_S)) as sounds:
        for moment in (4.0, 1.0, 3.0):
            now, _ = pictures.around(moment)
            assert now is not None
            assert now.at_s == pytest.approx(moment)
        now, after = pictures.around(11.0)
        assert after is None
        assert sounds.between(SAMPLE_RATE_HZ, SAMPLE_RATE_HZ + 100).any()
        assert not sounds.between(11 * SAMPLE_RATE_HZ, 12 * SAMPLE_RATE_HZ).any()
