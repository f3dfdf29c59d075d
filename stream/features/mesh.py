"""MediaPipe's face mesh: where a face is, its landmarks, and where to look for it next."""

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Doubles, Image
from fsrf_live.stream.features.detector import FaceDetector
from fsrf_live.stream.features.landmarker import load_networks
from fsrf_live.stream.features.region import Region, around, whole

_LANDMARKS = 478
_PIXELS = 256
_RIGHT_EYE, _LEFT_EYE = 33, 263
_MARGIN = 1.5
"""What is shown round a face that is followed, as MediaPipe's graph does it."""

Landmarks = NDArray[np.float64]


class FaceMesh:
    """Finds the largest face of a picture, and looks next where it was found last. One thread only.

    Raises SourceError if the model is not on this machine.
    """

    def __init__(self) -> None:
        networks = load_networks()
        self._detector = FaceDetector(networks.detector)
        self._network = networks.landmarks
        self._last: Region | None = None

    def look(self, picture: Image) -> Landmarks | None:
        """Landmarks ``[478, 3]`` in pixels of ``picture [H, W, 3] uint8`` RGB; None without a face."""
        found = self._landmarks(picture, self._last) if self._last is not None else None
        if found is None:
            region = max(self._detector.faces(picture, whole(picture)), key=_side, default=None)
            found = self._landmarks(picture, region) if region is not None else None
        self._last = None if found is None else _around(found)
        return found

    def forget(self) -> None:
        """Forget where the face was: the next picture has nothing to do with this one."""
        self._last = None

    def close(self) -> None:
        """Free the networks; the mesh is of no use after it."""
        del self._detector, self._network

    def _landmarks(self, picture: Image, region: Region) -> Landmarks | None:
        """Landmarks of the face in a region; None if there is none."""
        points, present, _ = self._network(region.cut(picture, _PIXELS, black=False))
        if present[0] < 0:
            return None
        marks = points.reshape(_LANDMARKS, 3).astype(np.float64) / _PIXELS
        return np.column_stack([region.place(marks[:, :2]), marks[:, 2] * region.side])


def _around(landmarks: Landmarks) -> Region:
    flat: Doubles = landmarks[:, :2]
    return around(flat, flat[_RIGHT_EYE], flat[_LEFT_EYE], _MARGIN)


def _side(region: Region) -> float:
    return region.side
