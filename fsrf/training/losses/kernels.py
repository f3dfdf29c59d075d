"""Radial kernels with widths taken from the data (the median heuristic)."""

import torch
from torch import Tensor


def squared_distances(x: Tensor, y: Tensor) -> Tensor:
    """``[N, d]``, ``[M, d]`` to ``[N, M]``, never below 0."""
    squares = (x * x).sum(-1)[:, None] + (y * y).sum(-1)[None]
    return (squares - 2 * x @ y.T).clamp_min(0.0)


def median_width(distances: Tensor) -> Tensor:
    """The median of the squared distances, without gradient, away from 0."""
    return distances.detach().flatten().median().clamp_min(1e-6)


def radial(distances: Tensor, width: Tensor) -> Tensor:
    """``exp(-d² / width)``."""
    return torch.exp(-distances / width)
