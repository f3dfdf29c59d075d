"""The distribution over score bins and what is computed from it: score, class probabilities, deviation."""

import torch
from torch import Tensor, nn

from fsrf_live.fsrf.common.config import ModelConfig

DEVIATION_FLOOR = 0.05
"""In score points; residuals are divided by the deviation, so it must stay away from 0."""


class ScoreBins(nn.Module):
    """Bins with centres spread evenly over the score range.

    Each class owns a share of each bin: a bin whose width crosses the neutral border is split there, so the
    probabilities are the mass below, within and above ±neutral of a density that is flat inside each bin.
    """

    centres: Tensor
    shares: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.low, self.high = config.score_low, config.score_high
        centres = torch.linspace(config.score_low, config.score_high, config.bins)
        step = (config.score_high - config.score_low) / (config.bins - 1)
        positive = ((centres + step / 2 - config.neutral) / step).clamp(0, 1)
        negative = ((-config.neutral - centres + step / 2) / step).clamp(0, 1)
        self.register_buffer("centres", centres, persistent=False)
        self.register_buffer(
            "shares", torch.stack([negative, 1 - negative - positive, positive], -1), persistent=False
        )

    def score(self, distribution: Tensor) -> Tensor:
        """Expectation ``[...]`` of distributions ``[..., bins]``."""
        return (distribution * self.centres).sum(-1).clamp(self.low, self.high)

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
        width = torch.as_tensor(spread, dtype=score.dtype, device=score.device)[..., None]
        return torch.softmax(-0.5 * ((self.centres - score[..., None]) / width) ** 2, dim=-1)
