"""FSRF: sentiment from text, audio and video, any of which may be missing; FIRF is a config of the same code.

Each modality is encoded once; recovery and fusion run for all seven availability subsets as a batched axis. A
subset that names a modality without a single real frame answers exactly as the subset without it, and without
any evidence the answer is the prior. There is no data-dependent control flow, so the network can be exported
unchanged.
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

from fsrf_live.fsrf.common.answers import Answers
from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.modalities import MODALITIES, SUBSETS, Modality
from fsrf_live.fsrf.network.bins import ScoreBins
from fsrf_live.fsrf.network.encoder import Encoder, TransformerLayer
from fsrf_live.fsrf.network.intervals import PATTERNS, Intervals
from fsrf_live.fsrf.network.recovery import (
    ComplementaryGates,
    Factors,
    HomoHeterogeneous,
    Recovered,
    Recovery,
)
from fsrf_live.fsrf.network.reliability import Reliability


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

        A recovered part is scaled by its reliability, which learns only from its own loss (hence the detach).
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


class Semantics(NamedTuple):
    """What the network made of a batch, for training.

    Logits ``[B, 7, bins]`` and fused F ``[B, 7, d]`` of every subset, as if all three modalities were
    available, and the factors and recoveries that they were computed from.
    """

    logits: Tensor
    fused: Tensor
    factors: Mapping[Modality, Factors]
    recovered: Recovered


class FSRF(nn.Module):
    """The network. `forward` is what engines run; the other methods are its steps."""

    prior: Tensor
    temperature: Tensor
    bits: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.bins = ScoreBins(config)
        self.encoders = nn.ModuleDict({m: Encoder(config, config.modality(m)) for m in MODALITIES})
        self.factorization = (ComplementaryGates if config.system == "firf" else HomoHeterogeneous)(config)
        self.recovery = Recovery(config)
        self.fusion = Fusion(config)
        self.intervals = Intervals(config)
        self.reliability = Reliability(config)
        self.register_buffer("prior", torch.zeros(config.bins))
        self.register_buffer("temperature", torch.ones(PATTERNS))
        self.register_buffer("bits", 2.0 ** torch.arange(len(MODALITIES)), persistent=False)

    def encoder(self, modality: Modality) -> Encoder:
        """The encoder of one modality."""
        encoder = self.encoders[modality]
        assert isinstance(encoder, Encoder)
        return encoder

    def factor(self, modality: Modality, features: Tensor, mask: Tensor) -> Factors:
        """Encode and factor one modality: ``[B, T, D]``, ``[B, T] bool``."""
        frames, weight = self.encoders[modality](features, mask)
        factors: Factors = self.factorization(modality, frames, weight)
        return factors

    def fuse(self, factors: Mapping[Modality, Factors], which: slice = slice(None)) -> Semantics:
        """Recover and fuse the factors of all three modalities, for all seven subsets or some of them."""
        subsets = self.recovery.subsets[which]
        recovered = self.recovery(
            torch.stack([factors[m].homogeneous for m in MODALITIES], 1),
            torch.stack([factors[m].heterogeneous for m in MODALITIES], 1),
            subsets,
        )
        logits, fused = self.fusion(recovered, subsets)
        return Semantics(logits, fused, factors, recovered)

    def alone(self, modality: Modality, features: Tensor, mask: Tensor) -> Semantics:
        """What one modality, ``[B, T, D]`` and ``[B, T] bool``, says alone: of its own subset only."""
        own = self.factor(modality, features, mask)
        nothing = Factors(*(torch.zeros_like(part) for part in own))
        subset = SUBSETS.index((modality,))
        return self.fuse(
            {m: own if m == modality else nothing for m in MODALITIES}, slice(subset, subset + 1)
        )

    def semantics(self, features: Mapping[Modality, Tensor], masks: Mapping[Modality, Tensor]) -> Semantics:
        """All steps but the last: no prior, no calibration."""
        return self.fuse({m: self.factor(m, features[m], masks[m]) for m in MODALITIES})

    def pattern(self, masks: Mapping[Modality, Tensor]) -> Tensor:
        """Availability pattern ``[B, 7] int64`` of each subset: its modalities that have a real frame."""
        there = torch.stack([masks[m].to(torch.float32).amax(1) for m in MODALITIES], 1)
        return (there[:, None] * self.recovery.subsets * self.bits).sum(-1).to(torch.int64)

    def distribution(self, logits: Tensor, pattern: Tensor) -> Tensor:
        """Calibrated distributions ``[B, 7, bins]``: the logits of each subset's availability pattern."""
        prior = self.prior.expand(logits.shape[0], 1, -1)
        table = torch.cat([prior, logits], 1) / self.temperature[:, None]
        index = pattern[..., None].expand(-1, -1, self.config.bins)
        return torch.softmax(torch.gather(table, 1, index), dim=-1)

    def answer(self, distribution: Tensor, pattern: Tensor) -> Answers[Tensor]:
        """Distributions ``[..., bins]`` and patterns ``[...]`` to the answers."""
        score, deviation = self.bins.score(distribution), self.bins.deviation(distribution)
        half = self.intervals.half_width(deviation, pattern)
        recovery = self.reliability(distribution, deviation, pattern)
        interval = self.intervals.around(score, half)
        return Answers(score, self.bins.probabilities(distribution), interval, recovery)

    def forward(
        self, features: Mapping[Modality, Tensor], masks: Mapping[Modality, Tensor]
    ) -> Answers[Tensor]:
        """Features ``[B, T, D] float32`` and masks ``[B, T] bool`` by modality to all answers."""
        semantics = self.semantics(features, masks)
        pattern = self.pattern(masks)
        distribution = self.distribution(semantics.logits, pattern)
        return self.answer(distribution, pattern)
