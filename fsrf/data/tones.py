"""What a layer of a speech recogniser tells of a voice, by ridge regression: emotions, and whether it speaks.

Whoever trained a judge sounds clearer to it than anybody else. So that a network learns how far to trust the
judge of tones, no training voice is judged by a judge who heard that person: each fifth of the speakers has
its own. The border between speech and coughs is set by such answers too.
"""

from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Doubles, Floats, Strings
from fsrf_live.fsrf.common.config import TONE_LAYER_WIDTH, TONES
from fsrf_live.fsrf.data.packs import Apart

JUDGES = 5
SPEECH_KEPT = 0.99
"""Share of utterances of people whom the judge never heard that count as speech."""
_RIDGE = 0.3
"""Of the variance of each of the layer's values; .1 and 1 are as good within .01 (docs/voices.md)."""


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """``weight [384, n] float32``, ``bias [n] float32``: what it says is ``layer @ weight + bias``."""

    weight: Floats
    bias: Floats

    @classmethod
    def silent(cls, answers: int) -> Self:
        """Who says 0 whatever it hears."""
        return cls(np.zeros((TONE_LAYER_WIDTH, answers), np.float32), np.zeros(answers, np.float32))

    def of(self, layer: NDArray[np.floating[Any]]) -> Floats:
        """``[..., n]`` of layers ``[..., 384]``."""
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
    """The judge of `TONES` by utterances with one of them; others are passed over.

    Each emotion counts alike, and of an emotion each corpus by the square root of its size. Nobody who has
    none of them is taught: then the judge is silent.
    """
    some = taught.where(np.isin(taught.emotion, TONES))
    if not len(some.emotion):
        return Judge.silent(len(TONES))
    return _regressed(some, some.emotion[:, None] == np.array(TONES))


def learned_speech(speech: Taught, sounds: Taught) -> Judge:
    """The judge of whether a voice speaks, by speech and by coughs, sighs, laughter: 0 is the border.

    Both count alike, and of either each corpus by the square root of its size.
    """
    taught = Taught(*(np.concatenate(pair) for pair in zip(astuple(speech), astuple(sounds), strict=True)))
    spoken = np.arange(len(taught.speaker)) < len(speech.speaker)

    def judge(rows: NDArray[np.bool_]) -> Judge:
        return _regressed(taught.where(rows), np.stack([spoken, ~spoken], axis=1)[rows])

    likeness = np.empty(len(spoken), np.float32)
    for part in range(JUDGES):
        own = Apart(part, JUDGES).holds(taught.speaker)
        likeness[own] = judge(~own).of(taught.layer[own])[:, 0]
    whole, border = judge(np.ones_like(spoken)), np.quantile(likeness[spoken], 1 - SPEECH_KEPT)
    return Judge(whole.weight[:, :1], whole.bias[:1] - np.float32(border))


def _regressed(taught: Taught, truth: NDArray[np.bool_]) -> Judge:
    """The judge of which of n ``truth [N, n]`` holds, one in each row; on the whole it says 0 of each."""
    _, of, size = np.unique(taught.corpus, return_inverse=True, return_counts=True)
    target: Doubles = truth.astype(np.float64)
    weight = 1 / np.sqrt(size[of])
    weight /= (target * (weight @ target)).sum(1)
    weight /= weight.sum()
    layer = taught.layer.astype(np.float64)
    mean = weight @ layer
    deviation = np.sqrt(weight @ (layer - mean) ** 2) + 1e-6
    scaled = (layer - mean) / deviation
    turned = scaled.T * weight
    least = turned @ scaled + _RIDGE * np.eye(scaled.shape[1])
    found = np.linalg.solve(least, turned @ (target - weight @ target)) / deviation[:, None]
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


def taught_in(path: Path) -> Taught:
    """Everybody in a pack of voices who is not for testing."""
    with np.load(path, allow_pickle=False) as stored:
        taught = Taught(*(stored[name] for name in ("layer", "emotion", "corpus", "speaker")))
        return taught.where(stored["split"] != "test")
