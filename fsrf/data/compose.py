"""Composed samples: text, voice and face of one valence, drawn from different people of one split.

No public corpus here has all three modalities of one moment with a label, so a sample is put together. Its
score is the mean of its parts' scores, each weighted by its strength, and if the words are clear nearly
theirs (`composed_score`): parts that agree keep their score, one clear part among neutral ones still counts,
and a smile does not outvote an insult. A share of samples has a neutral part, or only some parts that carry a
mood, or parts that disagree, or a face and a voice against the words, or an uninformative voice, so that the
network learns to weigh its evidence.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.fsrf.common.config import FACE_RATE_HZ, LONGEST_WINDOW_S, ModalityConfig, ModelConfig
from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.common.missing import MEMBERS, Masks
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.fsrf.data.packs import NEUTRAL_CLASS, Corpus, Packs, Ragged
from fsrf_live.fsrf.data.talking import mirrored, sequence

BASE_WEIGHT = 0.5
"""Weight of a neutral part beside that of a score, |score|: without it neutral parts would not count."""
CLEAR_FROM, CLEAR_AT, CLEAR_SHARE = 1.0, 1.6, 0.9
"""Words begin to be clear at the first |score| and are so at the second; then this share is theirs."""
AGREEING, PARTLY, DISAGREEING, AGAINST = 0.58, 0.28, 0.05, 0.09
"""Shares of samples whose parts agree, are partly neutral, are drawn independently, or whose face or voice or
both are against words that carry a mood."""
MACHINES = 0.08
"""Share of training samples whose voice is synthetic and therefore uninformative."""
ASTRAY: Mapping[Modality, float] = {"text": 0.03, "audio": 0.25, "video": 0.05}
"""Share of training samples in which that part is of a random mood, independent of the sample's.

Encoders are more accurate on the texts, people and pictures that they were trained on than on new ones. If
all parts of all samples were right, fusion would trust new ones as much. Words are seldom astray: what they
say plainly is the truth of a conflict.
"""
_SHORTEST_S = 1.0
STILLS = 6
"""Still faces drawn for each text or voice: a still is one frame, so it costs little."""
CROPPED, FEWEST_HOPS = 0.3, 15
"""Share of training voices that are cut as a window may cut them, and the least that is left, in hops."""
FREQUENCY: Mapping[Modality, float] = {"text": 0.5, "audio": 0.0, "video": 0.7}
"""Power of a class's frequency by which training draws it: 1 as in the corpora, 0 all classes alike."""
KNOWN = 0.5
"""Share of parts whose person is known already: that person's usual values are subtracted."""

_Part = tuple[Floats, float]
"""Features ``[T, D]`` of one modality and their score; NaN if they are uninformative."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some samples: features ``[B, T, D] float32`` and masks ``[B, T] bool`` by modality.

    scores ``[B, 7]`` are the targets of all subsets: the score of their informative parts or, if they have
    none, of the whole sample; `agreeing` ``[B]``: all parts share the valence.
    """

    features: Mapping[Modality, Floats]
    masks: Masks
    scores: Floats
    agreeing: NDArray[np.bool_]


def composed_score(scores: Floats, there: NDArray[np.bool_]) -> Floats:
    """Score ``[...]`` of parts ``[..., 3]``, some there, in the order of `MODALITIES`.

    Their mean by weights |score| + `BASE_WEIGHT`; clear words then take their share: `CLEAR_SHARE` of the way
    from that mean to their own score, less if they are less clear, none within ±`CLEAR_FROM`. What people say
    outright is meant more often than a polite smile beside it, and a resting face denies nothing.
    """
    known = np.where(there, scores, 0.0)
    weight = np.where(there, np.abs(scores) + BASE_WEIGHT, 0.0)
    mean = (weight * known).sum(-1) / np.maximum(weight.sum(-1), 1e-6)
    words = known[..., MODALITIES.index("text")]
    clear = np.clip((np.abs(words) - CLEAR_FROM) / (CLEAR_AT - CLEAR_FROM), 0.0, 1.0)
    return np.asarray(mean + CLEAR_SHARE * clear * (words - mean), np.float32)


