"""The judge of the tone of a voice: a ridge regression from a layer of a speech recogniser to emotions.

Whoever trained the judge sounds clearer to it than anybody else. So that a network learns how far to trust
it, no training voice is judged by a judge who heard that person: each fifth of the speakers has its own.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Doubles, Floats, Strings
from fsrf_live.fsrf.common.config import TONE_LAYER_WIDTH, TONES
from fsrf_live.fsrf.data.packs import Apart

JUDGES = 5
_RIDGE = 0.3
"""Of the variance of each of the layer's values; .1 and 1 are as good within .01 (docs/voices.md)."""


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """``weight [384, 8] float32``, ``bias [8] float32``: tones are ``layer @ weight + bias``."""

    weight: Floats
    bias: Floats

    @classmethod
    def silent(cls) -> Self:
        """Who says nothing."""
        return cls(np.zeros((TONE_LAYER_WIDTH, len(TONES)), np.float32), np.zeros(len(TONES), np.float32))

    def of(self, layer: NDArray[np.floating[Any]]) -> Floats:
        """Tones ``[..., 8]`` of layers ``[..., 384]``."""
        return np.asarray(layer, np.float32) @ self.weight + self.bias


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """N utterances: the mean of ``layer [N, 384]`` over each, its emotion, corpus, and speaker by name."""

    layer: Floats
    emotion: Strings
    corpus: Strings
    speaker: Strings

    def where(self, rows: NDArray[np.bool_]) -> "Taught":
        """Some of them."""
        return Taught(self.layer[rows], self.emotion[rows], self.corpus[rows], self.speaker[rows])


def learned(taught: Taught) -> Judge:
    """The judge by utterances with an emotion of `TONES`; others are passed over.

    Each emotion counts alike, and of an emotion each corpus by the square root of its size. Nobody who has
    none of them is taught: then the judge is silent.
    """
    some = taught.where(np.isin(taught.emotion, TONES))
    if not len(some.emotion):
        return Judge.silent()
    _, of, size = np.unique(some.corpus, return_inverse=True, return_counts=True)
    truth: Doubles = (some.emotion[:, None] == np.array(TONES)).astype(np.float64)
    weight = 1 / np.sqrt(size[of])
    weight /= (truth * (weight @ truth)).sum(1)
    weight /= weight.sum()
    layer = some.layer.astype(np.float64)
    mean = weight @ layer
    deviation = np.sqrt(weight @ (layer - mean) ** 2) + 1e-6
    scaled = (layer - mean) / deviation
    turned = scaled.T * weight
    least = turned @ scaled + _RIDGE * np.eye(scaled.shape[1])
    found = np.linalg.solve(least, turned @ (truth - weight @ truth)) / deviation[:, None]
    return Judge(found.astype(np.float32), (-mean @ found).astype(np.float32))


def judges(taught: Taught, test: NDArray[np.bool_]) -> tuple[Judge, list[tuple[NDArray[np.bool_], Judge]]]:
    """The judge who heard all that is not ``test [N]``, and for each row the one who judges it.

    The second are pairs of rows ``[N] bool`` and a judge; they divide all N. Speakers for testing are judged
    by the first; of the others each part by who did not hear it.
    """
    whole = learned(taught.where(~test))
    pairs = [(test, whole)]
    for part in range(JUDGES):
        rows = ~test & Apart(part, JUDGES).holds(np.where(test, "", taught.speaker))
        pairs.append((rows, learned(taught.where(~test & ~rows))))
    return whole, pairs


def shipped_judge(path: Path) -> Judge:
    """The judge who heard everybody in a pack of voices who is not for testing."""
    with np.load(path, allow_pickle=False) as stored:
        taught = Taught(*(stored[name] for name in ("layer", "emotion", "corpus", "speaker")))
        return learned(taught.where(stored["split"] != "test"))
