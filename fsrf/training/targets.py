"""What every network is taught by labels: a distribution over score bins, and the mass of the true class."""

from torch import Tensor

from fsrf_live.fsrf.network.bins import ScoreBins
from fsrf_live.fsrf.training.losses import bin_cross_entropy, class_cross_entropy


def supervised(
    bins: ScoreBins, neutral: float, logits: Tensor, scores: Tensor, known: Tensor, spread: float
) -> dict[str, Tensor]:
    """Losses `score` and `label` of logits ``[..., bins]`` for scores ``[...]``, over rows that are `known`.

    `spread` is the deviation of the target distributions; scores within ±`neutral` are of the neutral class.
    """
    label = (scores > neutral).long() - (scores < -neutral).long() + 1
    weight = known / known.sum().clamp_min(1)
    by_bin = bin_cross_entropy(logits, bins.target(scores, spread))
    by_class = class_cross_entropy(logits, bins.shares, label)
    return {"score": (by_bin * weight).sum(), "label": (by_class * weight).sum()}
