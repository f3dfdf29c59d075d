"""Intervals whose widths keep an order: what is known of less is never told more narrowly.

The half-width of an interval is a quantile times a unit, the predicted deviation plus a constant (β of
Johansson et al. 2014, Machine Learning 97:155-176), within a band of its availability pattern. The bands do
not overlap: none of a pattern begins below the end of that of a richer one. So if a modality of a window
goes, its interval does not become narrower, whatever the network says of either. `training.conformal` fits
all of it.
"""

import torch
from torch import Tensor, nn

from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.modalities import SUBSETS

PATTERNS = len(SUBSETS) + 1
"""Availability patterns: index 0 is "nothing at all", index p is the subset with bit mask p."""
NORMAL_90 = 1.645
"""Deviations within which 90 % of a normal distribution lie: used until the quantiles are fitted."""


def richer_than(pattern: int) -> tuple[int, ...]:
    """The patterns that have all of this one's modalities, and more."""
    return tuple(p for p in range(PATTERNS) if p & pattern == pattern != p)


def poorer_than(pattern: int) -> tuple[int, ...]:
    """The patterns that have some of this one's modalities or none, and no other."""
    return tuple(p for p in range(PATTERNS) if p & pattern == p != pattern)


class Intervals(nn.Module):
    """Intervals around scores, by availability pattern.

    quantiles ``[8]``, in units; narrowest and widest ``[8]``: the bands of half-widths, in score points;
    sensitivity ``[]``: the constant part of the unit, in score points: the more, the more alike the
    intervals of a pattern. Until they are fitted the bands do not bind.
    """

    quantiles: Tensor
    narrowest: Tensor
    widest: Tensor
    sensitivity: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.low, self.high = config.score_low, config.score_high
        self.half_scale = (self.high - self.low) / 2
        self.register_buffer("quantiles", torch.full((PATTERNS,), NORMAL_90))
        self.register_buffer("narrowest", torch.zeros(PATTERNS))
        self.register_buffer("widest", torch.full((PATTERNS,), self.half_scale))
        self.register_buffer("sensitivity", torch.tensor(1.0))

    def half_width(self, deviation: Tensor, pattern: Tensor) -> Tensor:
        """Half-widths ``[...]`` for predicted deviations ``[...]`` of patterns ``[...] int64``."""
        wanted = self.quantiles[pattern] * (deviation + self.sensitivity)
        return torch.minimum(torch.maximum(wanted, self.narrowest[pattern]), self.widest[pattern])

    def around(self, score: Tensor, half: Tensor) -> Tensor:
        """Intervals ``[..., 2]`` around scores ``[...]``, each within the scale.

        One that would leave the scale is moved inside and not cut: so it keeps its width.
        """
        centre = torch.minimum(torch.maximum(score, self.low + half), self.high - half)
        return torch.stack([centre - half, centre + half], -1).clamp(self.low, self.high)

    def reach(self, score: Tensor, truth: Tensor) -> Tensor:
        """The least half-width ``[...]`` whose interval around a score holds the truth.

        It is their distance or, if the interval is moved inside first, half the truth's distance from the
        far end of the scale.
        """
        far = torch.where(truth > score, truth - self.low, self.high - truth) / 2
        return torch.minimum((truth - score).abs(), far)
