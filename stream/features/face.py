"""Frames to face features: mesh, geometry less the person's own neutral face, and appearance."""

from dataclasses import dataclass

import numpy as np

from fsrf_live.fsrf.common.aliases import Floats, Image
from fsrf_live.fsrf.common.config import FACE_RATE_HZ, FEATURES
from fsrf_live.stream.features import appearance, geometry
from fsrf_live.stream.features.covering import COVERED, Cover, CoveringNetwork, covered_share
from fsrf_live.stream.features.crop import face_crop
from fsrf_live.stream.features.mesh import FaceMesh, Landmarks, face_width
from fsrf_live.stream.features.neutral import SHARE, NeutralReference
from fsrf_live.stream.features.pictures import is_black, is_small, sized, with_margin
from fsrf_live.stream.flow.items import FaceBox, FaceFeatures, Frame, Reason
from fsrf_live.stream.flow.slots import Slots

SMALLEST_FACE = 20
"""Pixels of the camera from cheek to cheek. Faces of fewer read otherwise than in full size: resting ones by
-.12 on 24, -.17 on 20, -.30 on 16, and smiles by .01, .00, -.12 (`python -m benchmarks.distance`)."""

FACE_WIDTH = geometry.GEOMETRY_WIDTH + appearance.APPEARANCE_WIDTH


class MeshFaceExtractor:
    """Face features of a live or recorded stream of frames. One thread only."""

    name = FEATURES["video"]
    width = FACE_WIDTH

    def __init__(
        self, rate_hz: float = FACE_RATE_HZ, *, own_face: bool = True, rest: Floats | None = None
    ) -> None:
        """With `own_face` features are relative to the person's resting face, which may be known (`rest`)."""
        self.rate_hz = rate_hz
        self._slots = Slots(rate_hz)
        self._neutral = NeutralReference(geometry.GEOMETRY_WIDTH, rest) if own_face else None
        self._mesh = FaceMesh(thorough=False)
        self._covering, self._cover = CoveringNetwork(), Cover()
        self._appearance = appearance.AppearanceNetwork()
        self._box: FaceBox | None = None

    @property
    def box(self) -> FaceBox | None:
        """Where the face of the frame looked at last was, found by the mesh; also of one that is not read."""
        return self._box

    @property
    def rest(self) -> float | None:
        """How much of the person's resting face is known, from 0 to 1; None without `own_face`."""
        return None if self._neutral is None else self._neutral.share / SHARE

    def wants(self, time_ns: int) -> bool:
        """Whether a frame of this time is worth a mesh: the first of each tenth of a second is."""
        return self._slots.free(time_ns)

    def extract(self, frame: Frame) -> list[FaceFeatures]:
        """Features of one frame, whether wanted or not; `frame.image` is ``[H, W, 3] uint8`` BGR."""
        self._slots.take(frame.time_ns)
        return [self._look(frame)]

    def close(self) -> None:
        """Free the networks; the extractor is of no use after it."""
        self._mesh.close()

    def _look(self, frame: Frame) -> FaceFeatures:
        self._box = None
        if is_black(frame.image):
            return FaceFeatures(frame.time_ns, None, Reason.BLACK)
        picture = sized(frame.image)
        landmarks = self._mesh.look(picture)
        if landmarks is None:
            return FaceFeatures(frame.time_ns, None, Reason.NO_FACE)
        self._box = _box_of(landmarks, picture)
        if _too_small(landmarks, picture, frame.image):
            return FaceFeatures(frame.time_ns, None, Reason.TOO_SMALL)
        crop = face_crop(picture, landmarks)
        if self._cover.covers(frame.time_ns, covered_share(self._covering.hidden(crop))):
            return FaceFeatures(frame.time_ns, None, Reason.COVERED)
        vector = geometry.face_vector(landmarks)
        if self._neutral is not None:
            vector = self._neutral.relative(frame.time_ns, vector)
        return FaceFeatures(frame.time_ns, np.concatenate([vector, self._appearance.vector(crop)]))


@dataclass(frozen=True, slots=True)
class Look:
    """A face found in a ``picture [H, W, 3]`` RGB: ``landmarks [478, 3]`` in its pixels."""

    picture: Image
    landmarks: Landmarks

    @property
    def crop(self) -> Image:
        """The face cut out, ``[48, 48]`` grey."""
        return face_crop(self.picture, self.landmarks)


class FaceFinder:
    """Finds the face in pictures that have nothing to do with one another. One thread only."""

    def __init__(self) -> None:
        self._mesh = FaceMesh(thorough=True)

    def looks(self, image: Image) -> list[Look]:
        """Two looks at the face of a picture ``[H, W, 3]`` BGR; empty without a face.

        The second look starts from where the first found the face, as in a stream; each has its own error.
        """
        plain = sized(image)
        wide = with_margin(plain)
        for picture in (wide, plain) if is_small(image) else (plain, wide):
            found = self._mesh.look(picture)
            if found is not None:
                again = self._mesh.look(picture)
                self._mesh.forget()
                margin = (np.array([*picture.shape[1::-1], 0]) - [*plain.shape[1::-1], 0]) / 2
                return [Look(plain, seen - margin) for seen in (found, again) if seen is not None]
        return []

    def close(self) -> None:
        """Free the networks; the finder is of no use after it."""
        self._mesh.close()


class MeshStillExtractor:
    """Face features of pictures that have nothing to do with one another. One thread only."""

    name = FEATURES["video"]
    width = FACE_WIDTH

    def __init__(self) -> None:
        self._finder = FaceFinder()
        self._covering = CoveringNetwork()
        self._appearance = appearance.AppearanceNetwork()

    def extract(self, frame: Frame) -> FaceFeatures:
        """Features of one picture, ``[H, W, 3] uint8`` BGR."""
        if is_black(frame.image):
            return FaceFeatures(frame.time_ns, None, Reason.BLACK)
        looks = self._finder.looks(frame.image)
        if not looks:
            return FaceFeatures(frame.time_ns, None, Reason.NO_FACE)
        if _too_small(looks[-1].landmarks, looks[-1].picture, frame.image):
            return FaceFeatures(frame.time_ns, None, Reason.TOO_SMALL)
        crop = looks[-1].crop
        if covered_share(self._covering.hidden(crop)) >= COVERED:
            return FaceFeatures(frame.time_ns, None, Reason.COVERED)
        shape = np.mean([geometry.face_vector(look.landmarks) for look in looks], axis=0)
        return FaceFeatures(frame.time_ns, np.concatenate([shape, self._appearance.vector(crop)]))

    def close(self) -> None:
        """Free the networks; the extractor is of no use after it."""
        self._finder.close()


def _too_small(landmarks: Landmarks, picture: Image, image: Image) -> bool:
    """Whether the face of a `picture` that was made of an `image` has too few of the image's pixels."""
    return bool(face_width(landmarks) * image.shape[1] / picture.shape[1] < SMALLEST_FACE)


def _box_of(landmarks: Landmarks, picture: Image) -> FaceBox:
    """The box round landmarks in pixels of a `picture`; it may reach beyond its edges."""
    size = np.array(picture.shape[1::-1])
    low, high = landmarks[:, :2].min(axis=0) / size, landmarks[:, :2].max(axis=0) / size
    return FaceBox(float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))