class Composer:
    """Draws samples from one split of the packs; everything random comes from the generator that is passed.

    In training, voices are also cut as windows cut them (the beginning of an utterance, or a part).
    """

    def __init__(self, packs: Packs, config: ModelConfig, split: str) -> None:
        self._packs = packs
        self._config = config
        self._training = split == "train"
        self._pools = {
            m: [RowPool(packs[m], split, packs[m].telling & (packs[m].label == label)) for label in range(3)]
            for m in MODALITIES
        }
        toneless = ~packs.audio.telling & (packs.audio.split == "train")
        self._toneless = (
            RowPool(packs.audio, "train", toneless) if self._training and toneless.any() else None
        )

    def composed(self, size: int, rng: np.random.Generator, *, agreeing: bool = False) -> Batch:
        """Samples with all three modalities, valences drawn evenly; if `agreeing`, all parts share one."""
        labels = draw_labels(size, rng)
        if agreeing:
            labels = np.repeat(rng.integers(3, size=(size, 1)), len(MODALITIES), 1)
        samples = [self._sample(row, rng) for row in labels]
        return self._batch(samples, (labels == labels[:, :1]).all(1))

    def alone(self, size: int, rng: np.random.Generator) -> list[tuple[Modality, Batch]]:
        """Samples with one modality alone: `size` texts, `size` voices and many still faces."""
        return [(m, self.cheap(m, size, rng)) for m in MODALITIES]

    def cheap(self, modality: Modality, size: int, rng: np.random.Generator) -> Batch:
        """Samples with that modality alone: `size` texts or voices, or `STILLS` times as many still faces.

        Expressions are learned from stills, which cost little and whose score is certain; that a moving face
        is the same face is learned from composed samples.
        """
        if modality == "video":
            return self.solo(modality, size * STILLS, rng, still=True)
        return self.solo(modality, size, rng)

    def solo(self, modality: Modality, size: int, rng: np.random.Generator, *, still: bool = False) -> Batch:
        """Samples with one modality alone, its classes as frequent as in its corpora.

        In training the rarer classes are drawn more often (`FREQUENCY`); otherwise a network learns that
        neutral voices and faces hardly exist.
        """
        power = FREQUENCY[modality] if self._training else 1.0
        shares = np.array([pool.weight for pool in self._pools[modality]]) ** power
        labels = rng.choice(3, size=size, p=shares / shares.sum())
        seconds = np.zeros(size) if still else 1 + (LONGEST_WINDOW_S - 1) * rng.beta(1, 3, size)
        samples = [
            {modality: self._part(modality, self._pools[modality][label], float(long), rng)}
            for label, long in zip(labels, seconds, strict=True)
        ]
        return self._batch(samples, np.ones(size, np.bool_))

    def _sample(self, labels: NDArray[np.int64], rng: np.random.Generator) -> dict[Modality, _Part]:
        pools = {m: self._pools[m][label] for m, label in zip(MODALITIES, labels, strict=True)}
        mute = self._mute(rng) if self._training else None  # drawn first: the order fixes a seed's samples
        if mute is not None:
            pools[mute[0]] = mute[1]
        voice = self._part("audio", pools["audio"], 0.0, rng)
        seconds = max(len(voice[0]) / self._config.audio.rate_hz, _SHORTEST_S)
        sample: dict[Modality, _Part] = {
            "text": self._part("text", pools["text"], 0.0, rng),
            "audio": voice,
            "video": self._part("video", pools["video"], seconds, rng),
        }
        if mute is not None:
            sample[mute[0]] = sample[mute[0]][0], np.nan
        return sample

    def _mute(self, rng: np.random.Generator) -> "tuple[Modality, RowPool] | None":
        """The uninformative part of a training sample, if it has one, and the pool that it is drawn from."""
        kind = rng.random()
        if kind < MACHINES:
            return None if self._toneless is None else ("audio", self._toneless)
        upto = MACHINES + np.cumsum([ASTRAY[m] for m in MODALITIES])
        chosen = [m for m, limit in zip(MODALITIES, upto, strict=True) if kind < limit]
        return (chosen[0], self._pools[chosen[0]][rng.integers(3)]) if chosen else None

    def _part(self, modality: Modality, pool: "RowPool", seconds: float, rng: np.random.Generator) -> _Part:
        """Features of a row of the pool; `seconds` is how long a face is to be seen (0: a still)."""
        corpus, row = self._packs[modality], pool.draw(rng)
        length = self._config.modality(modality).length
        known = (
            corpus.references if corpus.references is not None and rng.random() < KNOWN else corpus.vectors
        )
        if modality == "video":
            return self._face(known, row, min(round(seconds * FACE_RATE_HZ), length), rng)
        vectors = np.asarray(known[row], np.float32)
        if modality == "audio" and self._training and rng.random() < CROPPED:
            vectors = _crop(vectors, rng)
        return vectors[:length], float(corpus.score[row])

    def _face(self, vectors: Ragged, row: int, frames: int, rng: np.random.Generator) -> _Part:
        """A still (0 frames) or a sequence; in training half of them are mirrored."""
        corpus, neutral = self._packs.video, self._pools["video"][NEUTRAL_CLASS]
        expression, score = vectors[row][0].astype(np.float32), float(corpus.score[row])
        mirror = self._training and rng.random() < 0.5
        if frames == 0:
            return mirrored(expression[None]) if mirror else expression[None], score
        rest = row if corpus.label[row] == NEUTRAL_CLASS else neutral.draw(rng)
        other = self._pools["video"][int(rng.integers(3))].draw(rng)
        moving, shown = sequence(expression, vectors[rest][0], vectors[other][0], frames, rng)
        return mirrored(moving) if mirror else moving, score * (0.5 + 0.5 * shown)

    def _batch(self, samples: list[dict[Modality, _Part]], agreeing: NDArray[np.bool_]) -> Batch:
        own = np.zeros((len(samples), len(MODALITIES)), np.float32)
        there = np.zeros(own.shape, np.bool_)
        for i, sample in enumerate(samples):
            for column, m in enumerate(MODALITIES):
                if m in sample:
                    own[i, column], there[i, column] = sample[m][1], not np.isnan(sample[m][1])
        features: dict[Modality, Floats] = {}
        masks: Masks = {}
        for m in MODALITIES:
            shape = self._config.modality(m)
            features[m], masks[m] = pad_sequences([s[m][0] if m in s else None for s in samples], shape)
        seen = there[:, None] & MEMBERS
        # A subset without an informative part has the whole sample's score as its target, not 0.
        seen |= ~seen.any(-1, keepdims=True) & there[:, None]
        scores = composed_score(np.nan_to_num(own)[:, None], seen)
        return Batch(features, masks, scores, agreeing & ~np.isnan(own).any(1))


