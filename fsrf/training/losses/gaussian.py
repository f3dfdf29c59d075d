"""Distances between normal distributions that are fitted to batches, one dimension at a time."""

import torch
from torch import Tensor


def fit(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation ``[d]`` of ``[N, d]``; the deviation stays away from 0."""
    return x.mean(0), (x.var(0, unbiased=False) + 1e-6).sqrt()


def standard_normal_kl(x: Tensor) -> Tensor:
    """KL(normal fitted to ``[N, d]`` ‖ N(0, 1)), mean over dimensions; 0 for standard normal noise."""
    mean, deviation = fit(x)
    return 0.5 * (deviation**2 + mean**2 - 1 - 2 * torch.log(deviation)).mean()


def gaussian_w2(student: Tensor, target: Tensor) -> Tensor:
    """Squared 2-Wasserstein distance of diagonal normals fitted to ``[N, d]`` and ``[M, d]``, mean over d.

    The sum of the squared distances of means and of deviations. The target gets no gradient.
    """
    mean, deviation = fit(student)
    target_mean, target_deviation = fit(target.detach())
    return ((mean - target_mean) ** 2 + (deviation - target_deviation) ** 2).mean()
