"""One Transformer over the pooled modalities: the zero-filled network, and modality dropout.

Both have the same layers. The zero-filled network is trained on complete data and gets zeros for what is
missing, as if they were data. With modality dropout (Neverova et al., TPAMI 2016) whole modalities and frames
are dropped in training, and a learned embedding marks what is available.
"""

import torch
from torch import Tensor, nn

from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.network.model import Fusion
from fsrf_live.fsrf.research.baselines.network import Baseline


class MaskedFusion(nn.Module):
    """Zeros for what is missing; with `marked` the network knows which modalities those are."""

    def __init__(self, config: ModelConfig, *, marked: bool) -> None:
        super().__init__()
        self.marked = marked
        self.fusion = Fusion(config, parts=1)

    def forward(self, pooled: Tensor, there: Tensor) -> Tensor:
        """As `fsrf.research.baselines.network.Fuser`."""
        tokens = pooled[:, None] * there[..., None]
        logits, _ = self.fusion.mix(tokens, there if self.marked else torch.ones_like(there))
        return logits

    def losses(self, pooled: Tensor, real: Tensor, there: Tensor) -> dict[str, Tensor]:
        """None but supervision."""
        return {}


def zero_filled(config: ModelConfig) -> Baseline:
    """Trained on complete data, given zeros for what is missing."""
    return Baseline(config, MaskedFusion(config, marked=False), incomplete=False)


def modality_dropout(config: ModelConfig) -> Baseline:
    """The same backbone, trained on incomplete views."""
    return Baseline(config, MaskedFusion(config, marked=True), incomplete=True)
