"""MediaPipe's face mesh: where a face is, its landmarks, and where to look for it next."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Doubles, Image
from fsrf_live.stream.features.detector import FaceDetector
from fsrf_live.stream.features.landmarker import load_networks
from fsrf_live.stream.features.region import Region, around, tiles, whole

_LANDMARKS = 478
_PIXELS = 256
_RIGHT_EYE, _LEFT_EYE, _RIGHT_CHEEK, _LEFT_CHEEK = 33, 263, 234, 454
_MARGIN = 1.5
"""What is shown round a face that is followed, as MediaPipe's graph does it."""

_LEAST_SCORE = 0.5
_LOOKS_TO_COMPARE, _LARGER = 10, 1.3
"""Every tenth look, which is one a second, another face that is so much larger takes the place."""

Landmarks = NDArray[np.float64]


class FaceMesh:
    """Finds the largest face of a picture, and looks next where it was found last. One thread only.

    The detector sees a face of an eighth of the picture's width and more; a smaller one is sought in tiles of
    the picture: one at each look, or all of them if it is `thorough`, as a picture that has no next one asks.
    """

    def __init__(self, *, thorough: bool) -> None:
        """Raises SourceError if the model is not on this machine."""
        networks = load_networks()
        self._thorough = thorough
        self._followed = self._missed = 0
        self._detector = FaceDetector(networks.detector, _LEAST_SCORE)
        self._network = networks.landmarks
        self._last: Region | None = None

    def look(self, picture: Image) -> Landmarks | None:
        """Landmarks ``[478, 3]`` in pixels of ``picture [H, W, 3] uint8`` RGB; None without a face."""
        found = None if self._last is None else self._landmarks(picture, self._larger(picture, self._last))
        if found is None:
            found = next(self._sought(picture), None)
        self._last = None if found is None else _around(found)
        return found

    def forget(self) -> None:
        """Forget where the face was: the next picture has nothing to do with this one."""
        self._last = None

    def close(self) -> None:
        """Free the networks; the mesh is of no use after it."""
        del self._detector, self._network

    def _larger(self, picture: Image, last: Region) -> Region:
        """Where to look: at the face that was seen last, or at a larger one that has come."""
        self._followed += 1
        if self._followed % _LOOKS_TO_COMPARE:
            return last
        largest = max(self._detector.faces(picture, whole(picture)), key=_side, default=last)
        return largest if largest.side > _LARGER * last.side else last

    def _sought(self, picture: Image) -> Iterator[Landmarks]:
        """The landmarks of faces that the detector finds, the largest of a square first."""
        for square in (whole(picture), *self._tiles(picture)):
            for region in sorted(self._detector.faces(picture, square), key=_side, reverse=True):
                found = self._landmarks(picture, region)
                if found is not None:
                    yield found

    def _tiles(self, picture: Image) -> list[Region]:
        squares = tiles(picture)
        self._missed += 1
        return squares if self._thorough else [squares[self._missed % len(squares)]]

    def _landmarks(self, picture: Image, region: Region) -> Landmarks | None:
        """Landmarks of the face in a region; None if there is none."""
        points, present, _ = self._network(region.cut(picture, _PIXELS, black=False))
        if present[0] < 0:
            return None
        marks = points.reshape(_LANDMARKS, 3).astype(np.float64) / _PIXELS
        return np.column_stack([region.place(marks[:, :2]), marks[:, 2] * region.side])


def face_width(landmarks: Landmarks) -> float:
    """From cheek to cheek, by each ear, however the head is turned; in the landmarks' unit."""
    return float(np.linalg.norm(landmarks[_RIGHT_CHEEK] - landmarks[_LEFT_CHEEK]))


def _around(landmarks: Landmarks) -> Region:
    flat: Doubles = landmarks[:, :2]
    return around(flat, flat[_RIGHT_EYE], flat[_LEFT_EYE], _MARGIN)


def _side(region: Region) -> float:
    return region.side
