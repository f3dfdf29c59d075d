"""Encoder of one modality: raw features and their mask to frame vectors.

A projection and Conv1D (k = 3) with stride, sinusoidal positions, a small Transformer over the valid frames.
If the config asks for them, the window's statistics are added to each of its frames.
Standardisation of the raw features is part of the network: an engine takes features as they are extracted.
"""

import math

import torch
from torch import Tensor, nn

from fsrf_live.fsrf.common.config import ModalityConfig, ModelConfig
from fsrf_live.fsrf.common.errors import CheckpointError

MASKED = -1e4
"""Finite, so that a window without a real frame gives a uniform softmax and not NaN."""


def key_bias(weight: Tensor) -> Tensor:
    """Additive attention bias ``[..., 1, 1, K]`` of key weights ``[..., K]`` (1 where real, 0 where not)."""
    return (1.0 - weight)[..., None, None, :] * MASKED


def attend(queries: Tensor, keys: Tensor, values: Tensor, bias: Tensor | None) -> Tensor:
    """Scaled dot-product attention of heads ``[..., heads, Q or K, d/heads]``; joined: ``[..., Q, d]``."""
    scores = (queries * queries.shape[-1] ** -0.5) @ keys.transpose(-2, -1)
    weights = torch.softmax(scores if bias is None else scores + bias, dim=-1)
    return (weights @ values).transpose(-3, -2).flatten(-2)


class SelfAttention(nn.Module):
    """Multi-head attention among ``[..., T, d]``."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.project = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, bias: Tensor | None) -> Tensor:
        """``[..., T, d]`` to the same shape; the bias fits ``[..., heads, T, T]``."""
        split = self.project(x).unflatten(-1, (3, self.heads, -1)).transpose(-4, -2)
        queries, keys, values = split.unbind(-3)
        mixed: Tensor = self.out(attend(queries, keys, values, bias))
        return mixed


class CrossAttention(nn.Module):
    """Multi-head attention from ``[..., Q, d]`` to ``[..., K, d]``."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.project = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, queries: Tensor, keys: Tensor, bias: Tensor | None) -> Tensor:
        """Attend under a bias that fits ``[..., heads, Q, K]``; leading axes broadcast."""
        asked = self.query(queries).unflatten(-1, (self.heads, -1)).transpose(-3, -2)
        split = self.project(keys).unflatten(-1, (2, self.heads, -1)).transpose(-4, -2)
        keyed, values = split.unbind(-3)
        mixed: Tensor = self.out(attend(asked, keyed, values, bias))
        return mixed


class TransformerLayer(nn.Module):
    """Pre-norm self-attention and a feed-forward part of twice the width."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.attention = SelfAttention(width, heads)
        self.feed_norm = nn.LayerNorm(width)
        self.feed = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Dropout(dropout), nn.Linear(2 * width, width)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, bias: Tensor | None) -> Tensor:
        """``[..., T, d]`` to the same shape; bias as in `SelfAttention`."""
        x = x + self.dropout(self.attention(self.attention_norm(x), bias))
        out: Tensor = x + self.dropout(self.feed(self.feed_norm(x)))
        return out


_DROPOUT = 0.3
_FLOOR = 1e-4


def moments(x: Tensor, weight: Tensor) -> Tensor:
    """``[B, T, D]`` under weights ``[B, T]`` to ``[B, 4 D]``; zeros and `_FLOOR` if all weights are 0."""
    share = (weight / weight.sum(1, keepdim=True).clamp_min(_FLOOR))[..., None]
    mean = (share * x).sum(1, keepdim=True)
    away = x - mean
    variance = (share * away**2).sum(1) + _FLOOR
    above = (share * torch.relu(away) ** 2).sum(1) / variance
    pairs = weight[:, 1:] * weight[:, :-1]
    pairs = (pairs / pairs.sum(1, keepdim=True).clamp_min(_FLOOR))[..., None]
    change = (pairs * (x[:, 1:] - x[:, :-1]).abs()).sum(1)
    return torch.cat([mean.squeeze(1), variance.sqrt(), change, above], -1)


class AttentiveStatistics(nn.Module):
    """Moments of the frames, once over all real ones and once under each of some learned gates."""

    def __init__(self, width: int, context: int, gates: int, out: int) -> None:
        super().__init__()
        self.width = width
        self.gates = nn.Linear(context, gates)
        self.norm = nn.LayerNorm(4 * width * (1 + gates))
        self.mix = nn.Sequential(
            nn.Dropout(_DROPOUT),
            nn.Linear(4 * width * (1 + gates), 2 * out),
            nn.GELU(),
            nn.Dropout(_DROPOUT),
            nn.Linear(2 * out, out),
        )

    def forward(self, x: Tensor, weight: Tensor) -> Tensor:
        """Frames ``[B, T, context]`` and weights ``[B, T]`` of 0 or 1 to ``[B, out]``.

        The first `width` channels are measured; all of them decide how much a frame counts in each gate.
        """
        gates = torch.sigmoid(self.gates(x)) * weight[..., None]
        measured = x[..., : self.width]
        parts = [moments(measured, weight)]
        parts += [moments(measured, gates[..., i]) for i in range(gates.shape[-1])]
        mixed: Tensor = self.mix(self.norm(torch.cat(parts, -1)))
        return mixed


STANDARDISED_LIMIT = 8.0
"""In deviations of the training data: one broken feature value cannot outweigh all others."""


def positions(length: int, width: int) -> Tensor:
    """Sinusoidal positions ``[length, width]``."""
    step = torch.arange(length)[:, None]
    frequency = torch.exp(torch.arange(0, width, 2) * (-math.log(1e4) / width))
    table = torch.zeros(length, width)
    table[:, 0::2] = torch.sin(step * frequency)
    table[:, 1::2] = torch.cos(step * frequency)[:, : width // 2]
    return table


def masked_moments(x: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation ``[..., 1, D]`` over the frames of ``[..., T, D]`` with weights ``[..., T, 1]``."""
    count = weight.sum(-2, keepdim=True).clamp_min(1.0)
    mean = (x * weight).sum(-2, keepdim=True) / count
    variance = ((x - mean) ** 2 * weight).sum(-2, keepdim=True) / count
    return mean, (variance + 1e-4).sqrt()


