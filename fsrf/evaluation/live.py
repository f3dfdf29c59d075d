"""How good a live checkpoint is: on what each corpus holds out, and on composed samples."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common import metrics
from fsrf_live.fsrf.common.aliases import Figures, Floats
from fsrf_live.fsrf.common.answers import Answers
from fsrf_live.fsrf.common.modalities import COMPLETE, MODALITIES, SUBSET_NAMES, SUBSETS
from fsrf_live.fsrf.data.compose import Batch, Composer, pad_sequences
from fsrf_live.fsrf.data.packs import NEUTRAL_CLASS, Corpus, Packs
from fsrf_live.fsrf.evaluation.recovery import Recoverability, recovery_table
from fsrf_live.fsrf.network.inference import answer
from fsrf_live.fsrf.network.model import FSRF

_SEED = 20_251_116
_BATCH = 256


# What simple methods reach on the same data: a sentence vector and an MLP; mesh landmarks and an MLP; MFCC
# and pitch statistics and a support vector machine.
SIMPLE: Mapping[str, Figures] = {
    "sst2": {"acc": 0.79},
    "fer2013": {"acc": 0.77, "uar": 0.70},
    "ravdess": {"acc": 0.73, "uar": 0.65},
    "nemo": {"acc": 0.61, "uar": 0.47},
    "emodb": {"acc": 0.79, "uar": 0.74},
    "urdu": {"acc": 0.55, "uar": 0.50},
}


@dataclass(frozen=True, slots=True)
class CorpusFigures:
    """One corpus by one modality: how many rows, the figures, what a constant and a simple method reach."""

    corpus: str
    modality: str
    rows: int
    figures: Figures
    constant: Figures
    simple: Figures


@dataclass(frozen=True, slots=True)
class ConditionFigures:
    """What a condition does to voices: noise, say, or a room.

    `turned` is the share of voices called positive or negative as recorded that are called the opposite here.
    `intervals` are of composed samples with such voices, by the names of the subsets that hold one.
    """

    condition: str
    turned: float
    intervals: Mapping[str, Figures]


@dataclass(frozen=True, slots=True)
class LiveTable:
    """All figures of a live checkpoint.

    `subsets` and `average` (over the six incomplete subsets) are 3-class figures and score errors on composed
    samples whose parts agree, against the score of the whole sample; `reliability` is of the same samples.
    `intervals` (coverage and mean width) and `recovery` are of composed samples of every kind; these are in
    the order of `SUBSETS`, but for `recovery`. `conditions` are of the same kind, with altered voices.
    """

    alone: tuple[CorpusFigures, ...]
    subsets: tuple[Figures, ...]
    average: Figures
    constant: Figures
    intervals: tuple[Figures, ...]
    recovery: tuple[Recoverability, ...]
    reliability: tuple[tuple[metrics.ReliabilityRow, ...], ...]
    conditions: tuple[ConditionFigures, ...]
    samples: int

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries for JSON, figures rounded to four places."""
        return {
            "alone": {
                a.corpus: {
                    "modality": a.modality,
                    "rows": a.rows,
                    "figures": _rounded(a.figures),
                    "constant": _rounded(a.constant),
                    "simple": dict(a.simple),
                }
                for a in self.alone
            },
            "samples": self.samples,
            "subsets": {n: _rounded(f) for n, f in zip(SUBSET_NAMES, self.subsets, strict=True)},
            "average6": _rounded(self.average),
            "constant": _rounded(self.constant),
            "intervals": {n: _rounded(f) for n, f in zip(SUBSET_NAMES, self.intervals, strict=True)},
            "reliability": {
                n: [[round(value, 4) for value in row] for row in rows]
                for n, rows in zip(SUBSET_NAMES, self.reliability, strict=True)
            },
            "conditions": {
                c.condition: {
                    "turned": round(c.turned, 4),
                    "intervals": {name: _rounded(figures) for name, figures in c.intervals.items()},
                }
                for c in self.conditions
            },
            "recovery": {f"{r.subset}: {r.missing}": _rounded(r.figures) for r in self.recovery},
        }


def evaluate_live(model: FSRF, packs: Packs, conditions: Mapping[str, Corpus], samples: int) -> LiveTable:
    """Every figure of the live table; the composed samples are the same for every model.

    `conditions` are voices for testing by what was done to them, the same ones in each, first as recorded.
    """
    composer, neutral = Composer(packs, model.config, "test"), model.config.neutral
    agreeing = composer.composed(samples, np.random.default_rng(_SEED), agreeing=True)
    mixed = composer.composed(samples, np.random.default_rng(_SEED + 1))
    answered, truth = answer(model, agreeing.features, agreeing.masks), agreeing.scores[:, COMPLETE]
    labels = metrics.three_classes(truth, neutral)
    reliability = tuple(
        metrics.reliability_rows(labels, answered.probabilities[:, s]) for s in range(len(SUBSETS))
    )
    subsets = tuple(
        {**composed_figures(truth, answered, s, neutral), "ece": metrics.calibration_error(rows)}
        for s, rows in enumerate(reliability)
    )
    return LiveTable(
        alone=(
            sst2(model, packs.text),
            *(of_corpus(model, packs.audio, name) for name in held_corpora(packs.audio)),
            of_corpus(model, packs.video, "fer2013"),
        ),
        subsets=subsets,
        average=metrics.mean_figures(list(subsets[:COMPLETE])),
        constant=metrics.constant_floor(labels),
        intervals=interval_table(model, mixed),
        recovery=recovery_table(model, mixed),
        reliability=reliability,
        conditions=tuple(condition_figures(model, packs, conditions, samples)),
        samples=samples,
    )


