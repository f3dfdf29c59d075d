"""What carries an expression, as a few lengths, and the range of them that neutral faces have."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Doubles
from fsrf_live.stream.features.geometry import UNIT, canonical, places

MEASURES = 8
_SMILE = slice(0, 3)
_GAP = 3
_FAR = 2.2
_SMILING = 0.6
_OPEN = 0.8
_CORNERS, _LIPS = (61, 291), (13, 14)
_INNER_BROWS, _INNER_EYES = (55, 285), (133, 362)
_BROWS_OVER_LIDS = ((105, 159), (334, 386))
_LIDS = ((159, 145), (386, 374))


def measures(vectors: NDArray[np.floating[Any]]) -> Doubles:
    """Eight measures ``[N, 8]`` of face vectors ``[N, 384]``, in radii of the canonical face.

    Mouth width, lift of the mouth's corners, their depth, gap between the lips, gap between the brows, brow
    height, eye opening, height of the brows' inner ends. The first three grow with a smile.
    """
    face = canonical()
    points = vectors.reshape(-1, len(face.contour), 3) * UNIT + face.shape[face.contour]

    def at(landmarks: tuple[int, ...]) -> Doubles:
        return np.asarray(points[:, places(landmarks)])

    def distance(pair: tuple[int, int]) -> Doubles:
        return np.asarray(np.linalg.norm(np.diff(at(pair), axis=1)[:, 0], axis=-1))

    def middle(pair: tuple[int, int]) -> Doubles:
        return np.asarray(at(pair).mean(axis=1))

    corners, lips = middle(_CORNERS), middle(_LIPS)
    columns = [
        distance(_CORNERS),
        lips[:, 1] - corners[:, 1],
        corners[:, 2] - lips[:, 2],
        distance(_LIPS),
        distance(_INNER_BROWS),
        (distance(_BROWS_OVER_LIDS[0]) + distance(_BROWS_OVER_LIDS[1])) / 2,
        (distance(_LIDS[0]) + distance(_LIDS[1])) / 2,
        middle(_INNER_EYES)[:, 1] - middle(_INNER_BROWS)[:, 1],
    ]
    return np.stack(columns, axis=1)


def look_neutral(vectors: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
    """Which of the face vectors ``[N, 384]`` have every measure, and their smile, as neutral faces do."""
    usual = canonical()
    deviations = (measures(vectors) - usual.measures_mean) / usual.measures_deviation
    smile = deviations[:, _SMILE].mean(axis=1)
    within = (np.abs(deviations) < _FAR).all(axis=1)
    return np.asarray(within & (smile < _SMILING) & (deviations[:, _GAP] < _OPEN))
