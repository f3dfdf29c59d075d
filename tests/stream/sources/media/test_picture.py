"""Pictures as they are to be seen, whatever way they are stored."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from fsrf_live.stream.sources.decoding import decode_frames
from fsrf_live.stream.sources.media.picture import Pose
from tests.doubles.inputs import MATRICES, ONE, STORED, Workshop


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_pose_undoes_how_a_picture_is_stored(orientation: int) -> None:
    image = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    a, b, c, d = MATRICES[orientation]
    matrix = np.asarray([a, b, 0, c, d, 0, 0, 0, 1 << 30], np.int32)
    upright = Pose.of(matrix).apply(np.ascontiguousarray(STORED[orientation](image)))
    assert upright.tolist() == image.tolist()
    assert upright.flags.c_contiguous


@pytest.mark.parametrize(("degrees", "orientation"), [(3, 1), (-40, 1), (50, 6), (-93, 8), (179, 3)])
def test_a_slanted_picture_is_turned_by_the_nearest_quarter(degrees: int, orientation: int) -> None:
    cosine, sine = (round(ONE * f(np.radians(degrees))) for f in (np.cos, np.sin))
    slanted = np.asarray([cosine, sine, 0, -sine, cosine, 0, 0, 0, 1 << 30], np.int32)
    a, b, c, d = MATRICES[orientation]
    assert Pose.of(slanted) == Pose.of(np.asarray([a, b, 0, c, d, 0, 0, 0, 1 << 30], np.int32))


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tiff"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_stills_are_upright_and_not_mirrored(workshop: Workshop, ending: str, orientation: int) -> None:
    frame = next(decode_frames(workshop.turned(f"{orientation}.{ending}", orientation)))
    assert frame.image.shape == workshop.face.shape
    assert np.abs(frame.image.astype(int) - workshop.face).mean() < 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_clips_are_upright_and_not_mirrored(workshop: Workshop, orientation: int) -> None:
    frame = next(decode_frames(workshop.clip(f"{orientation}.mp4", turned=orientation)))
    assert frame.image.shape == workshop.smile[0].shape
    assert np.abs(frame.image.astype(int) - workshop.smile[0]).mean() < 5


@pytest.mark.parametrize(("width", "height"), [(120, 180), (240, 90), (168, 180)])
def test_pixels_are_square(workshop: Workshop, width: int, height: int) -> None:
    frame = next(decode_frames(workshop.squeezed(f"{width}x{height}.mp4", width, height)))
    assert frame.image.shape[1] / frame.image.shape[0] == pytest.approx(4 / 3, abs=0.02)


def test_pixels_that_nobody_could_mean_are_taken_as_square(workshop: Workshop, tmp_path: Path) -> None:
    path = workshop.clip("strange.mp4", pixel=Fraction(90, 1), images=workshop.smile[:5])
    assert next(decode_frames(path)).image.shape == workshop.smile[0].shape
