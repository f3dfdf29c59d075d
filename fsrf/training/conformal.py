"""Intervals that hold: split conformal prediction (Papadopoulos et al. 2002; Lei et al. 2018, section 5.2).

A temperature for each availability pattern first calibrates the sharpness of the distribution (Guo et al.
2017). Then the patterns get their bands of half-widths, from the richest to the poorest, and quantiles of the
residuals of held-out samples in units of the predicted deviation (`network.intervals`). Within a band an
interval grows with its quantile, so the quantile that covers is that of a nested family (Gupta et al. 2022,
Pattern Recognition 127:108496), and the level holds as it does without bands.

The held-out samples may be answered by siblings of the network, each trained without the people it answers
for (cross-conformal prediction: Vovk 2015, Annals of Mathematics and Artificial Intelligence 74:9-28): with
few people, the few that one split leaves for calibration may not be typical of new ones.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fsrf_live.fsrf.common.modalities import MODALITIES, SUBSET_NAMES, SUBSETS
from fsrf_live.fsrf.data.compose import Batch
from fsrf_live.fsrf.network.inference import tensors
from fsrf_live.fsrf.network.intervals import PATTERNS, Intervals, poorer_than, richer_than
from fsrf_live.fsrf.network.model import FSRF
from fsrf_live.fsrf.training.losses import bin_cross_entropy

LEVEL = 0.9
TOO_WIDE = 0.93
"""Of a pattern that covers more than this with its least width alone, the header says so."""
WIDE = 0.95
"""Share of the half-widths that a pattern wants which its band lets through."""
BAND_STEP = 0.01
"""In score points, between the bands of two patterns: what has less is told more widely, not as widely."""
SENSITIVITIES = (0.25, 0.5, 1.0, 2.0)
"""In score points. With 2 widths hardly differ; with none they follow deviations that are a guess for people
whom a network has never heard."""
TEMPERATURES = tuple(float(t) for t in np.round(np.geomspace(0.5, 2.0, 141), 4))
"""In steps of 1 %: steps of 5 % were coarse enough to move a score by .005."""
_AT_ONCE = 128
"""Samples in one pass of the network: bounds the memory."""


class HeldOut(NamedTuple):
    """Answers to held-out samples: logits ``[N, 7, bins]``, and their targets ``[N, 7]``."""

    logits: NDArray[np.float32]
    scores: NDArray[np.float32]


def conformal_quantile(residuals: NDArray[np.floating[Any]], level: float) -> float:
    """The ⌈(n + 1) level⌉-th smallest of n residuals; the largest if n is too small for that level.

    The truth of a new, exchangeable sample lies within it with probability `level` at least.
    """
    rank = min(math.ceil((len(residuals) + 1) * level), len(residuals))
    return float(np.sort(residuals)[rank - 1])


@torch.no_grad()
def held_out_answers(model: FSRF, batch: Batch) -> HeldOut:
    """A network's answers to samples that have all modalities."""
    model.eval()
    parts = []
    for start in range(0, len(batch.scores), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        features = tensors({m: batch.features[m][part] for m in MODALITIES})
        seen = model.semantics(features, tensors({m: batch.masks[m][part] for m in MODALITIES}))
        parts.append(seen.logits.numpy())
    return HeldOut(np.concatenate(parts), batch.scores)


@torch.no_grad()
def calibrate(model: FSRF, answers: HeldOut, spread: float) -> dict[str, Any]:
    """Set a network's prior, temperatures, intervals and reliability by answers to held-out samples.

    A temperature is fitted to the score of the subset's own parts. An interval must hold the score of the
    whole sample, which depends on parts that the subset does not see. The temperatures come first, because
    residuals are measured in deviations of the tempered distribution. Returns all of them by the names of
    the subsets, for the checkpoint's header; `floors` are the shares that are covered by the least width
    alone, of the patterns with which that is more than asked.
    """
    scores, logits = torch.from_numpy(answers.scores), torch.from_numpy(answers.logits)
    complete = model.bins.target(scores[:, -1], spread)
    model.prior.copy_(complete.mean(0).clamp_min(1e-6).log())
    model.temperature[0] = 1.0
    for subset in range(len(SUBSETS)):
        target = model.bins.target(scores[:, subset], spread)
        model.temperature[subset + 1] = best_temperature(logits[:, subset], target)
    pattern = torch.arange(PATTERNS).expand(len(logits), -1)
    distribution = model.distribution(logits, pattern)
    score, deviation = model.bins.score(distribution), model.bins.deviation(distribution)
    reach = model.intervals.reach(score, scores[:, -1:])
    fit_intervals(model.intervals, reach, deviation)
    model.reliability.fit(distribution, deviation, score)
    names = ["none", *SUBSET_NAMES]
    intervals = model.intervals
    floors = dict(zip(SUBSET_NAMES, (reach <= intervals.narrowest).float().mean(0)[1:].tolist(), strict=True))
    return {
        "level": LEVEL,
        "samples": len(logits),
        "temperatures": _rounded(names, model.temperature),
        "sensitivity": float(intervals.sensitivity),
        "quantiles": _rounded(names, intervals.quantiles),
        "narrowest": _rounded(names, intervals.narrowest),
        "widest": _rounded(names, intervals.widest),
        "span": round(float(model.reliability.span), 4),
        "floors": {name: round(share, 4) for name, share in floors.items() if share > TOO_WIDE},
    }


@torch.no_grad()
def fit_intervals(intervals: Intervals, reach: Tensor, deviation: Tensor) -> None:
    """Set sensitivity, bands and quantiles.

    reach ``[N, 8]`` is what half-width would have held the truth, deviation ``[N, 8]`` what the network
    predicts. The sensitivity is that of the lowest interval score (Gneiting and Raftery 2007, section 6.2:
    the width, and a fine for what lies outside), over all patterns with a modality.
    """
    losses = []
    for sensitivity in SENSITIVITIES:
        _fit_with(intervals, reach, deviation, sensitivity)
        half = intervals.half_width(deviation, torch.arange(PATTERNS).expand(len(reach), -1))
        outside = (reach - half).clamp_min(0)
        losses.append(float((2 * half + 2 / (1 - LEVEL) * outside)[:, 1:].mean()))
    _fit_with(intervals, reach, deviation, SENSITIVITIES[int(np.argmin(losses))])


def _fit_with(intervals: Intervals, reach: Tensor, deviation: Tensor, sensitivity: float) -> None:
    intervals.sensitivity.fill_(sensitivity)
    unit = deviation + sensitivity
    for pattern in sorted(range(PATTERNS), key=int.bit_count, reverse=True):
        own, scale = reach[:, pattern], unit[:, pattern]
        most = intervals.half_scale - BAND_STEP * pattern.bit_count()
        narrowest = max((float(intervals.widest[p]) + BAND_STEP for p in richer_than(pattern)), default=0.0)
        needed = conformal_quantile(own.numpy(), LEVEL)
        wanted = conformal_quantile((own / scale).numpy(), LEVEL) * float(scale.quantile(WIDE))
        # No width of this one leaves a poorer one wider than it needs to be, if it can. With nothing at all
        # the whole scale would do: it must not hold the widths of single modalities down.
        least = [conformal_quantile(reach[:, p].numpy(), LEVEL) for p in poorer_than(pattern) if p]
        # A width that every answer needs is given to it, though poorer patterns must then be as wide.
        widest = min(max(narrowest, needed, min([wanted, *least])), most)
        intervals.narrowest[pattern], intervals.widest[pattern] = narrowest, widest
        inside, beyond = own <= narrowest, own > widest
        grown = torch.where(inside, 0.0, torch.where(beyond, torch.inf, own / scale))
        intervals.quantiles[pattern] = conformal_quantile(grown.numpy(), LEVEL)


def best_temperature(logits: Tensor, target: Tensor) -> float:
    """The temperature with the lowest cross-entropy of logits ``[N, bins]`` against targets of that shape."""
    losses = [float(bin_cross_entropy(logits / t, target).mean()) for t in TEMPERATURES]
    return TEMPERATURES[int(np.argmin(losses))]


def _rounded(names: list[str], values: Tensor) -> Mapping[str, float]:
    return {name: round(float(v), 4) for name, v in zip(names, values, strict=True)}
