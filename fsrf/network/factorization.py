"""Factorization of a modality's frame vectors into a homogeneous, a heterogeneous and perhaps a noise part.

FSRF factors the pooled representation (homo-heterogeneous factorization, arXiv 2510.16086, abstract); FIRF
splits every frame by complementary gates first and pools afterwards (doi 10.1109/LSP.2025.3552435, abstract).
The layers are this project's; the papers' own are not public.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.fsrf.network.encoder import masked_moments


class Factors(NamedTuple):
    """One modality's parts, each ``[B, d]``: `pooled` is z_m, whose factors the others are.

    Where the config has no noise part, `noise` is ``[B, 0]``.
    """

    pooled: Tensor
    homogeneous: Tensor
    heterogeneous: Tensor
    noise: Tensor


class Pool(nn.Module):
    """Masked mean and deviation over frames, mixed to one vector."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mix = nn.Linear(2 * width, width)

    def forward(self, frames: Tensor, weight: Tensor) -> Tensor:
        """``[B, T, d]``, ``[B, T]`` to ``[B, d]``."""
        mean, deviation = masked_moments(frames, weight[..., None])
        pooled: Tensor = self.mix(torch.cat([mean, deviation], -1)).squeeze(-2)
        return pooled


def part(width: int) -> nn.Sequential:
    """A factor's extractor: ``[..., d]`` to ``[..., d]``."""
    return nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, width), nn.LayerNorm(width))


class HomoHeterogeneous(nn.Module):
    """FSRF: o_m = E_o(z_m) with weights shared by all modalities, e_m = E_m(z_m), perhaps n_m = N_m(z_m)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.pool = nn.ModuleDict({m: Pool(config.width) for m in MODALITIES})
        self.homogeneous = part(config.width)
        self.heterogeneous = nn.ModuleDict({m: part(config.width) for m in MODALITIES})
        self.noise = nn.ModuleDict({m: part(config.width) for m in MODALITIES} if config.noise else {})

    def forward(self, modality: Modality, frames: Tensor, weight: Tensor) -> Factors:
        """Frame vectors ``[B, T, d]`` and weights ``[B, T]`` to the modality's factors."""
        z = self.pool[modality](frames, weight)
        noise = self.noise[modality](z) if self.noise else z[:, :0]
        return Factors(z, self.homogeneous(z), self.heterogeneous[modality](z), noise)


class ComplementaryGates(nn.Module):
    """FIRF: softmax(W_m Z) splits each frame's channels into three parts that sum to the frame exactly.

    A pooled part is at first a third of what it is a part of: it is brought to unit size before its
    extractor, whose biases would drown it (some seeds learned next to nothing in a short training).
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.pool = nn.ModuleDict({m: Pool(config.width) for m in MODALITIES})
        self.gates = nn.ModuleDict({m: nn.Linear(config.width, 3 * config.width) for m in MODALITIES})
        self.size = nn.LayerNorm(config.width, elementwise_affine=False)
        self.homogeneous = part(config.width)
        self.heterogeneous = nn.ModuleDict({m: part(config.width) for m in MODALITIES})

    def split(self, modality: Modality, frames: Tensor) -> Tensor:
        """Synergistic, heterogeneous and noise parts ``[B, T, 3, d]`` of ``[B, T, d]``; they sum to it."""
        gates = torch.softmax(self.gates[modality](frames).unflatten(-1, (3, -1)), dim=-2)
        return gates * frames.unsqueeze(-2)

    def forward(self, modality: Modality, frames: Tensor, weight: Tensor) -> Factors:
        """Frame vectors ``[B, T, d]`` and weights ``[B, T]`` to the modality's factors."""
        pool = self.pool[modality]
        synergistic, heterogeneous, noise = self.split(modality, frames).unbind(-2)
        return Factors(
            pool(frames, weight),
            self.homogeneous(self.size(pool(synergistic, weight))),
            self.heterogeneous[modality](self.size(pool(heterogeneous, weight))),
            pool(noise, weight),
        )
