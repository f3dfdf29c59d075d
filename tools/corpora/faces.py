"""FER2013 as face features, and stand-ins for the people's own neutral faces."""

import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Floats, Strings
from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.stream.features.geometry import GEOMETRY_WIDTH as GEOMETRY
from fsrf_live.stream.features.geometry import canonical
from fsrf_live.stream.features.neutral import SHARE
from fsrf_live.stream.flow.items import Frame
from fsrf_live.tools.corpora.valence import VALENCE, common_name
from fsrf_live.tools.shell.parallel import in_parallel

FACES_PACK = "faces/fer2013.npz"
_KEYS = ("image", "emotion", "split")
_SIZE = (48, 48)
_VALIDATION_TENTH = 10
_NEIGHBOURS = 5
_FACES_A_TASK = 400


@dataclass(frozen=True, slots=True)
class Faces:
    """FER2013: ``image [N, 48, 48] uint8``, emotion and split ``[N] str``."""

    image: NDArray[np.uint8]
    emotion: Strings
    split: Strings


def read_faces(data: Path) -> Faces:
    """Faces with the emotions' common names; splits train, validation (a tenth of Training) and test.

    Raises DataError if the file is missing, damaged or incomplete.
    """
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
    split = np.where(part == "PublicTest", "test", np.where(tenth, "validation", "train"))
    return Faces(image, np.array([common_name(name) for name in emotion.tolist()]), split)


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
    vector = _of_all(see, faces, workers)
    found = ~np.isnan(vector).any(axis=1)
    neutral = found & (faces.emotion == "neutral") & (faces.split == "train")
    return {
        "vector": np.where(found[:, None], vector, 0).astype(np.float32),
        "reference_vector": with_neutral_reference(vector, found, neutral),
        "found": found,
        "emotion": faces.emotion,
        "valence": np.array([VALENCE[emotion] for emotion in faces.emotion], np.float32),
        "split": faces.split,
    }


def cut_out(faces: Faces, workers: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Every face as the appearance network sees it, ``[N, 48, 48]``, and whether it was found ``[N]``."""
    crops = _of_all(cut_faces, faces, workers)
    return crops, np.asarray(crops.any(axis=(1, 2)), np.bool_)


def _of_all(work: Callable[[NDArray[np.uint8]], NDArray[Any]], faces: Faces, workers: int) -> NDArray[Any]:
    """The results of `work` on all pictures, in batches."""
    starts = range(0, len(faces.image), _FACES_A_TASK)
    tasks = [faces.image[start : start + _FACES_A_TASK] for start in starts]
    return np.concatenate(list(in_parallel(work, tasks, workers, "faces")))


def cut_faces(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey faces ``[n, 48, 48]`` cut out again along their mesh; black if no face is found."""
    from fsrf_live.stream.features.face import FaceFinder

    finder = FaceFinder()
    crops = np.zeros_like(images)
    for row, image in enumerate(images):
        looks = finder.looks(coloured(image))
        if looks:
            crops[row] = looks[-1].crop
    finder.close()
    return crops


def see(images: NDArray[np.uint8]) -> Floats:
    """Vectors ``[n, 416]`` of grey faces ``[n, 48, 48]``; NaN if no face is found."""
    from fsrf_live.stream.features.face import MeshStillExtractor

    extractor = MeshStillExtractor()
    vectors = np.full((len(images), extractor.width), np.nan, np.float32)
    for row, image in enumerate(images):
        features = extractor.extract(Frame(0, coloured(image)))
        if features.vector is not None:
            vectors[row] = features.vector
    extractor.close()
    return vectors


def coloured(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A grey picture ``[H, W]`` as a camera gives it, ``[H, W, 3]``."""
    return np.repeat(grey[..., None], 3, axis=2)


def with_neutral_reference(vector: Floats, found: NDArray[np.bool_], neutral: NDArray[np.bool_]) -> Floats:
    """The vectors less a stand-in for each person's own neutral face, as each person has only one picture.

    The stand-in is the mean of the nearest neutral training faces (without itself), compared by points that
    differ between people and that expressions hardly move. As in a stream, it is subtracted from the geometry
    and not from the appearance.
    """
    rigid = identity(vector[:, :GEOMETRY])
    candidates = np.flatnonzero(neutral)
    relative = np.zeros_like(vector)
    for row in np.flatnonzero(found):
        away = ((rigid[candidates] - rigid[row]) ** 2).sum(axis=1)
        away[candidates == row] = np.inf
        nearest = candidates[np.argpartition(away, _NEIGHBOURS)[:_NEIGHBOURS]]
        relative[row] = vector[row]
        relative[row, :GEOMETRY] -= SHARE * vector[nearest, :GEOMETRY].mean(axis=0)
    return relative


def identity(vector: Floats) -> Floats:
    """The stable points among the contour's of geometry ``[N, 384]``, ``[N, K]``."""
    face = canonical()
    points = vector.reshape(len(vector), -1, 3)[:, np.isin(face.contour, face.stable)]
    return points.reshape(len(vector), -1)
