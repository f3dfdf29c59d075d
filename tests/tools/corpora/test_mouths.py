"""Mouths that were drawn open are seen as open, and nothing else of the face moves."""

import numpy as np
import pytest

from fsrf_live.tools.corpora.mouths import mouth_gap, with_open_mouth
from tests.doubles.portrait import astronaut, seen

_NOSE, _BROW, _CHIN = 1, 105, 152


@pytest.mark.parametrize("teeth", [False, True])
def test_a_mouth_opens_by_what_is_asked_and_only_the_jaw_follows(teeth: bool) -> None:
    shut = astronaut()
    opened = with_open_mouth(shut.picture, shut.landmarks, 0.4, teeth=teeth)
    assert opened.shape == shut.picture.shape
    assert opened.dtype == np.uint8
    look = seen(opened)
    assert look is not None
    assert mouth_gap(look.landmarks) - mouth_gap(shut.landmarks) == pytest.approx(0.4, abs=0.2)
    width = np.linalg.norm(shut.landmarks[454] - shut.landmarks[234])
    moved = np.linalg.norm((look.landmarks - shut.landmarks)[:, :2], axis=1) / width
    assert moved[_CHIN] > 0.05
    assert max(moved[_NOSE], moved[_BROW]) < 0.05


def test_what_lies_above_the_mouth_stays_to_the_pixel() -> None:
    shut = astronaut()
    opened = with_open_mouth(shut.picture, shut.landmarks, 0.4, teeth=False)
    above = int(shut.landmarks[[61, 291, 13], 1].min()) - 8
    np.testing.assert_array_equal(opened[:above], shut.picture[:above])


def test_a_mouth_without_width_is_no_error() -> None:
    marks = np.full((478, 3), 20.0)
    picture = np.full((40, 40, 3), 90, np.uint8)
    assert mouth_gap(marks) == 0
    assert with_open_mouth(picture, marks, 0.3, teeth=True).shape == picture.shape
