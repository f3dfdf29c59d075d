"""Corpora to feature packs, by the same extractors as live: what `fsrf train` learns voices and faces from.

    python -m tools.corpora DATA PACKS [--only faces|voices] [--variants N] [--workers N]

Packs are ``.npz`` without pickles. Same data, same packs.
``faces.npz``, one row a picture: vector and reference_vector ``[N, 384] float32``, found ``[N] bool``, emotion
and split ``[N] str``, valence ``[N] float32``. ``voices.npz``, one row an utterance: vectors ``[sum T, 48]``
and speech ``[sum T]``, both float32, offsets ``[N + 1]``, corpus, speaker, emotion and split ``[N] str``,
valence ``[N] float32``, variant ``[N] int8`` (0 as recorded, others worsened). Valence is NaN where an emotion
has none of its own.
"""

import argparse
import csv
import gzip
import io
import tarfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from fsrf.errors import DataError
from stream.features.geometry import canonical
from stream.features.neutral import SHARE
from stream.items import Frame, Samples
from tools.augmentation import worsened

FACES, VOICES = "faces/fer2013.npz", "audio/manifest.csv.gz"

# Pleasure on a scale from -1 to 1 by Russell and Mehrabian 1977 (Evidence for a three-factor theory of
# emotions, Journal of Research in Personality 11:273-294): happy .81, angry -.51, sad -.63, fearful -.64,
# disgusted -.60; times 3. A face or voice called neutral or calm is the middle by definition of the score.
# Surprise may be good or bad, so it has no valence here.
VALENCE = {
    "happy": 2.43,
    "neutral": 0.0,
    "calm": 0.0,
    "angry": -1.53,
    "sad": -1.89,
    "fearful": -1.92,
    "disgust": -1.80,
    "surprise": float("nan"),
}
_SAME = {
    "anger": "angry",
    "fear": "fearful",
    "happiness": "happy",
    "sadness": "sad",
    "surprised": "surprise",
}

# Nobody in these is heard in training. In RAVDESS odd actors are men and even ones women.
TEST_SPEAKERS = {
    "ravdess": ("actor04", "actor09", "actor14", "actor19"),
    "nemo": ("KS0", "MK0"),
    "emodb": ("11", "13"),
    "urdu": ("SF6", "SM1", "SM5"),
}
VALIDATION_SPEAKERS = {
    "ravdess": ("actor07", "actor12", "actor17"),
    "nemo": ("WR0",),
    "emodb": ("03", "08"),
    "urdu": ("SF11", "SM7"),
}
_VALIDATION_TENTH = 10
_PRE_ROLL, _HOLD, _SPEECH = 7, 15, 0.5
_NEIGHBOURS = 5
_FACES_A_TASK, _VOICES_A_TASK = 400, 40

Floats = NDArray[np.float32]
Strings = NDArray[np.str_]
Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Faces:
    """FER2013: ``image [N, 48, 48] uint8``, emotion and split ``[N] str``."""

    image: NDArray[np.uint8]
    emotion: Strings
    split: Strings


@dataclass(frozen=True, slots=True)
class Voice:
    """One recorded utterance: its row of the manifest, and the file's bytes."""

    file: str
    corpus: str
    speaker: str
    emotion: str
    sound: bytes

    @property
    def split(self) -> str:
        """Where this speaker belongs."""
        if self.speaker in TEST_SPEAKERS[self.corpus]:
            return "test"
        return "validation" if self.speaker in VALIDATION_SPEAKERS[self.corpus] else "train"


@dataclass(frozen=True, slots=True)
class Heard:
    """Features of one variant of an utterance: ``vectors [T, 48]``, ``speech [T]``."""

    voice: Voice
    variant: int
    vectors: Floats
    speech: Floats


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the packs."""
    parser = argparse.ArgumentParser(description="Turn corpora of faces and voices into feature packs.")
    parser.add_argument("data", type=Path, help=f"folder with {FACES}, {VOICES} and the corpora's tar files")
    parser.add_argument("packs", type=Path, help="folder for faces.npz and voices.npz")
    parser.add_argument("--only", choices=("faces", "voices"))
    parser.add_argument("--variants", type=int, default=2, help="worsened copies of each training utterance")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(arguments)
    options.packs.mkdir(parents=True, exist_ok=True)
    if options.only != "voices":
        save(options.packs / "faces.npz", face_pack(read_faces(options.data), options.workers))
    if options.only != "faces":
        voices = read_voices(options.data)
        save(options.packs / "voices.npz", voice_pack(voices, options.variants, options.workers))


def read_faces(data: Path) -> Faces:
    """Faces with the emotions' common names; splits train, validation (a tenth of Training) and test."""
    path = data / FACES
    if not path.is_file():
        raise DataError(f"there is no {path}: give the folder that holds {FACES}")
    with np.load(path, allow_pickle=False) as stored:
        emotion = np.array([_SAME.get(name, name) for name in stored["emotion"].tolist()])
        tenth = np.array([zlib.crc32(image.tobytes()) % _VALIDATION_TENTH == 0 for image in stored["image"]])
        split = np.where(stored["split"] == "PublicTest", "test", np.where(tenth, "validation", "train"))
        return Faces(stored["image"], emotion, split)


