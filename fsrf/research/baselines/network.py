"""What all baselines share: FSRF's encoders and pools, a way to fuse what is available, a prior."""

from collections.abc import Mapping
from typing import Protocol

import torch
from torch import Tensor, nn

from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.fsrf.network.bins import ScoreBins
from fsrf_live.fsrf.network.encoder import Encoder
from fsrf_live.fsrf.network.recovery import Pool, subset_table


class Fuser(Protocol):
    """A baseline's own idea, an `nn.Module`."""

    def forward(self, pooled: Tensor, there: Tensor) -> Tensor:
        """Pooled modalities ``[B, 3, d]`` with availability ``[B, S, 3]`` to logits ``[B, S, bins]``."""

    def losses(self, pooled: Tensor, real: Tensor, there: Tensor) -> dict[str, Tensor]:
        """Its own losses by name; `real` ``[B, 3]``: in the data, `there`: in this view."""


class Baseline(nn.Module):
    """Encoders, pools and a fuser; `incomplete` says whether it is trained on incomplete views.

    `trusted` ``[3]`` is 1 for the modalities that answers may use.
    """

    prior: Tensor
    trusted: Tensor
    subsets: Tensor

    def __init__(self, config: ModelConfig, fuser: nn.Module, *, incomplete: bool) -> None:
        super().__init__()
        self.config = config
        self.incomplete = incomplete
        self.bins = ScoreBins(config)
        self.encoders = nn.ModuleDict({m: Encoder(config, config.modality(m)) for m in MODALITIES})
        self.pools = nn.ModuleDict({m: Pool(config.width) for m in MODALITIES})
        self.norm = nn.LayerNorm(config.width)
        self.fuser = fuser
        self.register_buffer("prior", torch.zeros(config.bins))
        self.register_buffer("trusted", torch.ones(len(MODALITIES)))
        self.register_buffer("subsets", subset_table(), persistent=False)

    def encoder(self, modality: Modality) -> Encoder:
        """The encoder of one modality."""
        encoder = self.encoders[modality]
        assert isinstance(encoder, Encoder)
        return encoder

    def own_losses(self, pooled: Tensor, real: Tensor, there: Tensor) -> dict[str, Tensor]:
        """The fuser's own losses."""
        fuser: Fuser = self.fuser  # type: ignore[assignment]
        return fuser.losses(pooled, real, there)

    def pooled(self, features: Mapping[Modality, Tensor], masks: Mapping[Modality, Tensor]) -> Tensor:
        """``[B, T, D]`` and ``[B, T] bool`` by modality to z ``[B, 3, d]``."""
        frames = {m: self.encoders[m](features[m], masks[m]) for m in MODALITIES}
        pooled: Tensor = self.norm(torch.stack([self.pools[m](*frames[m]) for m in MODALITIES], 1))
        return pooled

    def forward(
        self, features: Mapping[Modality, Tensor], masks: Mapping[Modality, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Scores ``[B, 7]`` and probabilities ``[B, 7, 3]`` of all subsets; the prior for an empty one."""
        there = available(masks)[:, None] * self.subsets * self.trusted
        logits = self.fuser(self.pooled(features, masks), there)
        nothing = there.sum(-1, keepdim=True) == 0
        distribution = torch.softmax(torch.where(nothing, self.prior, logits), -1)
        return self.bins.score(distribution), self.bins.probabilities(distribution)


def available(masks: Mapping[Modality, Tensor]) -> Tensor:
    """``[B, 3]``: 1 if the modality has a real frame, else 0."""
    return torch.stack([masks[m].any(1).float() for m in MODALITIES], 1)
