"""Labelled utterances as arrays: what every benchmark loader gives and the trainer takes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality

Split = Literal["train", "valid", "test"]
SPLITS: tuple[Split, ...] = ("train", "valid", "test")


@dataclass(frozen=True, slots=True)
class Utterances:
    """N utterances of one split.

    features: per modality ``[N, T, D] float32``, zero where the mask is False; masks: ``[N, T] bool``;
    labels: ``[N] float32`` on the corpus's own scale; ids and texts: N strings; groups: the video that
    each utterance is cut from, which a corpus's own splits may divide.
    """

    ids: tuple[str, ...]
    groups: tuple[str, ...]
    texts: tuple[str, ...]
    features: Mapping[Modality, NDArray[np.float32]]
    masks: Mapping[Modality, NDArray[np.bool_]]
    labels: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark corpus: its three splits, the range of its labels, and which modalities it lacks."""

    name: str
    label_range: tuple[float, float]
    splits: Mapping[Split, Utterances]
    absent: frozenset[Modality] = frozenset()


def require_sound(corpus: Benchmark) -> Benchmark:
    """Return the corpus if it is sound; otherwise raise DataError that names the first fault.

    Checked: an id that occurs twice (across splits it would be a leak), labels outside their range or not
    finite, features that are not finite, and a modality without one real frame in a whole split.
    """
    seen: dict[str, str] = {}
    for split, utterances in corpus.splits.items():
        where = f"{corpus.name}, split {split}"
        _refuse_repeated_ids(utterances.ids, split, seen, corpus.name)
        _refuse_bad_labels(utterances, corpus.label_range, where)
        for modality in MODALITIES:
            if modality not in corpus.absent:
                _refuse_bad_features(utterances, modality, where)
    return corpus


def _refuse_repeated_ids(ids: Iterable[str], split: str, seen: dict[str, str], name: str) -> None:
    for one in ids:
        if one in seen:
            raise DataError(
                f"{name}: utterance {one!r} is in {seen[one]} and again in {split}, which would leak: "
                "remove one of them"
            )
        seen[one] = split


def _refuse_bad_labels(utterances: Utterances, label_range: tuple[float, float], where: str) -> None:
    low, high = label_range
    wrong = ~((utterances.labels >= low) & (utterances.labels <= high))
    if wrong.any():
        first = int(wrong.argmax())
        raise DataError(
            f"{where}: label {utterances.labels[first]} of {utterances.ids[first]!r} is not in "
            f"[{low:g}, {high:g}]: choose the corpus that these labels belong to, or correct the file"
        )


def _refuse_bad_features(utterances: Utterances, modality: Modality, where: str) -> None:
    finite = np.isfinite(utterances.features[modality]).all(axis=(1, 2))
    if not finite.all():
        first = utterances.ids[int((~finite).argmax())]
        raise DataError(f"{where}: {modality} of {first!r} has NaN or infinite values: extract it again")
    if not utterances.masks[modality].any():
        raise DataError(
            f"{where}: {modality} is empty in every utterance: leave the modality out or correct the file"
        )
