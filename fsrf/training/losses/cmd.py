"""Central moment discrepancy (Zellinger et al. 2017): distance of two distributions by their moments."""

import torch
from torch import Tensor

MOMENTS = 5


def central_moment_discrepancy(x: Tensor, y: Tensor) -> Tensor:
    """CMD of ``[N, d]`` and ``[M, d]`` after a sigmoid (the measure needs bounds): 0 if equal."""
    x, y = torch.sigmoid(x), torch.sigmoid(y)
    mean_x, mean_y = x.mean(0), y.mean(0)
    total = _norm(mean_x - mean_y)
    for order in range(2, MOMENTS + 1):
        total = total + _norm(((x - mean_x) ** order).mean(0) - ((y - mean_y) ** order).mean(0))
    return total


def _norm(difference: Tensor) -> Tensor:
    """Euclidean norm whose gradient is finite at 0."""
    return (difference.square().sum() + 1e-12).sqrt()
