"""Intervals that hold: split conformal prediction (Papadopoulos et al. 2002; Lei et al. 2018, section 5.2).

For each availability pattern the residuals of held-out samples, in units of the deviation that the network
predicts (plus `ModelConfig.sensitivity`), have a quantile; the interval is the score ± that quantile times
the same unit. A temperature for each pattern first calibrates the sharpness of the distribution (Guo et al.
2017).

The held-out samples may be answered by siblings of the network, each trained without the people it answers
for (cross-conformal prediction: Vovk 2015, Annals of Mathematics and Artificial Intelligence 74:9-28): with
few people, the few that one split leaves for calibration may not be typical of new ones.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fsrf_live.fsrf.common.modalities import MODALITIES, SUBSET_NAMES, SUBSETS
from fsrf_live.fsrf.data.compose import Batch
from fsrf_live.fsrf.network.inference import tensors
from fsrf_live.fsrf.network.model import FSRF, PATTERNS
from fsrf_live.fsrf.training.losses import bin_cross_entropy

LEVEL = 0.9
TEMPERATURES = tuple(float(t) for t in np.round(np.geomspace(0.5, 2.0, 141), 4))
"""In steps of 1 %: steps of 5 % were coarse enough to move a score by .005."""
_AT_ONCE = 128
"""Samples in one pass of the network: bounds the memory."""


@dataclass(frozen=True, slots=True)
class HeldOut:
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
    """Set a network's prior, temperatures and quantiles by answers to held-out samples.

    A temperature is fitted to the score of the subset's own parts. An interval must hold the score of the
    whole sample, which depends on parts that the subset does not see. The temperatures come first, because
    residuals are measured in deviations of the tempered distribution. Returns all of them by the names of
    the subsets, for the checkpoint's header.
    """
    scores, logits = torch.from_numpy(answers.scores), torch.from_numpy(answers.logits)
    complete = model.bins.target(scores[:, -1], spread)
    model.prior.copy_(complete.mean(0).clamp_min(1e-6).log())
    model.temperature[0] = 1.0
    for subset in range(len(SUBSETS)):
        target = model.bins.target(scores[:, subset], spread)
        model.temperature[subset + 1] = best_temperature(logits[:, subset], target)
    pattern = torch.arange(1, PATTERNS).expand(len(logits), -1)
    with_prior = torch.cat([torch.zeros_like(pattern[:, :1]), pattern], 1)
    distribution = model.distribution(logits, with_prior)
    residual = (scores[:, -1:] - model.bins.score(distribution)).abs() / model.deviation(distribution)
    for row in range(PATTERNS):
        model.quantiles[row] = conformal_quantile(residual[:, row].numpy(), LEVEL)
    names = ["none", *SUBSET_NAMES]
    return {
        "level": LEVEL,
        "samples": len(logits),
        "quantiles": _rounded(names, model.quantiles),
        "temperatures": _rounded(names, model.temperature),
    }


def best_temperature(logits: Tensor, target: Tensor) -> float:
    """The temperature with the lowest cross-entropy of logits ``[N, bins]`` against targets of that shape."""
    losses = [float(bin_cross_entropy(logits / t, target).mean()) for t in TEMPERATURES]
    return TEMPERATURES[int(np.argmin(losses))]


def _rounded(names: list[str], values: Tensor) -> Mapping[str, float]:
    return {name: round(float(v), 4) for name, v in zip(names, values, strict=True)}
