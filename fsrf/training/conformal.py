"""Intervals that hold: split conformal prediction (Papadopoulos et al. 2002; Lei et al. 2018, section 5.2).

For each availability pattern the residual of held-out samples, in units of the deviation that the network
itself foretells (plus `ModelConfig.sensitivity`), has a quantile; the interval is the score ± that quantile
times the same. A temperature for each pattern first makes the distribution as sharp as its answers deserve
(Guo et al. 2017).

The held-out samples may be answered by siblings of the network, each trained without those whom it answers
for (cross-conformal prediction: Vovk 2015, Annals of Mathematics and Artificial Intelligence 74:9-28): where
people are few, the few that one split leaves for calibration need not be like those to come.
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


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What held-out samples were answered: logits ``[N, 7, bins]``, and their targets ``[N, 7]``."""

    logits: NDArray[np.float32]
    scores: NDArray[np.float32]


def conformal_quantile(residuals: NDArray[np.floating[Any]], level: float) -> float:
    """The ⌈(n + 1) level⌉-th smallest of n residuals; the largest where n is too small for that level.

    The truth of a new, exchangeable sample lies within it with probability `level` at least.
    """
    rank = min(math.ceil((len(residuals) + 1) * level), len(residuals))
    return float(np.sort(residuals)[rank - 1])


@torch.no_grad()
def held_out_answers(model: FSRF, batch: Batch, rows: int = 128) -> HeldOut:
    """A network's answers to samples that have all modalities, `rows` at a time."""
    model.eval()
    parts = []
    for start in range(0, len(batch.scores), rows):
        part = slice(start, start + rows)
        features = tensors({m: batch.features[m][part] for m in MODALITIES})
        seen = model.semantics(features, tensors({m: batch.masks[m][part] for m in MODALITIES}))
        parts.append(seen.logits.numpy())
    return HeldOut(np.concatenate(parts), batch.scores)


@torch.no_grad()
def calibrate(model: FSRF, answers: HeldOut, spread: float) -> dict[str, Any]:
    """Set a network's prior, temperatures and quantiles by answers to held-out samples.

    A temperature fits each subset to what its own parts stand for. An interval must hold the score of the
    whole sample, also of the parts that the subset does not see. Returns what was found, by the names of the
    subsets, for the checkpoint's header.
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
    """The temperature of least cross-entropy of ``[N, bins]`` against targets of that shape."""
    losses = [float(bin_cross_entropy(logits / t, target).mean()) for t in TEMPERATURES]
    return TEMPERATURES[int(np.argmin(losses))]


def _rounded(names: list[str], values: Tensor) -> Mapping[str, float]:
    return {name: round(float(v), 4) for name, v in zip(names, values, strict=True)}
