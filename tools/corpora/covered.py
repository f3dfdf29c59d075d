"""Covered and bare faces as the judge of them sees them: pictures, things drawn over them, and real masks."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fsrf_live.fsrf.common.aliases import Doubles, Floats, Image, Strings
from fsrf_live.stream.features.covering import QUARTERS
from fsrf_live.stream.features.crop import face_crop
from fsrf_live.stream.features.mesh import FaceMesh, Landmarks, face_width
from fsrf_live.stream.features.pictures import is_small, sized, with_margin
from fsrf_live.tools.corpora.coverings import (
    ADORNMENTS,
    COVERINGS,
    Canvas,
    Chance,
    canvas,
    cut,
    quarters_hidden,
)
from fsrf_live.tools.corpora.people import MASKS, Photo, read_masks, read_some_people
from fsrf_live.tools.corpora.strange_coverings import STRANGE_COVERINGS

BARE_FACE, REAL_MASK, CUT = "bare", "real mask", "cut"
"""What is on a face beside what is drawn (`coverings`): nothing, a real mask; or a part of it is cut off."""

_ONE_OF = {"muxspace": 16, "genki4k": 4}
"""Of press photos and snapshots one of so many is enough."""
_TIMES = 3
"""How often each face is covered."""
_BOTH = 0.2
"""How many of these are adorned too."""
_FACE, _ROUND = 64.0, 0.9
"""Pixels from cheek to cheek of a face that is drawn on, and how much is left round it, in face widths."""
# Masks, hands, and whatever hides half are what is asked about; the others are less common.
_OFTEN = {
    "mask": 2.0, "hand": 3.0, "mug": 1.2, "microphone": 1.0, "scarf": 1.0, "hair": 1.0, "sunglasses": 1.0,
    "object": 2.0, "half": 2.0, CUT: 1.0,
}  # fmt: skip


class CoveredLook(NamedTuple):
    """One look at one face: what is on it, how much of each quarter is ``hidden [4]``, ``crop [48, 48]``."""

    photo: Photo
    kind: str
    hidden: Doubles
    crop: Image


@dataclass(frozen=True, slots=True)
class CoveredFaces:
    """Looks as arrays: ``crop [N, 48, 48] uint8``, ``hidden [N, 4]`` (NaN where not known), and strings."""

    crop: Image
    hidden: Floats
    kind: Strings
    corpus: Strings


def read_covered(data: Path) -> list[Photo]:
    """The pictures that are looked at, of people who are not kept; raises DataError."""
    return read_some_people(data, _ONE_OF) + read_masks(data)


def covered_faces(photos: Sequence[Photo]) -> CoveredFaces:
    """Every picture bare, once with something over it, and some with something on it that hides nothing.

    Real masks come as they are. Pictures without a face are left out.
    """
    watcher = _Watcher()
    return _packed([look for photo in photos for look in _looks(photo, watcher)])


def strangely_covered(photos: Sequence[Photo]) -> CoveredFaces:
    """Every picture that has no real mask once with something over it that is never learned from."""
    watcher = _Watcher()
    return _packed([look for photo in photos if photo.corpus != MASKS for look in _strange(photo, watcher)])


def _packed(looks: Sequence[CoveredLook]) -> CoveredFaces:
    return CoveredFaces(
        np.stack([look.crop for look in looks]),
        np.stack([look.hidden for look in looks]).astype(np.float32),
        np.array([look.kind for look in looks]),
        np.array([look.photo.corpus for look in looks]),
    )


class _Watcher:
    """Looks at one face, bare and then covered, as a stream does; forgets it when it is told to."""

    def __init__(self) -> None:
        self.mesh = FaceMesh(thorough=False)
        self.small = False

    def first(self, plain: Image, small: bool) -> Landmarks | None:
        """Landmarks in a picture that has nothing to do with those before."""
        self.mesh.forget()
        self.small = small
        found = self.again(plain)
        if found is None and not small:
            self.mesh.forget()
            self.small = True
            found = self.again(plain)
        return found

    def again(self, plain: Image) -> Landmarks | None:
        """Landmarks in the next picture."""
        picture = with_margin(plain) if self.small else plain
        found = self.mesh.look(picture)
        margin = (np.array([*picture.shape[1::-1], 0]) - [*plain.shape[1::-1], 0]) / 2
        return None if found is None else found - margin


def _looks(photo: Photo, watcher: _Watcher) -> Iterator[CoveredLook]:
    plain = sized(photo.image)
    landmarks = watcher.first(plain, is_small(photo.image))
    if landmarks is None:
        return
    chance = np.random.default_rng(zlib.crc32(photo.image.tobytes()))
    if photo.corpus == MASKS:
        # Whether somebody with a mask wears dark glasses too is not known.
        yield CoveredLook(photo, REAL_MASK, np.array([np.nan, np.nan, 1, 1]), face_crop(plain, landmarks))
        return
    yield CoveredLook(photo, BARE_FACE, np.zeros(len(QUARTERS)), face_crop(plain, landmarks))
    bare = _near(plain, landmarks)
    often = np.array(list(_OFTEN.values()))
    for kind in chance.choice(list(_OFTEN), _TIMES, p=often / often.sum()).tolist():
        yield CoveredLook(photo, kind, *_covered(bare, kind, chance))
    kind = str(chance.choice(list(ADORNMENTS)))
    adorned = ADORNMENTS[kind](bare, chance)
    yield CoveredLook(photo, kind, quarters_hidden(adorned), face_crop(adorned.shown(), adorned.landmarks))


def _near(plain: Image, landmarks: Landmarks) -> Canvas:
    """The face and what is round it, small, so that it is drawn on in no time."""
    import cv2

    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    margin = _ROUND * face_width(landmarks)
    left, top = np.clip(low - margin, 0, None).astype(int).tolist()
    right, bottom = np.clip(high + margin, 1, plain.shape[1::-1]).astype(int).tolist()
    scale = min(1.0, _FACE / max(face_width(landmarks), 1.0))
    cut_out = plain[top:bottom, left:right]
    size = tuple(max(16, round(side * scale)) for side in cut_out.shape[1::-1])
    small = np.asarray(cv2.resize(cut_out, size, interpolation=cv2.INTER_AREA), np.uint8)
    marks = landmarks - [left, top, 0]
    return canvas(small, marks * [size[0] / (right - left), size[1] / (bottom - top), scale])


def _strange(photo: Photo, watcher: _Watcher) -> Iterator[CoveredLook]:
    plain = sized(photo.image)
    landmarks = watcher.first(plain, is_small(photo.image))
    if landmarks is None:
        return
    chance = np.random.default_rng(zlib.crc32(photo.image.tobytes()))
    kind = str(chance.choice(list(STRANGE_COVERINGS)))
    drawn = STRANGE_COVERINGS[kind](canvas(plain, landmarks), chance)
    seen = watcher.again(drawn.shown())
    if seen is not None:
        yield CoveredLook(photo, kind, quarters_hidden(drawn), face_crop(drawn.shown(), seen))


def _covered(bare: Canvas, kind: str, chance: Chance) -> tuple[Doubles, Image]:
    """How much is hidden, and what is seen, where the landmarks of the bare face are: they hardly move."""
    if kind == CUT:
        picture, hidden, moved = cut(bare, chance)
        return hidden, face_crop(picture, bare.landmarks - [*moved, 0])
    if chance.random() < _BOTH:
        bare = ADORNMENTS[str(chance.choice(list(ADORNMENTS)))](bare, chance)
    drawn = COVERINGS[kind](bare, chance)
    return quarters_hidden(drawn), face_crop(drawn.shown(), drawn.landmarks)
