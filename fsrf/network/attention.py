"""Attention and the Transformer layer of the network, in operations that every engine knows.

Masks are added in as a large negative bias, never as infinities: a row without a single valid key stays
finite (its answer is not used), and half precision can hold it.
"""

import torch
from torch import Tensor, nn

MASKED = -1e4


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
