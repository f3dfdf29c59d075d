"""Where faces are: MediaPipe's short-range detector (BlazeFace: Bazarevsky et al. 2019, arXiv 1907.05047).

What its graph does about the network is done here: anchors, decoding, and the merging of overlapping boxes,
each weighted by its score (section 3.3 of the paper).
"""

import numpy as np

from fsrf_live.fsrf.common.aliases import Doubles, Floats, Image
from fsrf_live.stream.features.landmarker import FaceNetwork
from fsrf_live.stream.features.region import Region, around

_PIXELS = 128
_GRIDS = ((16, 2), (8, 6))
"""Cells along a side, and anchors in each."""
_SAME = 0.3
FACE_IN_REGION = 1 / 1.5
"""A face's region shows half as much again as its box, as MediaPipe's network for landmarks expects it."""


class FaceDetector:
    """Finds faces in squares of pictures that have nothing to do with one another."""

    def __init__(self, network: FaceNetwork, least_score: float) -> None:
        """`least_score` is how likely a face must be, from 0 to 1; MediaPipe asks for 0.5."""
        self._network = network
        self._least_score = least_score
        self._anchors = _anchors()

    def faces(self, picture: Image, square: Region) -> list[Region]:
        """The faces in a square of ``picture [H, W, 3]`` RGB, each with its margin, the likeliest first."""
        raw, logits = self._network(square.cut(picture, _PIXELS, black=True))
        scores = 1 / (1 + np.exp(-np.clip(logits, -50, 50).astype(np.float64)))
        likely = np.flatnonzero(scores > self._least_score)
        points = _points(raw.reshape(len(scores), -1)[likely], self._anchors[likely])
        return [_region(square.place(face)) for face in _merged(points, scores[likely])]


def _anchors() -> Doubles:
    """Middles of the anchors ``[896, 2]``, in the square's sides."""
    grids = []
    for cells, anchors in _GRIDS:
        down, along = np.mgrid[0:cells, 0:cells]
        middles = (np.stack([along, down], axis=-1).reshape(-1, 2) + 0.5) / cells
        grids.append(np.repeat(middles, anchors, axis=0))
    return np.concatenate(grids)


def _points(raw: Floats, anchors: Doubles) -> Doubles:
    """Corners of the box, then right eye and left eye, of each row ``[N, 4, 2]``; in the square's sides."""
    values = raw[:, :8].reshape(-1, 4, 2).astype(np.float64) / _PIXELS
    middle, size, eyes = values[:, 0] + anchors, values[:, 1], values[:, 2:] + anchors[:, None]
    return np.stack([middle - size / 2, middle + size / 2, eyes[:, 0], eyes[:, 1]], axis=1)


def _merged(points: Doubles, scores: Doubles) -> list[Doubles]:
    """One of each group of faces ``[N, 4, 2]`` that overlap, the mean by score; the likeliest group first."""
    found = []
    while len(points):
        same = _overlap(points, points[scores.argmax()]) > _SAME
        found.append(np.average(points[same], axis=0, weights=scores[same]))
        points, scores = points[~same], scores[~same]
    return found


def _overlap(points: Doubles, face: Doubles) -> Doubles:
    """Intersection over union ``[N]`` of boxes with that of one face."""
    low, high = np.maximum(points[:, 0], face[0]), np.minimum(points[:, 1], face[1])
    shared = np.clip(high - low, 0, None).prod(axis=1)
    area = (points[:, 1] - points[:, 0]).prod(axis=1)
    return np.asarray(shared / (area + (face[1] - face[0]).prod() - shared))


def _region(face: Doubles) -> Region:
    return around(face[:2], face[2], face[3], 1 / FACE_IN_REGION)
