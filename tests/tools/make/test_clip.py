"""The demo clip: that it shows and says what its script says, and the parts that make it."""

import itertools
from collections.abc import Iterator

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from fsrf_live.stream.features.face import FaceFinder
from fsrf_live.tools.make.clip import script, speech, warp
from tests.conftest import REPOSITORY

DEMO = REPOSITORY / "demo"
LEFT_CORNER, RIGHT_CORNER, UPPER_LIP, LOWER_LIP = 61, 291, 13, 14
LEFT_EYE, RIGHT_EYE = 33, 263
Landmarks = NDArray[np.float64]


@pytest.fixture(scope="module")
def faces() -> Iterator[dict[float, list[Landmarks]]]:
    """The faces found at some moments of the clip."""
    finder = FaceFinder()
    wanted = {round(moment * script.FPS): moment for moment in (6.0, 10.0, 24.0, 32.0, 35.0)}
    with av.open(str(DEMO / "demo.mp4")) as clip:
        images = {
            wanted[index]: np.asarray(frame.to_ndarray(format="bgr24"), dtype=np.uint8)
            for index, frame in enumerate(clip.decode(video=0))
            if index in wanted
        }
    yield {moment: [look.landmarks for look in finder.looks(image)] for moment, image in images.items()}
    finder.close()


def mouth(face: Landmarks) -> tuple[float, float]:
    """Width of the mouth, and how far its corners are above its middle, in distances of the eyes."""
    unit = float(np.linalg.norm(face[LEFT_EYE, :2] - face[RIGHT_EYE, :2]))
    width = float(np.linalg.norm(face[LEFT_CORNER, :2] - face[RIGHT_CORNER, :2]))
    middle = (face[UPPER_LIP, 1] + face[LOWER_LIP, 1]) / 2
    return width / unit, float(middle - (face[LEFT_CORNER, 1] + face[RIGHT_CORNER, 1]) / 2) / unit


def test_the_clip_is_small_and_has_picture_and_sound_of_the_promised_length() -> None:
    path = DEMO / "demo.mp4"
    assert path.stat().st_size <= 2_000_000
    with av.open(str(path)) as clip:
        assert (clip.streams.video[0].width, clip.streams.video[0].height) == (script.WIDTH, script.HEIGHT)
        assert len(clip.streams.audio) == 1
        assert clip.duration is not None
        assert clip.duration / 1e6 == pytest.approx(script.DURATION_S, abs=0.1)


def test_there_is_a_face_unless_it_has_left(faces: dict[float, list[Landmarks]]) -> None:
    assert {moment for moment, found in faces.items() if not found} == {32.0}


def test_the_smile_is_wide_with_corners_up_and_the_frown_narrow_with_corners_down(
    faces: dict[float, list[Landmarks]],
) -> None:
    rest, smile, frown = (mouth(faces[moment][0]) for moment in (6.0, 10.0, 24.0))
    assert smile[0] > 1.15 * rest[0] > 1.15 * frown[0]
    assert smile[1] > rest[1] + 0.05
    assert frown[1] < rest[1] - 0.02


def test_the_captions_are_the_script_one_after_the_other_and_none_while_away() -> None:
    cues = [
        cue.strip().splitlines() for cue in (DEMO / "demo.vtt").read_text(encoding="utf-8").split("\n\n")[1:]
    ]
    assert [cue[1] for cue in cues] == [line.text for line in script.SCRIPT]
    spans = [tuple(float(stamp[-6:]) for stamp in cue[0].split(" --> ")) for cue in cues]
    assert [span[0] for span in spans] == [line.start_s for line in script.SCRIPT]
    assert all(one[1] < two[0] for one, two in itertools.pairwise(spans))
    assert all(script.away(moment) == 0.0 for span in spans for moment in span)


def test_captions_are_stamped_in_hours_minutes_seconds_and_thousandths() -> None:
    ends = tuple(line.start_s + 0.7254 for line in script.SCRIPT)
    text = speech.captions(speech.Speech(np.zeros(1, np.float32), ends))
    assert text.startswith("WEBVTT\n\n00:00:00.800 --> 00:00:01.525\nThe meeting")


def test_one_mood_at_a_time() -> None:
    moments = np.arange(0, script.DURATION_S, 0.04)
    assert all(script.smile(t) * script.frown(t) == 0.0 for t in moments)
    assert max(script.smile(t) for t in moments) == 1.0
    assert max(script.frown(t) for t in moments) == script.FROWN_SIZE
    assert script.away(32.0) == 1.0
    assert script.away(20.0) == script.smile(3.0) == script.frown(3.0) == 0.0


def test_a_mesh_that_does_not_move_maps_every_pixel_to_itself() -> None:
    corners = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 7.0], [9.0, 7.0], [4.0, 3.0]])
    columns, rows = warp.inverse_map(corners, corners, warp.triangulate(corners), 10, 8)
    assert np.array_equal(columns, np.tile(np.arange(10, dtype=np.float32), (8, 1)))
    assert np.array_equal(rows.T, np.tile(np.arange(8, dtype=np.float32), (10, 1)))


def test_a_mesh_that_moves_takes_its_pixels_along() -> None:
    source = np.array([[2.0, 2.0], [6.0, 2.0], [2.0, 6.0], [6.0, 6.0]])
    columns, rows = warp.inverse_map(source, source + np.array([3.0, 1.0]), warp.triangulate(source), 12, 10)
    assert columns[5, 7] == pytest.approx(4.0)
    assert rows[5, 7] == pytest.approx(4.0)
    assert columns[0, 0] == 0.0
