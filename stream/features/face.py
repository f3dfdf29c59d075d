"""Frames to face features: mesh, then geometry, then the person's own neutral face taken out."""

import numpy as np
from numpy.typing import NDArray

from stream.features.geometry import face_vector
from stream.features.mesh import FaceMesh
from stream.features.neutral import NeutralReference
from stream.features.pictures import is_black, is_small, sized, with_margin
from stream.items import FaceFeatures, Frame, Reason
from stream.slots import Slots

NAME = "facemesh-contour-1"
WIDTH = 384
RATE_HZ = 10.0


class FaceExtractor:
    """Face features of a live or recorded stream of frames. One thread only."""

    name = NAME
    width = WIDTH

    def __init__(self, rate_hz: float = RATE_HZ, *, own_neutral: bool = True) -> None:
        self.rate_hz = rate_hz
        self._slots = Slots(rate_hz)
        self._neutral = NeutralReference(WIDTH) if own_neutral else None
        self._mesh = FaceMesh()

    def wants(self, time_ns: int) -> bool:
        """Whether a frame of this time is worth a mesh: the first of each tenth of a second is."""
        return self._slots.free(time_ns)

    def extract(self, frame: Frame) -> FaceFeatures:
        """Features of one frame, whether wanted or not; `frame.image` is ``[H, W, 3] uint8`` BGR."""
        self._slots.take(frame.time_ns)
        if is_black(frame.image):
            return FaceFeatures(frame.time_ns, None, Reason.BLACK)
        landmarks = self._mesh.look(sized(frame.image))
        if landmarks is None:
            return FaceFeatures(frame.time_ns, None, Reason.NO_FACE)
        vector = face_vector(landmarks)
        if self._neutral is not None:
            vector = self._neutral.relative(frame.time_ns, vector)
        return FaceFeatures(frame.time_ns, vector)

    def close(self) -> None:
        """Free the native graph; the extractor is of no use after it."""
        self._mesh.close()


class StillExtractor:
    """Face features of pictures that have nothing to do with one another. One thread only."""

    name = NAME
    width = WIDTH

    def __init__(self) -> None:
        self._mesh = FaceMesh()

    def extract(self, frame: Frame) -> FaceFeatures:
        """Features of one picture, ``[H, W, 3] uint8`` BGR."""
        if is_black(frame.image):
            return FaceFeatures(frame.time_ns, None, Reason.BLACK)
        looks = self.landmarks(frame.image)
        if not looks:
            return FaceFeatures(frame.time_ns, None, Reason.NO_FACE)
        vectors = np.stack([face_vector(landmarks) for landmarks in looks])
        return FaceFeatures(frame.time_ns, vectors.mean(axis=0))

    def landmarks(self, image: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
        """Two looks ``[478, 3]`` at the face, in pixels of no picture in particular; empty without a face.

        The second look starts from where the first found the face, as in a stream; each has its own error.
        """
        plain = sized(image)
        pictures = [plain, with_margin(plain)]
        for picture in reversed(pictures) if is_small(image) else pictures:
            first = self._mesh.look(picture)
            if first is not None:
                second = self._mesh.look(picture)
                self._mesh.forget()
                return [first] if second is None else [first, second]
        return []

    def close(self) -> None:
        """Free the native graph; the extractor is of no use after it."""
        self._mesh.close()
