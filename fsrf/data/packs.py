"""Packs: corpora of one modality as features, ready to be composed; ``.npz`` files without pickles.

``text.npz``: vectors ``[sum T, 384]``, offsets ``[N + 1]``, score, weight, corpus, split, recognised, row.
``voices.npz``: vectors and reference_vectors ``[sum T, 56]``, offsets, valence, weight, corpus, speaker,
split, variant; emotion and layer ``[N, 384]`` for `fsrf.data.tones`.
``faces.npz``: vector and reference_vector ``[N, 416]``, found, valence, split, corpus, weight.
A pack of conditions is as that of voices: the same utterances in each variant.

Splits of the packs are train, validation and test. A part of what is held out becomes the split calibration,
on which intervals are fitted: half of the validation faces and utterances, and half of all held-out texts.
"""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Reals, Strings
from fsrf_live.fsrf.common.config import NEUTRAL_WITHIN, SCORE_HIGH, SCORE_LOW
from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.common.files import replacing
from fsrf_live.fsrf.common.metrics import three_classes
from fsrf_live.fsrf.common.modalities import Modality

_NEGATIVE, NEUTRAL_CLASS, _POSITIVE = 0, 1, 2
TONELESS = "espeak-ng"
"""The corpus of uninformative voices: they have no mood."""
NEUTRAL_FACES = 1.3
"""How much more often a neutral face is drawn: they are the fewest here and the most frequent in life."""

_Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Ragged:
    """Sequences of different lengths in one array: ``values [sum T, D]``, ``offsets [N + 1]``."""

    values: Reals
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> Reals:
        """The vectors of one row, ``[T, D]``."""
        return self.values[self.offsets[row] : self.offsets[row + 1]]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Labelled rows of one modality.

    score ``[N]`` on its scale; label ``[N]`` 0 negative, 1 neutral, 2 positive; weight ``[N]`` is how often a
    row is drawn; corpus and split ``[N]`` are names; held ``[N]`` marks what the corpora themselves hold out
    for testing, as recorded or typed; telling ``[N]`` is False for uninformative rows, whose score is 0 and
    means nothing. `references` are the same rows less the person's usual values, as live features are once
    enough of that person has been seen and heard (voices and faces only).
    """

    modality: Modality
    vectors: Ragged
    score: NDArray[np.float32]
    label: NDArray[np.int64]
    weight: NDArray[np.float64]
    corpus: Strings
    split: Strings
    held: NDArray[np.bool_]
    telling: NDArray[np.bool_]
    references: Ragged | None = None

    def rows(self, split: str) -> NDArray[np.int64]:
        """Rows of one split."""
        return np.flatnonzero(self.split == split)


@dataclass(frozen=True, slots=True)
class Apart:
    """Part number `part` of `parts` of the speakers who are not for testing, to be set apart."""

    part: int
    parts: int

    def holds(self, speaker: Strings) -> NDArray[np.bool_]:
        """Which of the speakers ``[N]``, named ``corpus/speaker``, are in it; each corpus has its share."""
        names = np.unique(speaker).tolist()
        names.sort(key=lambda name: (name.split("/")[0], crc32(name.encode())))
        return np.isin(speaker, names[self.part :: self.parts])


@dataclass(frozen=True, slots=True)
class Packs:
    """One corpus for each modality."""

    text: Corpus
    audio: Corpus
    video: Corpus

    def __getitem__(self, modality: Modality) -> Corpus:
        return {"text": self.text, "audio": self.audio, "video": self.video}[modality]


def load_packs(folder: Path, apart: Apart | None = None) -> Packs:
    """Read the three packs of a folder; raises DataError if one is missing, damaged or incomplete.

    With `apart`, the calibration voices are those of that part of the speakers, as recorded and worsened
    (intervals must hold in noise too); all others that are not for testing are for training, and none for
    validation.
    """
    return Packs(text_corpus(folder), voice_corpus(folder, apart), face_corpus(folder))


def text_corpus(folder: Path) -> Corpus:
    """``text.npz`` less SST's sentences of three stars; both renderings of a sentence stay in one split.

    Three stars mean that good and bad balance, not that nothing is felt, so such a sentence is no example of
    neutral talk; SST's own two-class task leaves them out as well.
    """
    names = ("vectors", "offsets", "score", "weight", "corpus", "split", "recognised", "row")
    pack = _read(folder / "text.npz", names)
    clear = np.flatnonzero((pack["corpus"] != "sst5") | (pack["score"] != 0))
    vectors = _kept(Ragged(pack["vectors"], pack["offsets"]), clear)
    pack = {name: pack[name][clear] for name in names[2:]}
    split, row = pack["split"], pack["row"]
    share = np.where(split == "test", row % 2, np.array([2, 1, 1, 0, 0])[row % 5])
    settled = np.where(split == "train", "train", np.array(["test", "calibration", "validation"])[share])
    score = pack["score"].astype(np.float32)
    return Corpus(
        "text",
        vectors,
        score,
        classes_of(score),
        pack["weight"].astype(np.float64),
        pack["corpus"],
        settled,
        (split == "test") & ~pack["recognised"],
        np.ones(len(score), np.bool_),
    )


def voice_corpus(folder: Path, apart: Apart | None = None) -> Corpus:
    """``voices.npz`` less the rows without a valence, except those of `TONELESS`.

    Among the utterances of one class and split each corpus is weighted by the square root of its whole size,
    so that every split has the same mix of corpora, whichever speakers it holds.
    """
    names = (
        *("vectors", "reference_vectors", "offsets", "valence"),
        *("weight", "corpus", "speaker", "split", "variant"),
    )
    pack = _read(folder / "voices.npz", names)
    kept = np.flatnonzero(~np.isnan(pack["valence"]) | (pack["corpus"] == TONELESS))
    vectors, references = (_kept(Ragged(pack[n], pack["offsets"]), kept) for n in names[:2])
    score, corpus = np.nan_to_num(pack["valence"][kept]).astype(np.float32), pack["corpus"][kept]
    label, recorded = classes_of(score), pack["variant"][kept] == 0
    split = _set_apart(pack["split"][kept], pack["speaker"][kept], apart)
    held = (split == "test") & recorded
    weight = _evenly(corpus, label, split) * pack["weight"][kept]
    telling = corpus != TONELESS
    return Corpus("audio", vectors, score, label, weight, corpus, split, held, telling, references)


def condition_corpora(path: Path, names: Sequence[str]) -> dict[str, Corpus]:
    """Voices for testing from one pack, by what was done to them: `names` in the order of its variants."""
    pack = _read(path, ("vectors", "offsets", "valence", "corpus", "variant"))
    vectors, told = Ragged(pack["vectors"], pack["offsets"]), ~np.isnan(pack["valence"])
    return {name: _tested(vectors, pack, told & (pack["variant"] == n)) for n, name in enumerate(names)}


def _tested(vectors: Ragged, pack: _Arrays, chosen: NDArray[np.bool_]) -> Corpus:
    rows = np.flatnonzero(chosen)
    score, corpus = pack["valence"][rows].astype(np.float32), pack["corpus"][rows]
    label, split = classes_of(score), np.full(len(rows), "test")
    everything = np.ones(len(rows), np.bool_)
    weight = _evenly(corpus, label, split)
    return Corpus("audio", _kept(vectors, rows), score, label, weight, corpus, split, everything, everything)


def face_corpus(folder: Path) -> Corpus:
    """``faces.npz`` less the rows without a face, a valence or a weight."""
    names = ("vector", "reference_vector", "found", "valence", "split", "corpus", "weight")
    pack = _read(folder / "faces.npz", names)
    kept = np.flatnonzero(pack["found"] & ~np.isnan(pack["valence"]) & (pack["weight"] > 0))
    score, split = pack["valence"][kept].astype(np.float32), pack["split"][kept]
    one_each = np.arange(len(kept) + 1)
    return Corpus(
        "video",
        Ragged(pack["vector"][kept], one_each),
        score,
        classes_of(score),
        pack["weight"][kept] * np.where(classes_of(score) == NEUTRAL_CLASS, NEUTRAL_FACES, 1.0),
        pack["corpus"][kept],
        _halved(split),
        split == "test",
        np.ones(len(kept), np.bool_),
        Ragged(pack["reference_vector"][kept], one_each),
    )


def save_pack(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write the arrays of a pack, whole or not at all; raises OSError."""
    with replacing(path) as file:
        np.savez(file, allow_pickle=False, **arrays)


