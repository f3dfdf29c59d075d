"""Pictures of real people beside FER2013: consented sets, everyday snapshots and press photos.

Only people who are not kept for the examination (`tools.corpora.examination.kept`) are read.
"""

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.data.tars import packed_files
from fsrf_live.stream.features.expression import MEASURES, measures
from fsrf_live.stream.features.geometry import canonical
from fsrf_live.tools.corpora.examination import FACES, corpus_rows, kept_people
from fsrf_live.tools.corpora.valence import VALENCE, common_name

MASKS = "masks"
"""The corpus of people with real masks on."""
MILD_SMILE = 1.5
"""The score of a smile that was asked for in a consented picture: most show no teeth."""


class Trust(NamedTuple):
    """How often a picture of this corpus and emotion is drawn, beside one of FER2013, and its score."""

    weight: float
    score: float


# Together a class of these counts for a tenth (negative) to a half (neutral) of FER2013's; true rest and mild
# smiles most, for few people show them. Labels of press photos and "no smile" are weak.
_TRUSTED: Mapping[tuple[str, str], Trust] = {
    ("london", "neutral"): Trust(8.0, 0.0),
    ("canada", "neutral"): Trust(8.0, 0.0),
    ("sk3d", "neutral"): Trust(8.0, 0.0),
    ("london", "happiness"): Trust(12.0, MILD_SMILE),
    ("genki4k", "smile"): Trust(1.5, VALENCE["happy"]),
    ("genki4k", "no_smile"): Trust(1.0, 0.0),
    ("muxspace", "neutral"): Trust(1.2, 0.0),
    ("muxspace", "happiness"): Trust(0.7, VALENCE["happy"]),
    ("muxspace", "anger"): Trust(8.0, VALENCE["angry"]),
    ("muxspace", "disgust"): Trust(8.0, VALENCE["disgust"]),
    ("muxspace", "contempt"): Trust(8.0, VALENCE["disgust"]),
    ("muxspace", "sadness"): Trust(8.0, VALENCE["sad"]),
    ("muxspace", "fear"): Trust(8.0, VALENCE["fearful"]),
    ("muxspace", "surprise"): Trust(2.0, VALENCE["surprise"]),
}
_COMMON = {"smile": "happy", "no_smile": "neutral", "contempt": "disgust"}
_WEAK = {("muxspace", "neutral"), ("muxspace", "happiness"), ("genki4k", "no_smile")}
_MOST_OF_A_PERSON = 2
"""Pictures of one person and emotion that count: five people give most of the press photos of disgust."""
_TENTH = 10
_COLUMNS = ("file", "corpus", "person", "emotion")

_SMILE, _BROWS, _ABOVE = slice(0, 3), [4, 5, 7], slice(4, MEASURES)
_SMILING, _FROWNING, _FAR = 0.6, -0.8, 2.2
"""Deviations of neutral faces' measures, see `stream.features.expression`."""


@dataclass(frozen=True, slots=True)
class Photo:
    """One picture ``[H, W, 3] uint8`` BGR, as the manifest and this file's law of scores have it."""

    image: NDArray[np.uint8]
    corpus: str
    person: str
    emotion: str
    score: float
    weight: float
    weak: bool

    @property
    def split(self) -> str:
        """Validation for a tenth of the people, by a hash; training for the others."""
        tenth = zlib.crc32(f"validation/{self.corpus}/{self.person}".encode()) % _TENTH == 0
        return "validation" if tenth else "train"


def read_people(data: Path) -> list[Photo]:
    """All pictures with a known emotion of people who are not kept for the examination.

    `weak` are those whose label holds only if the landmarks agree (`agrees`). Raises DataError if the
    manifest or a corpus is missing or unreadable.
    """
    return read_some_people(data, {})


def read_some_people(data: Path, one_of: Mapping[str, int]) -> list[Photo]:
    """The same, of each corpus in `one_of` only one picture of so many, by a hash of its name."""
    path = data / FACES
    rows = [row for _, row in corpus_rows(path, _COLUMNS, FACES)]
    apart = kept_people(rows, "person")
    chosen = [
        row
        for row in rows
        if (row["corpus"], row["emotion"]) in _TRUSTED
        and zlib.crc32(row["file"].encode()) % one_of.get(row["corpus"], 1) == 0
        and (row["corpus"], row["person"]) not in apart
    ]
    often = Counter((row["corpus"], row["person"], row["emotion"]) for row in chosen)
    photos = []
    for corpus in sorted({row["corpus"] for row in chosen}):
        of = [row for row in chosen if row["corpus"] == corpus]
        for row, image in zip(of, _pictures(path, corpus, of), strict=True):
            kind = corpus, row["emotion"]
            share = min(1.0, _MOST_OF_A_PERSON / often[corpus, row["person"], row["emotion"]])
            emotion = _COMMON.get(row["emotion"], common_name(row["emotion"]))
            weight, score = _TRUSTED[kind]
            photos.append(Photo(image, corpus, row["person"], emotion, score, weight * share, kind in _WEAK))
    return photos


def read_masks(data: Path) -> list[Photo]:
    """Pictures of people with real masks on, who are not kept for the examination; their scores are NaN.

    Raises DataError if the manifest or the corpus is missing or unreadable.
    """
    path = data / FACES
    rows = [row for _, row in corpus_rows(path, _COLUMNS, FACES) if row["corpus"] == MASKS]
    apart = kept_people(rows, "person")
    rows = [row for row in rows if (row["corpus"], row["person"]) not in apart]
    return [
        Photo(image, MASKS, row["person"], row["emotion"], float("nan"), 1.0, False)
        for row, image in zip(rows, _pictures(path, MASKS, rows), strict=True)
    ]


def agrees(emotion: Sequence[str] | NDArray[np.str_], geometry: Floats) -> NDArray[np.bool_]:
    """Whether faces ``[N, 384]`` whose label is weak look as it says: ``[N] bool``.

    A happy one smiles. A neutral one does not, and its brows and eyes are within the range of neutral faces,
    the brows neither drawn together nor low. The gap between the lips does not count: many speak.
    """
    usual = canonical()
    deviations = (measures(geometry) - usual.measures_mean) / usual.measures_deviation
    smiles = deviations[:, _SMILE].mean(axis=1) > _SMILING
    frowns = (deviations[:, _BROWS] < _FROWNING).any(axis=1)
    calm = (np.abs(deviations[:, _ABOVE]) < _FAR).all(axis=1) & ~frowns
    return np.asarray(np.where(np.asarray(emotion) == "happy", smiles, ~smiles & calm), np.bool_)


def _pictures(manifest: Path, corpus: str, rows: Sequence[Mapping[str, str]]) -> list[NDArray[np.uint8]]:
    """The pictures that rows name, out of their corpus's tar; raises DataError."""
    import cv2

    images = []
    for name, stored in packed_files(manifest, corpus, [row["file"] for row in rows]):
        image = cv2.imdecode(np.frombuffer(stored, np.uint8), cv2.IMREAD_COLOR) if stored else None
        if image is None:
            raise DataError(f"{manifest.with_name(corpus)}.tar: {name} is not a picture: get the file again")
        images.append(np.asarray(image, np.uint8))
    return images
