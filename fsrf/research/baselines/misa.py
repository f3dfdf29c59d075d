"""Shared and private parts with reconstruction, in the manner of MISA (Hazarika et al., ACM MM 2020).

A modality-invariant part from an encoder that all modalities share and a specific one of its own: the shared
ones agree (CMD), shared and private are orthogonal, both rebuild the modality. Trained on incomplete views,
which the original is not: without them it cannot be compared.
"""

from itertools import combinations

import torch
from torch import Tensor, nn
from torch.nn import functional

from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.fsrf.network.model import Fusion
from fsrf_live.fsrf.network.recovery import part
from fsrf_live.fsrf.research.baselines.network import Baseline
from fsrf_live.fsrf.training.losses import central_moment_discrepancy


class SharedPrivate(nn.Module):
    """Six tokens, three shared and three private, fused by a Transformer."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.shared = part(config.width)
        self.private = nn.ModuleList(part(config.width) for _ in MODALITIES)
        self.decoders = nn.ModuleList(nn.Linear(config.width, config.width) for _ in MODALITIES)
        self.fusion = Fusion(config)

    def _parts(self, pooled: Tensor) -> tuple[Tensor, Tensor]:
        private = torch.stack([own(pooled[:, i]) for i, own in enumerate(self.private)], 1)
        return self.shared(pooled), private

    def forward(self, pooled: Tensor, there: Tensor) -> Tensor:
        """As `fsrf.research.baselines.network.Fuser`."""
        shared, private = (parts[:, None] * there[..., None] for parts in self._parts(pooled))
        logits, _ = self.fusion.mix(torch.cat([shared, private], -2), there)
        return logits

    def losses(self, pooled: Tensor, real: Tensor, there: Tensor) -> dict[str, Tensor]:
        """`homogeneous` (CMD of the shared parts), `redundancy` (orthogonality) and `reconstruction`."""
        shared, private = self._parts(pooled)
        rebuilt = torch.stack(
            [decode(shared[:, i] + private[:, i]) for i, decode in enumerate(self.decoders)], 1
        )
        error = ((rebuilt - pooled.detach()).square().mean(-1) * real).sum() / real.sum().clamp_min(1)
        apart, agree = pooled.new_zeros(()), pooled.new_zeros(())
        for i in range(len(MODALITIES)):
            rows = real[:, i] > 0
            apart = apart + _overlap(shared[rows, i], private[rows, i])
        for i, k in combinations(range(len(MODALITIES)), 2):
            rows = (real[:, i] * real[:, k]) > 0
            if rows.sum() > 1:
                agree = agree + central_moment_discrepancy(shared[rows, i], shared[rows, k]) / 3
                apart = apart + _overlap(private[rows, i], private[rows, k])
        return {"homogeneous": agree, "redundancy": apart / 6, "reconstruction": error}


def _overlap(x: Tensor, y: Tensor) -> Tensor:
    """Squared norm of the product of centred, normalised ``[N, d]`` and ``[N, d]``, mean over entries."""
    if len(x) == 0:
        return x.new_zeros(())
    x, y = (functional.normalize(part - part.mean(0), dim=-1) for part in (x, y))
    return (x.T @ y).square().mean()


def misa(config: ModelConfig) -> Baseline:
    """Shared and private parts, trained on incomplete views."""
    return Baseline(config, SharedPrivate(config), incomplete=True)
