"""Heads that see one modality each: late fusion of them, and the best single one.

Late fusion answers the mean of the available heads' distributions; the best single modality, chosen on
validation, answers alone or, if it is missing, not at all.
"""

import torch
from torch import Tensor, nn

from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.fsrf.research.baselines.network import Baseline


class LateFusion(nn.Module):
    """Mean of the available heads' distributions."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.heads = nn.ModuleList(nn.Linear(config.width, config.bins) for _ in MODALITIES)

    def forward(self, pooled: Tensor, there: Tensor) -> Tensor:
        """As `fsrf.research.baselines.network.Fuser`."""
        logits = torch.stack([head(pooled[:, i]) for i, head in enumerate(self.heads)], 1)
        own = torch.softmax(logits, -1)[:, None]
        weight = there[..., None]
        mixed = (own * weight).sum(2) / weight.sum(2).clamp_min(1e-6)
        return torch.log(mixed.clamp_min(1e-6))

    def losses(self, pooled: Tensor, real: Tensor, there: Tensor) -> dict[str, Tensor]:
        """None but supervision."""
        return {}


def late_fusion(config: ModelConfig) -> Baseline:
    """Heads of single modalities, trained on incomplete views and averaged."""
    return Baseline(config, LateFusion(config), incomplete=True)


def keep_only(network: Baseline, column: int) -> None:
    """Let one modality answer alone; if it is missing the answer is the prior."""
    network.trusted.zero_()[column] = 1.0
