"""Faces as features: FER2013 and pictures of real people, and stand-ins for their own neutral faces.

A third of the training faces with a shut mouth come a second time with a mouth that was drawn open: what is
felt is the same, for a mouth opens to speak.
"""

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Floats, Strings
from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.stream.features.appearance import APPEARANCE_WIDTH, AppearanceNetwork
from fsrf_live.stream.features.crop import CROP_SIDE
from fsrf_live.stream.features.face import FaceFinder, Look
from fsrf_live.stream.features.geometry import GEOMETRY_WIDTH as GEOMETRY
from fsrf_live.stream.features.geometry import canonical, face_vector
from fsrf_live.stream.features.neutral import SHARE
from fsrf_live.tools.corpora.mouths import mouth_gap, with_open_mouth
from fsrf_live.tools.corpora.people import agrees, read_people
from fsrf_live.tools.corpora.valence import VALENCE, common_name
from fsrf_live.tools.shell.parallel import in_parallel

MADE_FACES = "people-1"
"""Name of the corpora and changes of a pack of faces. Give it a new one if any of them changes."""
FER = "fer2013"
FACES_PACK = f"faces/{FER}.npz"
_KEYS = ("image", "emotion", "split")
_SIZE = (48, 48)
_VALIDATION_TENTH = 10
_NEIGHBOURS = 5
_FACES_A_TASK = 400
_OPENED_OF = 3
_SHUT = 0.05
_GAPS = 0.1, 0.5
"""In widths of the mouth: what counts as shut, and how far mouths are opened."""


@dataclass(frozen=True, slots=True)
class Faces:
    """Pictures, grey ``[H, W] uint8`` or BGR ``[H, W, 3]``, and for each its row of ``[N]``.

    Emotion by its common name, split (train, validation or test), corpus, person (``corpus/name``), score
    (NaN if the emotion has none), weight (how often it is drawn), and whether its label is weak
    (`people.agrees`).
    """

    image: Sequence[NDArray[np.uint8]]
    emotion: Strings
    split: Strings
    corpus: Strings
    person: Strings
    score: Floats
    weight: Floats
    weak: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Looks:
    """What was seen: all pictures in their order, then those whose mouth was opened, ``[M]`` in all.

    `row` is the picture's place in `Faces`, crop ``[M, 48, 48] uint8`` is black and geometry ``[M, 384]`` NaN
    where no face was found.
    """

    row: NDArray[np.intp]
    opened: NDArray[np.bool_]
    crop: NDArray[np.uint8]
    geometry: Floats

    @property
    def found(self) -> NDArray[np.bool_]:
        """Where a face was found, ``[M]``."""
        return np.asarray(~np.isnan(self.geometry[:, 0]), np.bool_)


def read_faces(data: Path) -> Faces:
    """FER2013, then the people of `read_people`; raises DataError if a file is missing or damaged.

    FER2013's splits are train, validation (a tenth of Training) and test.
    """
    fer, photos = read_fer(data), read_people(data)
    if not photos:
        return fer
    return Faces(
        [*fer.image, *(photo.image for photo in photos)],
        np.concatenate([fer.emotion, [photo.emotion for photo in photos]]),
        np.concatenate([fer.split, [photo.split for photo in photos]]),
        np.concatenate([fer.corpus, [photo.corpus for photo in photos]]),
        np.concatenate([fer.person, [f"{photo.corpus}/{photo.person}" for photo in photos]]),
        np.concatenate([fer.score, np.array([photo.score for photo in photos], np.float32)]),
        np.concatenate([fer.weight, np.array([photo.weight for photo in photos], np.float32)]),
        np.concatenate([fer.weak, [photo.weak for photo in photos]]),
    )


def read_fer(data: Path) -> Faces:
    """FER2013 alone, each picture a person of its own; raises DataError."""
    path = data / FACES_PACK
    stored = _stored(path)
    image, emotion, part = (stored[key] for key in _KEYS)
    if image.shape != (len(emotion), *_SIZE) or image.dtype != np.uint8 or part.shape != emotion.shape:
        raise DataError(
            f"{path}: image {image.shape} of {image.dtype}, emotion {emotion.shape} and split {part.shape} "
            "do not match; there should be a picture [48, 48] of uint8 for each: get the file again"
        )
    for row, name in enumerate(emotion.tolist()):
        if common_name(name) not in VALENCE:
            raise DataError(
                f"{path}, row {row}: {name!r} is not a known emotion; "
                "get the file again, or leave the row out"
            )
    tenth = np.array([zlib.crc32(one.tobytes()) % _VALIDATION_TENTH == 0 for one in image])
    names = [common_name(name) for name in emotion.tolist()]
    return Faces(
        list(image),
        np.array(names),
        np.where(part == "PublicTest", "test", np.where(tenth, "validation", "train")),
        np.full(len(names), FER),
        np.array([f"{FER}/{row}" for row in range(len(names))]),
        np.array([VALENCE[name] for name in names], np.float32),
        np.ones(len(names), np.float32),
        np.zeros(len(names), np.bool_),
    )


