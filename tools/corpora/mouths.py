"""Mouths that open, drawn on pictures of faces whose mouth is shut."""

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Doubles, Image
from fsrf_live.stream.features.mesh import Landmarks

_RIGHT_CORNER, _LEFT_CORNER, _UPPER_LIP, _LOWER_LIP, _CHIN = 61, 291, 13, 14, 152
_JAW_WIDTH = 2.4
"""Of the mouth's; the jaw moves as a whole, and its sides less."""
_BELOW_CHIN = 1.0
"""Where nothing moves any more, in mouth widths below the chin."""
_DARK, _TEETH, _TEETH_SHARE = 0.3, 1.2, 0.3
"""Brightness of an open mouth's inside and of its upper teeth, of the lips'; how much these take."""


def mouth_gap(landmarks: Landmarks) -> float:
    """The gap between the lips of a face, ``landmarks [478, 3]``, in widths of its mouth."""
    gap = np.linalg.norm(landmarks[_LOWER_LIP] - landmarks[_UPPER_LIP])
    width = np.linalg.norm(landmarks[_LEFT_CORNER] - landmarks[_RIGHT_CORNER])
    return float(gap / max(float(width), 1e-9))


def with_open_mouth(picture: Image, landmarks: Landmarks, gap: float, *, teeth: bool) -> Image:
    """A ``picture [H, W, 3]`` whose mouth opens by `gap` of its width; ``landmarks [478, 3]`` in its pixels.

    Lower lip and chin are moved down, and what comes between the lips is dark, but for the upper `teeth`.
    """
    import cv2

    right, left = landmarks[_RIGHT_CORNER, :2], landmarks[_LEFT_CORNER, :2]
    width = max(float(np.linalg.norm(left - right)), 1e-9)
    along = (left - right) / width
    down = np.array([-along[1], along[0]])
    middle = (landmarks[_UPPER_LIP, :2] + landmarks[_LOWER_LIP, :2]) / 2
    chin = float((landmarks[_CHIN, :2] - middle) @ down) / width
    height, broad = picture.shape[:2]
    pixels = np.stack(np.meshgrid(np.arange(broad), np.arange(height)), axis=-1) - middle
    x, y = pixels @ along / width, pixels @ down / width
    between = gap * np.sqrt(np.clip(1 - (2 * x) ** 2, 0, 1))
    moved = np.where(y > 0, _fall(x, y - between, between, gap, chin), 0.0)
    source = pixels + middle - (moved * width)[..., None] * down
    opened = cv2.remap(
        picture,
        source[..., 0].astype(np.float32),
        source[..., 1].astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    # Half a pixel of soft edge, so that the lips do not look cut.
    inside = np.clip(np.minimum(y, between - y) * width / 2 + 0.5, 0, 1) * (between > 0)
    lips = picture[_near(landmarks, picture.shape)].mean(axis=0)
    bright = np.where(teeth & (y < _TEETH_SHARE * between), _TEETH, _DARK)[..., None]
    return np.asarray(
        np.clip(np.rint(opened + inside[..., None] * (bright * lips - opened)), 0, 255), np.uint8
    )


def _fall(x: Doubles, below: Doubles, lip: Doubles, gap: float, chin: float) -> Doubles:
    """How far down what is `below` the lower lip has moved: as the lip does near it, then as the jaw does."""
    jaw = gap * np.clip(1 - (2 * x / _JAW_WIDTH) ** 2, 0, 1)
    share = np.clip(below / max(0.5 * chin, 1e-9), 0, 1)
    faded = np.clip(1 - (below - chin) / _BELOW_CHIN, 0, 1)
    return np.asarray(((1 - share) * lip + share * jaw) * faded)


def _near(landmarks: Landmarks, shape: tuple[int, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the lips' landmarks in a picture of a shape."""
    places = landmarks[[_RIGHT_CORNER, _LEFT_CORNER, _UPPER_LIP, _LOWER_LIP, _CHIN], :2].astype(np.intp)
    return np.clip(places[:, 1], 0, shape[0] - 1), np.clip(places[:, 0], 0, shape[1] - 1)
