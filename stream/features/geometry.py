"""From mesh landmarks to a vector that knows the expression and not where the head is or how it is turned."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Doubles

GEOMETRY_WIDTH = 384
UNIT = 0.1
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Canonical:
    """The average neutral face, seen from the front: x to the right of the picture, y down, z away.

    ``shape [478, 3]`` has the root mean square distance of its stable points from their middle at 1;
    ``contour [128]`` are the landmarks that make the vector (lips, eyes, brows, oval), ``stable [23]``
    those that no expression moves much. ``measures_mean`` and ``measures_deviation [8]`` are those of neutral
    faces (see `stream.features.expression`).
    """

    shape: Doubles
    contour: NDArray[np.intp]
    stable: NDArray[np.intp]
    measures_mean: Doubles
    measures_deviation: Doubles


@cache
def canonical() -> Canonical:
    """The canonical face that ships beside this file (made by `tools/make/canonical_face.py`)."""
    with np.load(Path(__file__).with_name("canonical.npz"), allow_pickle=False) as stored:
        return Canonical(
            stored["shape"].astype(np.float64),
            stored["contour"].astype(np.intp),
            stored["stable"].astype(np.intp),
            stored["measures_mean"].astype(np.float64),
            stored["measures_deviation"].astype(np.float64),
        )


@cache
def places(landmarks: tuple[int, ...]) -> NDArray[np.intp]:
    """Where landmarks of the mesh stand in the contour of the canonical face."""
    contour = canonical().contour.tolist()
    return np.array([contour.index(landmark) for landmark in landmarks], np.intp)


def face_vector(landmarks: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Vector ``[384] float32`` of one face, ``landmarks [478, 3]`` in any one unit of length.

    It is how far each contour point lies from the canonical face, after the best rotation, scale and
    translation by the stable points; in tenths of the canonical face's radius.
    """
    face = canonical()
    aligned = align(np.asarray(landmarks, np.float64), face.shape, face.stable)
    moved = (aligned - face.shape)[face.contour] / UNIT
    return moved.astype(np.float32).ravel()


def align(landmarks: Doubles, target: Doubles, stable: NDArray[np.intp]) -> Doubles:
    """Move ``landmarks [N, 3]`` rigidly and in scale so that their stable points fit those of the target.

    Least squares over rotations (no mirroring), scale and translation: Umeyama 1991, equations 40-42.
    """
    points, goal = landmarks[stable], target[stable]
    middle, goal_middle = points.mean(axis=0), goal.mean(axis=0)
    points, goal = points - middle, goal - goal_middle
    left, stretch, right = np.linalg.svd(points.T @ goal)
    handed = np.array([1.0, 1.0, np.sign(np.linalg.det(left) * np.linalg.det(right))])
    rotation = (left * handed) @ right
    scale = (stretch * handed).sum() / max(float((points**2).sum()), _TINY)
    return np.asarray(scale * (landmarks - middle) @ rotation + goal_middle)
