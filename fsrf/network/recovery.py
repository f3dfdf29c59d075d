"""Recovery of the semantics of missing modalities from the available ones, for many subsets at once.

A missing homogeneous part comes from the available homogeneous ones; a missing heterogeneous part by
attention of a learned query over the available (homogeneous, heterogeneous) parts; noise parts are dropped.
A reliability in [0, 1] says how far each recovery may be trusted: it learns to predict the agreement
(cosine) of a recovered part with the true one, which is known in training.

A recovered part is a function of parts that fusion sees too. So recovery adds nothing if labels teach the
answers to all subsets. If they teach complete samples alone, it carries the answers to the others and was
worth 3.8 points of F1 (.3 to 7.3; docs/composed.md, the ablation's two tables).
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.modalities import MODALITIES, SUBSETS, Modality
from fsrf_live.fsrf.network.encoder import CrossAttention, key_bias, masked_moments


class Factors(NamedTuple):
    """One modality's parts, each ``[B, d]``: `pooled` is z_m, whose factors the others are.

    If the config has no noise part, `noise` is ``[B, 0]``.
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
    """FSRF: o_m = E_o(z_m) with weights shared by all modalities, e_m = E_m(z_m), if asked n_m = N_m(z_m)."""

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

    At first a pooled part has a third of the size of the whole: it is brought to unit size before its
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


COUNT = len(MODALITIES)


def subset_table() -> Tensor:
    """``[7, 3]``: 1 if subset s holds modality m, else 0."""
    return torch.tensor([[float(m in subset) for m in MODALITIES] for subset in SUBSETS])


class Recovered(NamedTuple):
    """Parts for each of S subsets, true where available and recovered where not.

    homogeneous and heterogeneous ``[B, S, 3, d]``; reliability ``[B, S, 3]``, 1 where available; `guesses`
    ``[B, S, 3, 2d]`` are the recovered (homogeneous, heterogeneous) parts of every modality, the available
    ones included, so that training can compare them with the truth.
    """

    homogeneous: Tensor
    heterogeneous: Tensor
    reliability: Tensor
    guesses: Tensor


def true_parts(factors: Mapping[Modality, Factors]) -> Tensor:
    """``[B, 3, 2d]``: what recovery guesses, the (homogeneous, heterogeneous) parts of every modality."""
    return torch.stack(
        [torch.cat([factors[m].homogeneous, factors[m].heterogeneous], -1) for m in MODALITIES], 1
    )


class Recovery(nn.Module):
    """Learned queries that attend to the available parts to recover the missing ones."""

    subsets: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width = config.width
        self.synergy = config.system == "firf"
        self.kinds = nn.Parameter(torch.randn(2 * COUNT, width) * 0.1)
        self.queries = nn.Parameter(torch.randn(2 * COUNT, width) * 0.1)
        self.homogeneous = CrossAttention(width, config.heads)
        self.heterogeneous = CrossAttention(width, config.heads)
        self.homogeneous_out = nn.Sequential(nn.Linear(width, width), nn.LayerNorm(width))
        self.heterogeneous_out = nn.Sequential(nn.Linear(width, width), nn.LayerNorm(width))
        self.trust = nn.Sequential(nn.Linear(2 * width + COUNT, width), nn.GELU(), nn.Linear(width, 1))
        self.register_buffer("subsets", subset_table(), persistent=False)

    def forward(self, homogeneous: Tensor, heterogeneous: Tensor, subsets: Tensor) -> Recovered:
        """True parts ``[B, 3, d]`` each (any finite values where missing) to those of subsets ``[S, 3]``."""
        there = subsets[None, :, :, None]
        guessed_o = self._guess(self.homogeneous, self.homogeneous_out, homogeneous, subsets, 0)
        both = torch.cat([homogeneous, heterogeneous], 1)
        guessed_e = self._guess(self.heterogeneous, self.heterogeneous_out, both, subsets, COUNT)
        guesses = torch.cat([guessed_o, guessed_e], -1)
        context = subsets[None, :, None, :].expand(both.shape[0], -1, COUNT, -1)
        trust = torch.sigmoid(self.trust(torch.cat([guesses.detach(), context], -1))).squeeze(-1)
        if self.synergy:
            shared = guessed_o.mean(2, keepdim=True).expand(-1, -1, COUNT, -1)
        else:
            shared = torch.where(there > 0, homogeneous[:, None], guessed_o)
        return Recovered(
            shared,
            torch.where(there > 0, heterogeneous[:, None], guessed_e),
            torch.where(subsets[None] > 0, torch.ones_like(trust), trust),
            guesses,
        )

    def _guess(
        self, attention: CrossAttention, out: nn.Module, keys: Tensor, subsets: Tensor, first: int
    ) -> Tensor:
        """Ask ``[B, K, d]`` with three queries, for each subset: ``[B, S, 3, d]``."""
        bias = key_bias(subsets.repeat(1, keys.shape[1] // COUNT))
        keyed = (keys + self.kinds[: keys.shape[1]])[:, None]
        guess: Tensor = out(attention(self.queries[first : first + COUNT], keyed, bias))
        return guess
