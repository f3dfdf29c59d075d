"""Hilbert-Schmidt independence criterion (Gretton et al. 2005), unbiased (Song et al. 2012, eq. 5)."""

import torch
from torch import Tensor

from fsrf_live.fsrf.training.losses.kernels import median_width, radial, squared_distances

ROWS_NEEDED = 8


def _hollow(x: Tensor) -> Tensor:
    """Radial kernel of ``[N, d]`` with an empty diagonal."""
    distances = squared_distances(x, x)
    return radial(distances, median_width(distances)) * (1 - torch.eye(len(x), device=x.device))


def _unbiased(k: Tensor, q: Tensor) -> Tensor:
    n = len(k)
    trace = (k * q).sum()
    sums = k.sum() * q.sum() / ((n - 1) * (n - 2))
    cross = 2.0 / (n - 2) * (k.sum(0) @ q.sum(0))
    return (trace + sums - cross) / (n * (n - 3))


def hsic(x: Tensor, y: Tensor) -> Tensor:
    """Dependence of ``[N, d]`` and ``[N, d']`` in [0, 1]: near 0 when independent, 1 when equal.

    The unbiased estimate over the geometric mean of both self-dependences, cut at 0. Fewer than `ROWS_NEEDED`
    rows say nothing: 0.
    """
    if len(x) < ROWS_NEEDED:
        return x.new_zeros(())
    k, q = _hollow(x), _hollow(y)
    scale = (_unbiased(k, k) * _unbiased(q, q)).clamp_min(1e-12).sqrt()
    return (_unbiased(k, q) / scale).clamp_min(0.0)
