"""Recovery of the semantics of missing modalities from those that are there, for many subsets at once.

A missing homogeneous part comes from the available homogeneous ones; a missing heterogeneous part by
attention of a learned query over the available (homogeneous, heterogeneous) parts; noise parts are dropped.
A reliability in [0, 1] says how far each recovery may be trusted: it learns to foretell the agreement
(cosine) of a recovered part with the true one, which training knows.

What is recovered is a function of what fusion sees as well. So it adds nothing where labels teach the answers
to all subsets; where they teach complete samples alone, it carries the answers to the others, and was worth
3.8 points of F1 there (.3 to 7.3; docs/composed.md, the ablation's two tables).
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.modalities import MODALITIES, SUBSETS, Modality
from fsrf_live.fsrf.network.attention import CrossAttention, key_bias
from fsrf_live.fsrf.network.factorization import Factors

COUNT = len(MODALITIES)


def subset_table() -> Tensor:
    """``[7, 3]``: 1 where subset s holds modality m."""
    return torch.tensor([[float(m in subset) for m in MODALITIES] for subset in SUBSETS])


class Recovered(NamedTuple):
    """Parts for each of S subsets, true where available and recovered where not.

    homogeneous and heterogeneous ``[B, S, 3, d]``; reliability ``[B, S, 3]``, 1 where available; `guesses`
    ``[B, S, 3, 2d]`` are the recovered (homogeneous, heterogeneous) parts of every modality, also where it is
    available, so that training can compare them with the truth.
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
    """Learned queries that ask the available parts for the missing ones."""

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
        context = subsets[None, :, None, :].expand(len(both), -1, COUNT, -1)
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