def stride_weight(weight: Tensor, stride: int) -> Tensor:
    """Weights of strided frames: real if any of its frames is; ``[B, T]`` to ``[B, T / stride]``."""
    return weight.reshape(weight.shape[0], -1, stride).amax(-1)


class Standardise(nn.Module):
    """``(x - mean) / deviation`` by fixed buffers; masked-out slots become zero whatever they hold.

    With `relative`, the features less their mean over the window, in units of their deviation within it, are
    appended: they do not depend on a microphone's gain or a room's sound. In training a share `blind` of the
    features is hidden throughout a window (spatial dropout: Tompson et al. 2015, CVPR, section 4.2).
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, shape: ModalityConfig) -> None:
        super().__init__()
        self.relative, self.blind = shape.relative, shape.blind
        self.width = shape.width * (2 if shape.relative else 1) + 1
        self.register_buffer("mean", torch.zeros(shape.width))
        self.register_buffer("deviation", torch.ones(shape.width))

    def fit(self, frames: Tensor) -> None:
        """Take mean and deviation from frames ``[N, D]``."""
        self.mean.copy_(frames.mean(0))
        self.deviation.copy_(frames.std(0).clamp_min(1e-3))

    def forward(self, features: Tensor, mask: Tensor) -> Tensor:
        """``[B, T, D]`` and ``[B, T] bool`` to ``[B, T, width]``; the last channel is the mask."""
        real = mask[..., None]
        x = torch.where(real, features, torch.zeros_like(features))
        weight = real.to(x.dtype)
        x = ((x - self.mean) / self.deviation).clamp(-STANDARDISED_LIMIT, STANDARDISED_LIMIT) * weight
        if self.training and self.blind:
            # Not scaled up: the statistics of the rest are those of a window that has all.
            x = x * (torch.rand(len(x), 1, x.shape[-1], device=x.device) >= self.blind)
        if not self.relative:
            return torch.cat([x, weight], -1)
        mean, deviation = masked_moments(x, weight)
        return torch.cat([x, (x - mean) / (deviation + 0.1) * weight, weight], -1)


class Encoder(nn.Module):
    """Frame vectors Z_m of one modality."""

    positions: Tensor

    def __init__(self, config: ModelConfig, shape: ModalityConfig) -> None:
        super().__init__()
        halvings = round(math.log2(shape.stride))
        if 2**halvings != shape.stride or shape.length % shape.stride:
            raise CheckpointError(
                f"stride {shape.stride} does not fit {shape.length} slots: use a power of two that divides"
            )
        self.standardise = Standardise(shape)
        self.statistics = (
            AttentiveStatistics(shape.width, self.standardise.width, shape.statistics, config.width)
            if shape.statistics
            else None
        )
        strides = [2] * halvings or [1]
        self.project = nn.Sequential(
            nn.Linear(self.standardise.width, shape.hidden),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Linear(shape.hidden, config.width),
        )
        self.convolutions = nn.ModuleList(
            nn.Conv1d(config.width, config.width, 3, stride=stride, padding=1) for stride in strides
        )
        self.strides = strides
        self.activation = nn.GELU()
        self.dropout = nn.Dropout(config.dropout)
        self.register_buffer(
            "positions", 0.3 * positions(shape.length // shape.stride, config.width), persistent=False
        )
        self.layers = nn.ModuleList(
            TransformerLayer(config.width, config.heads, config.dropout) for _ in range(config.encoder_layers)
        )
        self.norm = nn.LayerNorm(config.width)

    def forward(self, features: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """``[B, T, D]``, ``[B, T] bool`` to frames ``[B, T', d]``, weights ``[B, T']`` (1 where real).

        T may be shorter than the config's length (training cuts batches to their longest window); it must be
        a multiple of the stride.
        """
        weight = mask.to(features.dtype)
        standard = self.standardise(features, mask)
        whole = 0.0 if self.statistics is None else self.statistics(standard, weight)[:, None]
        x = (self.project(standard) * weight[..., None]).transpose(1, 2)
        for convolution, stride in zip(self.convolutions, self.strides, strict=True):
            weight = stride_weight(weight, stride)
            x = self.activation(convolution(x)) * weight[:, None]
        x = self.dropout(x.transpose(1, 2)) + self.positions[: x.shape[2]] + whole
        bias = key_bias(weight)
        for layer in self.layers:
            x = layer(x, bias)
        return self.norm(x), weight
