"""A face for tests of what is drawn on faces."""

from functools import cache

import numpy as np
import pytest

from fsrf_live.fsrf.common.aliases import Image
from fsrf_live.stream.features.face import FaceFinder, Look


@cache
def astronaut() -> Look:
    """A smiling astronaut (public domain, NASA): her face, 256 x 256 RGB, and its landmarks."""
    data = pytest.importorskip("skimage.data", reason="scikit-image is not installed")
    look = seen(np.ascontiguousarray(data.astronaut()[0:256, 96:352]))
    assert look is not None
    return look


def seen(picture: Image) -> Look | None:
    """What is seen of the face in a ``picture [H, W, 3]`` RGB, at the second look."""
    finder = FaceFinder()
    looks = finder.looks(np.ascontiguousarray(picture[..., ::-1]))
    finder.close()
    return looks[-1] if looks else None
