"""The distribution over score bins and what is computed from it: score, class probabilities, deviation."""

import torch
from torch import Tensor, nn

from fsrf_live.fsrf.common.config import ModelConfig

DEVIATION_FLOOR = 0.05
"""In score points; residuals are divided by the deviation, so it must stay away from 0."""
_LEAST_MASS = 1e-9
"""Below the mass of any bin that can hold a median, and above what fp32 takes for 0."""


def normal_target(score: Tensor, centres: Tensor, spread: float | Tensor) -> Tensor:
    """Target ``[..., bins]`` of scores ``[...]``: a normal density of that spread, cut at the ends."""
    width = torch.as_tensor(spread, dtype=score.dtype, device=score.device)[..., None]
    return torch.softmax(-0.5 * ((centres - score[..., None]) / width) ** 2, dim=-1)


class ScoreBins(nn.Module):
    """Bins with centres spread evenly over the score range, cut off at its ends.

    The density is flat inside each bin. The score is its median, and each class owns the mass below, within
    or above ±neutral (a bin on a border is split there): so the class that holds more than half of the mass
    holds the score as well. A mean would not do: of .6 at 0 and .4 at 2 it is .8, which most of the mass
    denies.
    """

    centres: Tensor
    shares: Tensor
    widths: Tensor
    below: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.low, self.high = config.score_low, config.score_high
        centres = torch.linspace(config.score_low, config.score_high, config.bins)
        step = (config.score_high - config.score_low) / (config.bins - 1)
        left, right = ((centres + side * step / 2).clamp(self.low, self.high) for side in (-1, 1))
        widths = right - left
        positive = ((right - config.neutral) / widths).clamp(0, 1)
        negative = ((-config.neutral - left) / widths).clamp(0, 1)
        shares = torch.stack([negative, 1 - negative - positive, positive], -1)
        self.register_buffer("centres", centres, persistent=False)
        self.register_buffer("shares", shares, persistent=False)
        self.register_buffer("widths", widths, persistent=False)
        self.register_buffer("below", torch.ones(config.bins, config.bins).tril(-1), persistent=False)

    def score(self, distribution: Tensor) -> Tensor:
        """Median ``[...]`` of distributions ``[..., bins]``."""
        # A sum and no matrix product, which engines of half precision would round.
        before = (distribution[..., None, :] * self.below).sum(-1)
        filled = ((0.5 - before) / distribution.clamp_min(_LEAST_MASS)).clamp(0, 1)
        return (self.low + (filled * self.widths).sum(-1)).clamp(self.low, self.high)

    def deviation(self, distribution: Tensor) -> Tensor:
        """Standard deviation ``[...]``, at least `DEVIATION_FLOOR`."""
        mean = (distribution * self.centres).sum(-1, keepdim=True)
        variance = (distribution * (self.centres - mean) ** 2).sum(-1)
        return variance.clamp_min(DEVIATION_FLOOR**2).sqrt()

    def probabilities(self, distribution: Tensor) -> Tensor:
        """Negative, neutral, positive ``[..., 3]``."""
        return distribution @ self.shares

    def target(self, score: Tensor, spread: float | Tensor) -> Tensor:
        """Target ``[..., bins]`` of scores ``[...]``: a normal density of that spread, cut at the ends."""
        return normal_target(score, self.centres, spread)
