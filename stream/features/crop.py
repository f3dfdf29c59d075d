"""The face cut out of its picture: upright, of one size, in grey; where the mesh's landmarks say it is."""

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Image
from fsrf_live.stream.features.geometry import canonical

CROP_SIDE = 48
_SHOWN = 2.75
"""Width and height of what is cut out, in radii of the canonical face; its oval is 2.4 wide and 2.7 high."""
_MIDDLE = (0.0, 0.73)
_FINEST = 8


def face_crop(picture: Image, landmarks: NDArray[np.float64]) -> Image:
    """The face ``[48, 48]`` of ``picture [H, W, 3]`` RGB, with ``landmarks [478, 3]`` in its pixels.

    The stable points are laid on the canonical face's by rotation, scale and translation in the picture's
    plane, least squares. What lies outside the picture continues its edge.
    """
    import cv2

    face = canonical()
    rotate, move = _similarity(landmarks[face.stable, :2], face.shape[face.stable, :2])
    pixels_per_radius = CROP_SIDE / _SHOWN
    finer = int(np.clip(np.ceil(1 / (np.sqrt(abs(np.linalg.det(rotate))) * pixels_per_radius)), 1, _FINEST))
    scale = finer * pixels_per_radius
    offset = scale * (move - np.array(_MIDDLE) + _SHOWN / 2) - 0.5
    warp = np.column_stack([scale * rotate, offset])
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    size = (finer * CROP_SIDE, finer * CROP_SIDE)
    large = cv2.warpAffine(grey, warp, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(large, (CROP_SIDE, CROP_SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def _similarity(
    points: NDArray[np.float64], target: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rotation with scale ``[2, 2]`` and translation ``[2]`` that lay points ``[N, 2]`` on targets."""
    middle, goal = points.mean(axis=0), target.mean(axis=0)
    near, wanted = points - middle, target - goal
    size = max(float((near**2).sum()), 1e-12)
    along = float((near * wanted).sum()) / size
    across = float((near[:, 0] * wanted[:, 1] - near[:, 1] * wanted[:, 0]).sum()) / size
    rotate = np.array([[along, -across], [across, along]])
    return rotate, goal - rotate @ middle