def classes_of(score: NDArray[np.float32]) -> NDArray[np.int64]:
    """Class of scores: neutral within ±`NEUTRAL_WITHIN`."""
    return np.asarray(three_classes(score, NEUTRAL_WITHIN), np.int64)


def _evenly(corpus: Strings, label: NDArray[np.int64], split: Strings) -> NDArray[np.float64]:
    """Weights ``[N]`` by which each corpus has its share of every class of every split."""
    _, of = np.unique(corpus, return_inverse=True)
    share = np.sqrt(np.bincount(of))
    names, part = np.unique(split, return_inverse=True)
    group = (of * 3 + label) * len(names) + part
    return np.asarray(share[of] / np.bincount(group)[group], np.float64)


def _set_apart(split: Strings, speaker: Strings, apart: Apart | None) -> Strings:
    """The splits; those of `apart` calibrate, in all variants."""
    if apart is None:
        return _halved(split)
    chosen = (split != "test") & apart.holds(np.where(split == "test", "", speaker))
    return np.where(chosen, "calibration", np.where(split == "test", "test", "train"))


def _halved(split: Strings) -> Strings:
    """Every second row of validation becomes calibration."""
    odd = np.arange(len(split)) % 2 == 1
    return np.where((split == "validation") & odd, "calibration", split)


def _kept(ragged: Ragged, rows: NDArray[np.int64]) -> Ragged:
    lengths = np.diff(ragged.offsets)[rows]
    values = np.concatenate([ragged[int(row)] for row in rows]) if len(rows) else ragged.values[:0]
    return Ragged(values, np.concatenate([[0], np.cumsum(lengths)]))


def _read(path: Path, names: Sequence[str]) -> _Arrays:
    """The named arrays of a pack."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            missing = [name for name in names if name not in stored.files]
            if missing:
                raise DataError(f"the pack {path} has no {', '.join(missing)}: make it again")
            arrays = {name: stored[name] for name in names}
    except FileNotFoundError as error:
        raise DataError(f"the pack {path} does not exist: make the packs first") from error
    except (OSError, EOFError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"the pack {path} cannot be read ({error}): make it again") from error
    _check(path, arrays)
    return arrays


def _check(path: Path, arrays: _Arrays) -> None:
    for name in ("vectors", "vector", "reference_vector", "reference_vectors"):
        if name in arrays and not np.isfinite(arrays[name].astype(np.float32).sum(-1)).all():
            raise DataError(f"the pack {path} has NaN or infinite values in {name}: make it again")
    if "offsets" in arrays:
        offsets = arrays["offsets"]
        if offsets[0] != 0 or offsets[-1] != len(arrays["vectors"]) or (np.diff(offsets) < 1).any():
            raise DataError(f"the pack {path} has empty rows: make it again")
    score = arrays.get("score", arrays.get("valence"))
    if score is None or ((score < SCORE_LOW) | (score > SCORE_HIGH)).any():
        raise DataError(f"the pack {path} has scores outside [{SCORE_LOW:g}, {SCORE_HIGH:g}]: make it again")