def composed_figures(truth: Floats, answered: Answers[Floats], subset: int, neutral: float) -> Figures:
    """3-class figures (of the bands of the scores) and errors of one subset against scores ``[N]``."""
    guess = metrics.three_classes(answered.score[:, subset], neutral)
    return {
        **metrics.class_figures(metrics.three_classes(truth, neutral), guess),
        "mae": metrics.mean_absolute_error(truth, answered.score[:, subset]),
        "pearson": metrics.pearson(truth, answered.score[:, subset]),
    }


def interval_table(model: FSRF, batch: Batch) -> tuple[Figures, ...]:
    """Coverage of the whole sample's score, and mean width, for each subset."""
    interval, truth = answer(model, batch.features, batch.masks).interval, batch.scores[:, COMPLETE]
    return tuple(
        metrics.interval_figures(truth, interval[:, s, 0], interval[:, s, 1]) for s in range(len(SUBSETS))
    )


def condition_figures(
    model: FSRF, packs: Packs, conditions: Mapping[str, Corpus], samples: int
) -> Iterator[ConditionFigures]:
    """Figures of each condition; the words and faces beside the voices are those of `packs`."""
    first: NDArray[np.int64] | None = None
    for name, voices in conditions.items():
        said = metrics.three_classes(scores_alone(model, voices, voices.rows("test")), model.config.neutral)
        if first is None:
            first = np.asarray(said, np.int64)
        turned = (first != NEUTRAL_CLASS) & (said != NEUTRAL_CLASS) & (said != first)
        heard = Composer(Packs(packs.text, voices, packs.video), model.config, "test")
        table = interval_table(model, heard.composed(samples, np.random.default_rng(_SEED + 2)))
        yield ConditionFigures(
            name,
            float(np.sum(turned) / max(1, np.sum(first != NEUTRAL_CLASS))),
            {n: table[s] for s, n in enumerate(SUBSET_NAMES) if "audio" in SUBSETS[s]},
        )


def held_corpora(corpus: Corpus) -> list[str]:
    """Names of the corpora that hold something out."""
    return sorted(set(corpus.corpus[corpus.held].tolist()))


def sst2(model: FSRF, corpus: Corpus) -> CorpusFigures:
    """Whether the sign of the score is right, on SST's held-out sentences of other than three stars."""
    rows = np.flatnonzero(corpus.held & (corpus.corpus == "sst5") & (corpus.score != 0))
    truth = (corpus.score[rows] > 0).astype(np.int64)
    score = scores_alone(model, corpus, rows)
    figures = metrics.class_figures(truth, (score > 0).astype(np.int64))
    return CorpusFigures("sst2", "text", len(rows), figures, metrics.constant_floor(truth), SIMPLE["sst2"])


def of_corpus(model: FSRF, corpus: Corpus, name: str) -> CorpusFigures:
    """3-class figures of what one corpus holds out."""
    rows = np.flatnonzero(corpus.held & (corpus.corpus == name))
    truth = corpus.label[rows]
    guess = metrics.three_classes(scores_alone(model, corpus, rows), model.config.neutral)
    figures = metrics.class_figures(truth, guess)
    floor = metrics.constant_floor(truth)
    return CorpusFigures(name, corpus.modality, len(rows), figures, floor, SIMPLE.get(name, {}))


def scores_alone(model: FSRF, corpus: Corpus, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Scores ``[N]`` of corpus rows by their modality alone.

    Rows go through in order of length, so little is spent on padding.
    """
    order = np.argsort(np.diff(corpus.vectors.offsets)[rows], kind="stable")
    subset = SUBSETS.index((corpus.modality,))
    score = np.zeros(len(rows), np.float32)
    for start in range(0, len(rows), _BATCH):
        chosen = order[start : start + _BATCH]
        features, masks = {}, {}
        for m in MODALITIES:
            shape = model.config.modality(m)
            parts = [
                _vectors(corpus, int(row), shape.length) if m == corpus.modality else None
                for row in rows[chosen]
            ]
            features[m], masks[m] = pad_sequences(parts, shape)
        score[chosen] = answer(model, features, masks).score[:, subset]
    return score


def _vectors(corpus: Corpus, row: int, length: int) -> NDArray[np.float32]:
    return np.asarray(corpus.vectors[row][:length], np.float32)


def _rounded(figures: Figures) -> dict[str, float]:
    return {name: round(value, 4) for name, value in figures.items()}
