"""Figures of merit, on numpy arrays; rows are utterances.

F1 is always ``f1(truth, predicted)``, weighted by the classes of the truth: with the arguments swapped, a
constant answer looks like .77-.83. Each table therefore prints what a constant answer reaches.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Reals

Labels = NDArray[np.integer[Any]] | NDArray[np.bool_]
ReliabilityRow = tuple[float, float, float]
"""Mean probability of the likeliest class, share that is right, share of all rows."""
_RELIABILITY_BINS = 10


def accuracy(truth: Labels, predicted: Labels) -> float:
    """Share of rows that are right."""
    return float(np.mean(truth == predicted))


def _recalls(truth: Labels, predicted: Labels) -> Reals:
    return np.array([np.mean(predicted[truth == c] == c) for c in np.unique(truth)])


def unweighted_average_recall(truth: Labels, predicted: Labels) -> float:
    """UAR: mean recall over the classes of the truth."""
    return float(_recalls(truth, predicted).mean())


def weighted_f1(truth: Labels, predicted: Labels) -> float:
    """Mean F1 over classes, each weighted by how often it is the truth."""
    total = 0.0
    for c in np.unique(truth):
        hits = float(np.sum((truth == c) & (predicted == c)))
        sizes = float(np.sum(truth == c) + np.sum(predicted == c))
        total += 2 * hits / sizes * float(np.mean(truth == c))
    return total


def mean_absolute_error(truth: Reals, predicted: Reals) -> float:
    """MAE in score points."""
    return float(np.mean(np.abs(truth - predicted)))


def pearson(truth: Reals, predicted: Reals) -> float:
    """Correlation in [-1, 1]; 0 if either side is constant."""
    a, b = truth - truth.mean(), predicted - predicted.mean()
    scale = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum() / scale) if scale > 0 else 0.0


def spearman(truth: Reals, predicted: Reals) -> float:
    """Rank correlation in [-1, 1], equal values sharing their mean rank; 0 if either side is constant."""
    return pearson(_ranks(truth), _ranks(predicted))


def _ranks(values: Reals) -> Reals:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]


def three_classes(scores: Reals, neutral: float) -> Labels:
    """0 negative, 1 neutral (within ±`neutral`), 2 positive."""
    return np.where(scores > neutral, 2, np.where(scores < -neutral, 0, 1))


def mosi_figures(truth: Reals, predicted: Reals) -> dict[str, float]:
    """Figures for scores in [-3, 3] (CMU-MOSI and MOSEI).

    ``acc2_nonneg``/``f1_nonneg``: negative against non-negative, all rows; ``acc2``/``f1``: negative against
    positive, rows whose truth is 0 dropped; ``acc7``: rounded after clipping; ``mae``; ``pearson``.
    """
    figures = {
        "acc2_nonneg": accuracy(truth >= 0, predicted >= 0),
        "f1_nonneg": weighted_f1(truth >= 0, predicted >= 0),
        "acc7": accuracy(_rounded(truth), _rounded(predicted)),
        "mae": mean_absolute_error(truth, predicted),
        "pearson": pearson(truth, predicted),
    }
    kept = truth != 0
    if kept.any():
        figures["acc2"] = accuracy(truth[kept] > 0, predicted[kept] > 0)
        figures["f1"] = weighted_f1(truth[kept] > 0, predicted[kept] > 0)
    return figures


def _rounded(scores: Reals) -> Labels:
    return np.rint(np.clip(scores, -3, 3)).astype(np.int64)


def sims_figures(truth: Reals, predicted: Reals) -> dict[str, float]:
    """Figures for scores in [-1, 1] (CH-SIMS): Acc-2 at 0, Acc-3 at ±0.1, Acc-5 at ±0.1 and ±0.7."""
    truth, predicted = np.clip(truth, -1, 1), np.clip(predicted, -1, 1)
    two = ((truth > 0).astype(np.int64), (predicted > 0).astype(np.int64))
    figures = {"acc2": accuracy(*two), "f1": weighted_f1(*two)}
    for name, edges in (("acc3", [-0.1, 0.1]), ("acc5", [-0.7, -0.1, 0.1, 0.7])):
        figures[name] = accuracy(*(np.digitize(s, edges, right=True) for s in (truth, predicted)))
    return {**figures, "mae": mean_absolute_error(truth, predicted), "pearson": pearson(truth, predicted)}


def class_figures(truth: Labels, predicted: Labels) -> dict[str, float]:
    """``acc``, ``f1`` (weighted) and ``uar`` of class labels."""
    return {
        "acc": accuracy(truth, predicted),
        "f1": weighted_f1(truth, predicted),
        "uar": unweighted_average_recall(truth, predicted),
    }


def constant_floor(truth: Labels) -> dict[str, float]:
    """What answering the most frequent class always reaches."""
    values, counts = np.unique(truth, return_counts=True)
    return class_figures(truth, np.full_like(truth, values[counts.argmax()]))


def interval_figures(truth: Reals, low: Reals, high: Reals) -> dict[str, float]:
    """``coverage``: share of truths inside [low, high]; ``width``: mean width in score points."""
    inside = (truth >= low) & (truth <= high)
    return {"coverage": float(inside.mean()), "width": float((high - low).mean())}


def reliability_rows(truth: Labels, probabilities: Reals) -> tuple[ReliabilityRow, ...]:
    """Reliability of the likeliest class of ``[N, C]`` probabilities, by bins of its probability.

    Bins without rows are left out.
    """
    confidence, right = probabilities.max(-1), probabilities.argmax(-1) == truth
    place = np.minimum((confidence * _RELIABILITY_BINS).astype(np.int64), _RELIABILITY_BINS - 1)
    return tuple(
        (float(confidence[rows].mean()), float(right[rows].mean()), float(rows.mean()))
        for rows in (place == b for b in np.unique(place))
    )


def calibration_error(rows: Sequence[ReliabilityRow]) -> float:
    """Expected calibration error: mean distance of confidence and accuracy, each bin by its share."""
    return float(sum(abs(confidence - right) * share for confidence, right, share in rows))


def mean_figures(figures: list[Mapping[str, float]]) -> dict[str, float]:
    """Mean of each figure over several dictionaries with the same keys (Avg6: over incomplete subsets)."""
    return {k: float(np.mean([f[k] for f in figures])) for k in figures[0]}