class RowPool:
    """Some rows ``[N] bool`` of one split, drawn by weight."""

    def __init__(self, corpus: Corpus, split: str, rows: NDArray[np.bool_]) -> None:
        self._rows = np.flatnonzero(rows & (corpus.split == split))
        if not len(self._rows):
            raise DataError(f"the {corpus.modality} pack lacks {split} rows of a class: make it again")
        self._upto = np.cumsum(corpus.weight[self._rows], dtype=np.float64)
        self.weight = float(self._upto[-1])

    def draw(self, rng: np.random.Generator) -> int:
        """One row."""
        return int(self._rows[np.searchsorted(self._upto, rng.random() * self.weight, side="right")])


def draw_labels(size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Labels ``[size, 3]`` of the parts: all the same, some neutral, independent, or against the words."""
    label = rng.integers(3, size=size)
    labels = np.repeat(label[:, None], len(MODALITIES), 1)
    kind = rng.random(size)
    quiet = rng.random(labels.shape) < 0.5
    partly = (kind >= AGREEING) & (kind < AGREEING + PARTLY)
    labels[partly[:, None] & quiet] = NEUTRAL_CLASS
    odd = (kind >= AGREEING + PARTLY) & (kind < AGREEING + PARTLY + DISAGREEING)
    labels[odd] = rng.integers(3, size=(int(odd.sum()), len(MODALITIES)))
    against = kind >= AGREEING + PARTLY + DISAGREEING
    labels[against] = _against_the_words(int(against.sum()), rng)
    return labels


def _against_the_words(size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Labels ``[size, 3]`` of words with a mood, with the opposite one in the face, the voice or both."""
    words = 2 * rng.integers(2, size=(size, 1))
    denied = rng.integers(1, 4, size=(size, 1)) >> np.arange(2) & 1 == 1
    others = np.where(rng.random((size, 2)) < 0.5, NEUTRAL_CLASS, words)
    return np.concatenate([words, np.where(denied, _opposite(words), others)], 1)


def _opposite(label: NDArray[np.int64]) -> NDArray[np.int64]:
    return 2 * NEUTRAL_CLASS - label


def pad_sequences(parts: list[Floats | None], shape: ModalityConfig) -> tuple[Floats, NDArray[np.bool_]]:
    """Sequences ``[T_i, D]`` (None: missing) as ``[B, T, D]`` and mask; T is a multiple of the stride."""
    longest = max([1, *(len(p) for p in parts if p is not None)])
    length = -(-longest // shape.stride) * shape.stride
    features = np.zeros((len(parts), length, shape.width), np.float32)
    mask = np.zeros((len(parts), length), np.bool_)
    for i, part in enumerate(parts):
        if part is not None:
            features[i, : len(part)], mask[i, : len(part)] = part, True
    return features, mask


def _crop(vectors: Floats, rng: np.random.Generator) -> Floats:
    """What a window may hold of an utterance: its beginning, or a part, at least `FEWEST_HOPS` hops of it."""
    length = int(rng.integers(min(FEWEST_HOPS, len(vectors)), len(vectors) + 1))
    start = 0 if rng.random() < 0.5 else int(rng.integers(len(vectors) - length + 1))
    return vectors[start : start + length]
