import numpy as np
import pytest
from numpy.typing import NDArray

from fsrf_live.stream.features.crop import CROP_SIDE, face_crop
from fsrf_live.stream.features.geometry import canonical

Image = NDArray[np.uint8]


def scene(degrees: float, radius: float, middle: tuple[float, float]) -> tuple[Image, NDArray[np.float64]]:
    """A picture that is bright where the canonical face's chin is, and the face's landmarks in it."""
    turn = np.deg2rad(degrees)
    rotate = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    landmarks = canonical().shape.copy()
    landmarks[:, :2] = radius * landmarks[:, :2] @ rotate.T + middle
    picture = np.zeros((400, 400, 3), np.uint8)
    down, right = np.mgrid[:400, :400]
    x, y = landmarks[152, :2]
    picture[(right - x) ** 2 + (down - y) ** 2 < (0.3 * radius) ** 2] = 255
    return picture, landmarks


@pytest.mark.parametrize("degrees", [0, 25, -40, 180])
@pytest.mark.parametrize("radius", [8, 20, 60])
def test_a_face_is_cut_out_upright_and_of_one_size(degrees: float, radius: float) -> None:
    crop = face_crop(*scene(degrees, radius, (200, 200)))
    upright = face_crop(*scene(0, 40, (150, 180)))
    assert crop.shape == (CROP_SIDE, CROP_SIDE)
    assert crop.dtype == np.uint8
    assert np.abs(crop.astype(int) - upright).mean() < 6
    down, right = np.nonzero(crop > 128)
    assert down.mean() > 0.8 * CROP_SIDE
    assert right.mean() == pytest.approx(CROP_SIDE / 2, abs=1.5)


def test_what_lies_outside_the_picture_continues_its_edge() -> None:
    picture, landmarks = scene(0, 60, (10, 10))
    picture[:] = 77
    assert (face_crop(picture, landmarks) == 77).all()
