"""The losses of training: on distributions over score bins, on factors, and on what recovery says of itself.

Those on distributions take logits ``[..., bins]`` and give one value a row.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


def bin_cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy ``[...]`` against target distributions ``[..., bins]``."""
    return -(target * functional.log_softmax(logits, dim=-1)).sum(-1)


def distillation_kl(student: Tensor, teacher: Tensor) -> Tensor:
    """KL(teacher ‖ student) ``[...]`` of two sets of logits; the teacher gets no gradient."""
    wanted = functional.log_softmax(teacher.detach(), dim=-1)
    return (wanted.exp() * (wanted - functional.log_softmax(student, dim=-1))).sum(-1)


def class_cross_entropy(logits: Tensor, shares: Tensor, label: Tensor) -> Tensor:
    """-log of the mass of the true class ``[...]``: labels ``[...] int64``, bin shares ``[bins, C]``."""
    mass = torch.softmax(logits, dim=-1) @ shares
    own = mass.gather(-1, label[..., None]).squeeze(-1)
    return -torch.log(own.clamp_min(1e-6))


def reliability_loss(reliability: Tensor, guess: Tensor, truth: Tensor) -> Tensor:
    """Squared error ``[...]`` of a predicted agreement: cosine of guess and truth ``[..., d]``, in [0, 1].

    Neither guess nor truth gets a gradient: only the reliability learns from it.
    """
    agreement = functional.cosine_similarity(guess.detach(), truth.detach(), dim=-1).clamp(0, 1)
    return (reliability - agreement) ** 2


MOMENTUM = 0.05
"""Share of a batch in the running statistics."""
LEAST_MASS = 1e-3
"""A bin of less weight has not been seen; a bin that was seen once has at least 1."""


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
        """Take in factors ``[N, d]`` of bins ``[N] int64``; bins without rows keep their values."""
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
        known = (self.weight * to.weight)[bin_index] > LEAST_MASS**2
        return torch.where(known[:, None], moved, factor)


MOMENTS = 5
"""Central moments that are compared; as in the paper (Zellinger et al. 2017)."""


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


def mean_and_deviation(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation ``[d]`` of ``[N, d]``; the deviation stays away from 0."""
    return x.mean(0), (x.var(0, unbiased=False) + 1e-6).sqrt()


def standard_normal_kl(x: Tensor) -> Tensor:
    """KL(normal fitted to ``[N, d]`` ‖ N(0, 1)), mean over dimensions; 0 for standard normal noise."""
    mean, deviation = mean_and_deviation(x)
    return 0.5 * (deviation**2 + mean**2 - 1 - 2 * torch.log(deviation)).mean()


def gaussian_w2(student: Tensor, target: Tensor) -> Tensor:
    """Squared 2-Wasserstein distance of diagonal normals fitted to ``[N, d]`` and ``[M, d]``, mean over d.

    The sum of the squared distances of means and of deviations. The target gets no gradient.
    """
    mean, deviation = mean_and_deviation(student)
    target_mean, target_deviation = mean_and_deviation(target.detach())
    return ((mean - target_mean) ** 2 + (deviation - target_deviation) ** 2).mean()


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


HSIC_ROWS = 8
"""The unbiased estimate divides by n (n - 3); with fewer rows than this it is mostly noise."""


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

    The unbiased estimate over the geometric mean of both self-dependences, cut at 0. Fewer than `HSIC_ROWS`
    rows say nothing: 0.
    """
    if len(x) < HSIC_ROWS:
        return x.new_zeros(())
    k, q = _hollow(x), _hollow(y)
    scale = (_unbiased(k, k) * _unbiased(q, q)).clamp_min(1e-12).sqrt()
    return (_unbiased(k, q) / scale).clamp_min(0.0)


WIDTHS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Kernel widths, times the median squared distance: no single width suits a whole training."""


def mmd(student: Tensor, target: Tensor) -> Tensor:
    """MMD² of two samples ``[N, d]`` and ``[M, d]``, at least 0; the target gets no gradient."""
    target = target.detach()
    across = squared_distances(student, target)
    within_student, within_target = squared_distances(student, student), squared_distances(target, target)
    median = median_width(across)
    total = across.new_zeros(())
    for factor in WIDTHS:
        width = median * factor
        near = radial(within_student, width).mean() + radial(within_target, width).mean()
        total = total + near - 2 * radial(across, width).mean()
    return torch.relu(total) / len(WIDTHS)


class _Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, strength: float) -> Tensor:
        ctx.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return -ctx.strength * gradients[0], None


def reverse_gradient(x: Tensor, strength: float = 1.0) -> Tensor:
    """The same values; the gradient changes its sign and is scaled by `strength`."""
    reversed_x: Tensor = _Reverse.apply(x, strength)  # type: ignore[no-untyped-call]
    return reversed_x


MARGIN = 0.1
"""In nats of cross-entropy."""


def synergy_hinge(synergistic_loss: Tensor, heterogeneous_losses: Tensor) -> Tensor:
    """How far the loss ``[N]`` is from beating the least of ``[N, M]`` by `MARGIN`, per row, at least 0.

    The heterogeneous losses get no gradient: they must not get worse for the synergistic part to look better.
    """
    best = heterogeneous_losses.detach().amin(-1)
    return torch.relu(synergistic_loss - best + MARGIN)