def face_pack(faces: Faces, workers: int) -> dict[str, NDArray[Any]]:
    """Arrays of ``faces.npz``."""
    starts = range(0, len(faces.image), _FACES_A_TASK)
    tasks = [faces.image[start : start + _FACES_A_TASK] for start in starts]
    vector = np.concatenate(list(in_parallel(see, tasks, workers, "faces")))
    found = ~np.isnan(vector).any(axis=1)
    neutral = found & (faces.emotion == "neutral") & (faces.split == "train")
    return {
        "vector": np.where(found[:, None], vector, 0).astype(np.float32),
        "reference_vector": with_reference(vector, found, neutral),
        "found": found,
        "emotion": faces.emotion,
        "valence": np.array([VALENCE[emotion] for emotion in faces.emotion], np.float32),
        "split": faces.split,
    }


def see(images: NDArray[np.uint8]) -> Floats:
    """Vectors ``[n, 384]`` of grey faces ``[n, 48, 48]``; NaN where no face is found."""
    from stream.features.face import StillExtractor

    extractor = StillExtractor()
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


def with_reference(vector: Floats, found: NDArray[np.bool_], neutral: NDArray[np.bool_]) -> Floats:
    """The vectors less a stand-in for each person's own neutral face, of whom there is no second picture.

    The stand-in is the mean of the training faces among the neutral ones that are nearest by the points that
    tell people apart and that no expression moves much (itself left out).
    """
    rigid = identity(vector)
    candidates = np.flatnonzero(neutral)
    relative = np.zeros_like(vector)
    for row in np.flatnonzero(found):
        away = ((rigid[candidates] - rigid[row]) ** 2).sum(axis=1)
        away[candidates == row] = np.inf
        nearest = candidates[np.argpartition(away, _NEIGHBOURS)[:_NEIGHBOURS]]
        relative[row] = vector[row] - SHARE * vector[nearest].mean(axis=0)
    return relative


def identity(vector: Floats) -> Floats:
    """The stable points among the contour's, ``[N, K]``."""
    face = canonical()
    points = vector.reshape(len(vector), -1, 3)[:, np.isin(face.contour, face.stable)]
    return points.reshape(len(vector), -1)


def read_voices(data: Path) -> list[Voice]:
    """All recorded utterances that the manifest names."""
    path = data / VOICES
    if not path.is_file():
        raise DataError(f"there is no {path}: give the folder that holds {VOICES}")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    sounds: dict[str, bytes] = {}
    for corpus in sorted({row["corpus"] for row in rows}):
        with tarfile.open(path.with_name(f"{corpus}.tar")) as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isfile() else None
                if content is not None:
                    sounds[member.name] = content.read()
    names = [_SAME.get(row["emotion"], row["emotion"]) for row in rows]
    return [
        Voice(row["file"], row["corpus"], row["speaker"], name, sounds[row["file"]])
        for row, name in zip(rows, names, strict=True)
    ]


def voice_pack(voices: Sequence[Voice], variants: int, workers: int) -> dict[str, NDArray[Any]]:
    """Arrays of ``voices.npz``."""
    tasks = [
        (voices[start : start + _VOICES_A_TASK], variants) for start in range(0, len(voices), _VOICES_A_TASK)
    ]
    heard = [one for part in in_parallel(hear, tasks, workers, "voices") for one in part]
    emotions = np.array([one.voice.emotion for one in heard])
    return {
        "vectors": np.concatenate([one.vectors for one in heard]),
        "speech": np.concatenate([one.speech for one in heard]),
        "offsets": np.cumsum([0, *(len(one.vectors) for one in heard)]).astype(np.int64),
        "corpus": np.array([one.voice.corpus for one in heard]),
        "speaker": np.array([f"{one.voice.corpus}/{one.voice.speaker}" for one in heard]),
        "emotion": emotions,
        "valence": np.array([VALENCE[emotion] for emotion in emotions], np.float32),
        "split": np.array([one.voice.split for one in heard]),
        "variant": np.array([one.variant for one in heard], np.int8),
    }


def hear(task: tuple[Sequence[Voice], int]) -> list[Heard]:
    """Features of utterances as recorded, and of as many worsened copies of those of training speakers."""
    from soundfile import read

    from stream.features.voice import VoiceExtractor

    voices, variants = task
    extractor = VoiceExtractor()
    heard = []
    for voice in voices:
        recorded, _ = read(io.BytesIO(voice.sound), dtype="float32")
        for variant in range(variants + 1 if voice.split == "train" else 1):
            rng = np.random.default_rng(zlib.crc32(f"{voice.file} {variant}".encode()))
            samples = worsened(recorded, rng) if variant else recorded
            extractor.reset()
            hops = extractor.push(Samples(0, samples))
            vectors, speech = np.stack([hop.vector for hop in hops]), np.array([hop.speech for hop in hops])
            part = utterance(speech)
            heard.append(Heard(voice, variant, vectors[part], speech[part].astype(np.float32)))
    return heard


def utterance(speech: NDArray[np.floating[Any]]) -> slice:
    """The hops that a live window would hold: from before the first speech to the silence that ends it."""
    spoken = np.flatnonzero(speech >= _SPEECH)
    if not len(spoken):
        return slice(0, len(speech))
    return slice(max(int(spoken[0]) - _PRE_ROLL, 0), int(spoken[-1]) + 1 + _HOLD)


def in_parallel(
    work: Callable[[Task], Result], tasks: Sequence[Task], workers: int, what: str
) -> Iterator[Result]:
    """Results in the order of the tasks, with a progress bar."""
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        yield from track(pool.map(work, tasks), description=what, total=len(tasks))


def save(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Write a pack so that nobody ever sees half of one."""
    unfinished = path.with_suffix(".partial.npz")
    np.savez(unfinished, **arrays)
    unfinished.replace(path)


if __name__ == "__main__":
    main()
