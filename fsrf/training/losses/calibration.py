"""FIRF's distribution calibration: statistics of factors by predicted bin re-standardise poorer views."""

import torch
from torch import Tensor, nn

MOMENTUM = 0.05
ROWS_NEEDED = 1e-3


class BinStatistics(nn.Module):
    """Running mean and deviation of a factor ``[d]`` for each of a few coarse bins of the predicted score."""

    mean: Tensor
    deviation: Tensor
    weight: Tensor

    def __init__(self, bins: int, width: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(bins, width))
        self.register_buffer("deviation", torch.ones(bins, width))
        self.register_buffer("weight", torch.zeros(bins))

    @torch.no_grad()
    def update(self, factor: Tensor, bin_index: Tensor) -> None:
        """Take in factors ``[N, d]`` of bins ``[N] int64``; bins without rows keep what they had."""
        member = torch.nn.functional.one_hot(bin_index, len(self.weight)).to(factor.dtype)
        count = member.sum(0)
        mean = member.T @ factor / count.clamp_min(1)[:, None]
        variance = member.T @ (factor - mean[bin_index]) ** 2 / count.clamp_min(1)[:, None]
        first = self.weight == 0
        share = torch.where(first, torch.ones_like(count), torch.full_like(count, MOMENTUM)) * (count > 1)
        self.mean.lerp_(mean, share[:, None])
        self.deviation.lerp_((variance + 1e-6).sqrt(), share[:, None])
        self.weight.add_(share)

    def move(self, factor: Tensor, bin_index: Tensor, to: "BinStatistics") -> Tensor:
        """Factors ``[N, d]`` with these statistics, re-standardised to those of another set, bin by bin.

        Bins that either side has not seen yet leave their rows as they are.
        """
        scale = to.deviation[bin_index] / self.deviation[bin_index]
        moved = (factor - self.mean[bin_index]) * scale + to.mean[bin_index]
        known = (self.weight * to.weight)[bin_index] > ROWS_NEEDED**2
        return torch.where(known[:, None], moved, factor)
