"""Fixed samples of a split, and drawing training batches from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.config import ModalityConfig
from fsrf_live.fsrf.common.modalities import MODALITIES, SUBSETS, Modality
from fsrf_live.fsrf.data.compose import Batch
from fsrf_live.fsrf.data.utterances import Utterances

_Kind = TypeVar("_Kind", bound=np.generic)
LONG = 100
"""Sequences longer than this are strided by `STRIDE`."""
STRIDE = 4


@dataclass(frozen=True, slots=True)
class Drawn:
    """A `fsrf.training.trainer.Batches` that draws rows of a batch, with replacement."""

    samples: Batch

    def composed(self, size: int, rng: np.random.Generator) -> Batch:
        """Rows with all modalities that they have, cut to the longest of them."""
        return trim(select_rows(self.samples, rng.integers(len(self.samples.scores), size=size)))

    def alone(self, size: int, rng: np.random.Generator) -> list[tuple[Modality, Batch]]:
        """None: a row's label belongs to all of its modalities."""
        return []


def select_rows(batch: Batch, rows: NDArray[np.int64]) -> Batch:
    """Some rows of a batch."""
    return Batch(
        {m: batch.features[m][rows] for m in MODALITIES},
        {m: batch.masks[m][rows] for m in MODALITIES},
        batch.scores[rows],
        batch.agreeing[rows],
    )


def trim(batch: Batch) -> Batch:
    """The batch without slots at its end that no row uses; lengths stay multiples of `STRIDE`."""
    lengths: Mapping[Modality, int] = {m: _used(batch.masks[m]) for m in MODALITIES}
    return Batch(
        {m: batch.features[m][:, : lengths[m]] for m in MODALITIES},
        {m: batch.masks[m][:, : lengths[m]] for m in MODALITIES},
        batch.scores,
        batch.agreeing,
    )


def of_utterances(utterances: Utterances, scale: float) -> Batch:
    """Utterances as samples; the target of every subset is the label times `scale`."""
    shapes = {m: stride_of(utterances.features[m].shape[1]) for m in MODALITIES}
    scores = np.repeat(utterances.labels[:, None] * np.float32(scale), len(SUBSETS), 1)
    return Batch(
        {m: _padded(utterances.features[m], shapes[m]) for m in MODALITIES},
        {m: _padded(utterances.masks[m], shapes[m]) for m in MODALITIES},
        scores.astype(np.float32),
        np.ones(len(utterances), np.bool_),
    )


def shape_of(features: NDArray[np.float32]) -> ModalityConfig:
    """The shape of features ``[N, T, D]``."""
    return ModalityConfig(features.shape[1], features.shape[2], stride=stride_of(features.shape[1]))


def stride_of(length: int) -> int:
    """The encoder's stride for sequences of that length."""
    return STRIDE if length > LONG else 1


def _padded(values: NDArray[_Kind], stride: int) -> NDArray[_Kind]:
    missing = -values.shape[1] % stride
    return np.pad(values, [(0, 0), (0, missing)] + [(0, 0)] * (values.ndim - 2)) if missing else values


def _used(mask: NDArray[np.bool_]) -> int:
    last = int(np.flatnonzero(mask.any(0)).max(initial=0)) + 1
    return min(int(mask.shape[1]), -(-last // STRIDE) * STRIDE)