def _stored(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of the file; raises DataError if it or one of them is missing or unreadable."""
    if not path.is_file():
        raise DataError(f"{path} does not exist: give the folder that holds {FACES_PACK}")
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            missing = [key for key in _KEYS if key not in stored]
            if missing:
                raise DataError(f"{path} has no {', '.join(missing)}: get the file again")
            return {key: stored[key] for key in _KEYS}
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path} cannot be read ({error}): get the file again") from error


def face_pack(faces: Faces, workers: int) -> dict[str, NDArray[Any]]:
    """Arrays of ``faces.npz``."""
    return packed(faces, looked(faces, workers))


def packed(faces: Faces, looks: Looks) -> dict[str, NDArray[Any]]:
    """Arrays of ``faces.npz``, a row for each look."""
    network = AppearanceNetwork()
    found, row = looks.found, looks.row
    vector = np.zeros((len(row), GEOMETRY + APPEARANCE_WIDTH), np.float32)
    for place in np.flatnonzero(found):
        vector[place] = np.concatenate([looks.geometry[place], network.vector(looks.crop[place])])
    weight = weights(faces, looks)
    neutral = (weight > 0) & ~looks.opened & ((faces.emotion == "neutral") & (faces.split == "train"))[row]
    return {
        "vector": vector,
        "reference_vector": with_neutral_reference(vector, found, neutral, faces.person[row]),
        "found": found,
        "emotion": faces.emotion[row],
        "valence": faces.score[row],
        "split": faces.split[row],
        "corpus": faces.corpus[row],
        "person": faces.person[row],
        "weight": weight,
        "opened": looks.opened,
    }


def weights(faces: Faces, looks: Looks) -> Floats:
    """How often each look is to be drawn, ``[M]``: never without a face, or if a weak label does not hold."""
    pictures = len(faces.image)
    holds, asked = ~faces.weak, faces.weak & looks.found[:pictures]
    # What holds for a picture holds for its copy with an opened mouth.
    holds[asked] = agrees(faces.emotion[asked], looks.geometry[:pictures][asked])
    return np.where(looks.found & holds[looks.row], faces.weight[looks.row], 0).astype(np.float32)


def looked(faces: Faces, workers: int) -> Looks:
    """All pictures, and some with an opened mouth, as `FaceFinder` sees them; by `workers` processes."""
    hashes = np.array([zlib.crc32(image.tobytes()) for image in faces.image])
    opens = (hashes % _OPENED_OF == 0) & (faces.split == "train") & (faces.emotion != "surprise")
    starts = range(0, len(opens), _FACES_A_TASK)
    tasks = [
        (faces.image[start : start + _FACES_A_TASK], opens[start : start + _FACES_A_TASK]) for start in starts
    ]
    seen = list(in_parallel(look_at, tasks, workers, "faces"))
    crop, geometry = (np.concatenate([part[n] for part in seen]) for n in range(2))
    opened = np.flatnonzero(~np.isnan(geometry[:, 1, 0]))
    return Looks(
        np.concatenate([np.arange(len(opens)), opened]),
        np.arange(len(opens) + len(opened)) >= len(opens),
        np.concatenate([crop[:, 0], crop[opened, 1]]),
        np.concatenate([geometry[:, 0], geometry[opened, 1]]),
    )


def look_at(task: tuple[Sequence[NDArray[np.uint8]], NDArray[np.bool_]]) -> tuple[NDArray[np.uint8], Floats]:
    """Crops ``[n, 2, 48, 48]`` and geometry ``[n, 2, 384]`` of pictures, and of some with an opened mouth.

    If no face is found, or no mouth was opened, crops are black and geometry is NaN.
    """
    images, opens = task
    finder = FaceFinder()
    crops = np.zeros((len(images), 2, CROP_SIDE, CROP_SIDE), np.uint8)
    geometry = np.full((len(images), 2, GEOMETRY), np.nan, np.float32)

    def see(row: int, kind: int, image: NDArray[np.uint8]) -> Look | None:
        looks = finder.looks(image)
        if not looks:
            return None
        crops[row, kind] = looks[-1].crop
        geometry[row, kind] = np.mean([face_vector(look.landmarks) for look in looks], axis=0)
        return looks[-1]

    for row, image in enumerate(images):
        look = see(row, 0, coloured(image) if image.ndim == 2 else image)
        if look is not None and opens[row] and mouth_gap(look.landmarks) < _SHUT:
            chance = np.random.default_rng(zlib.crc32(image.tobytes()))
            gap, teeth = chance.uniform(*_GAPS), bool(chance.random() < 0.5)
            opened = with_open_mouth(look.picture, look.landmarks, gap, teeth=teeth)
            see(row, 1, np.ascontiguousarray(opened[..., ::-1]))
    finder.close()
    return crops, geometry


def coloured(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A grey picture ``[H, W]`` as a camera gives it, ``[H, W, 3]``."""
    return np.repeat(grey[..., None], 3, axis=2)


def with_neutral_reference(
    vector: Floats, found: NDArray[np.bool_], neutral: NDArray[np.bool_], person: Strings
) -> Floats:
    """The vectors less each person's own neutral face, or a stand-in for it.

    Own are the other neutral training faces of the same person. If there is none, the stand-in is the mean
    of the nearest ones, compared by points that differ between people and that expressions hardly move. As
    in a stream, it is subtracted from the geometry and not from the appearance.
    """
    rigid = identity(vector[:, :GEOMETRY])
    candidates = np.flatnonzero(neutral)
    own: dict[str, list[int]] = {}
    for place in candidates.tolist():
        own.setdefault(str(person[place]), []).append(place)
    relative = np.zeros_like(vector)
    for row in np.flatnonzero(found):
        like = [place for place in own.get(str(person[row]), ()) if place != row]
        if not like:
            away = ((rigid[candidates] - rigid[row]) ** 2).sum(axis=1)
            away[candidates == row] = np.inf
            like = candidates[np.argpartition(away, _NEIGHBOURS)[:_NEIGHBOURS]].tolist()
        relative[row] = vector[row]
        relative[row, :GEOMETRY] -= SHARE * vector[like, :GEOMETRY].mean(axis=0)
    return relative


def identity(vector: Floats) -> Floats:
    """The stable points among the contour's of geometry ``[N, 384]``, ``[N, K]``."""
    face = canonical()
    points = vector.reshape(len(vector), -1, 3)[:, np.isin(face.contour, face.stable)]
    return points.reshape(len(vector), -1)
