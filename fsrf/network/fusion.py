"""Fusion: a Transformer over the six semantic parts and what is known of their availability."""

import torch
from torch import Tensor, nn

from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.fsrf.network.attention import TransformerLayer
from fsrf_live.fsrf.network.recovery import Recovered


class Fusion(nn.Module):
    """Tokens [o_t, o_a, o_v, e_t, e_a, e_v] and a summary token to logits over score bins.

    `parts` is how many tokens there are of each modality.
    """

    def __init__(self, config: ModelConfig, parts: int = 2) -> None:
        super().__init__()
        self.parts = parts
        width, slots = config.width, parts * len(MODALITIES)
        self.summary = nn.Parameter(torch.randn(1, width) * 0.1)
        self.slots = nn.Parameter(torch.randn(slots, width) * 0.1)
        self.available = nn.Parameter(torch.randn(slots, width) * 0.1)
        self.layers = nn.ModuleList(
            TransformerLayer(width, config.heads, config.dropout) for _ in range(config.fusion_layers)
        )
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(config.dropout)
        self.logits = nn.Linear(width, config.bins)

    def forward(self, parts: Recovered, subsets: Tensor) -> tuple[Tensor, Tensor]:
        """Parts of subsets ``[S, 3]`` to logits ``[B, S, bins]`` and fused F ``[B, S, d]``.

        A recovered part enters scaled by its reliability, which learns from a loss of its own alone.
        """
        tokens = torch.cat([parts.homogeneous, parts.heterogeneous], 2)
        trust = torch.cat([parts.reliability, parts.reliability], 2).detach()[..., None]
        return self.mix(tokens * trust, subsets)

    def mix(self, tokens: Tensor, subsets: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens ``[..., 3 P, d]`` of subsets ``[..., 3]`` to logits ``[..., bins]`` and F ``[..., d]``."""
        there = torch.cat([subsets] * self.parts, -1)[..., None]
        tokens = tokens + self.slots + there * self.available
        summary = self.summary.expand(*tokens.shape[:-2], 1, -1)
        x = torch.cat([summary, tokens], -2)
        for layer in self.layers:
            x = layer(x, None)
        fused = self.norm(x[..., 0, :])
        return self.logits(self.dropout(fused)), fused
