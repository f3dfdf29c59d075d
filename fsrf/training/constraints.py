"""Losses that give each factor its meaning, and the heads that only training needs."""

from itertools import combinations

import torch
from torch import Tensor, nn
from torch.nn import functional

from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.modalities import MODALITIES, SUBSETS
from fsrf_live.fsrf.network.bins import ScoreBins
from fsrf_live.fsrf.network.model import Semantics
from fsrf_live.fsrf.network.recovery import subset_table, true_parts
from fsrf_live.fsrf.training.losses import (
    bin_cross_entropy,
    central_moment_discrepancy,
    hsic,
    reliability_loss,
    reverse_gradient,
    standard_normal_kl,
    synergy_hinge,
)

Losses = dict[str, Tensor]
_ALONE = [SUBSETS.index((m,)) for m in MODALITIES]


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    """Weighted mean; 0 if all weights are 0."""
    return (values * weight).sum() / weight.sum().clamp_min(1e-6)


class Constraints(nn.Module):
    """Decoders, modality classifier, adversary and sufficiency heads over the factors of one view."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width = config.width
        self.bins = ScoreBins(config)
        self.synergy = config.system == "firf"
        self.parts = config.parts
        self.decoders = nn.ModuleDict({m: nn.Linear(self.parts * width, width) for m in MODALITIES})
        self.modality = nn.Linear(width, len(MODALITIES))
        self.adversary = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, 1))
        self.homogeneous = nn.Linear(width, config.bins)
        self.heterogeneous = nn.ModuleDict({m: nn.Linear(width, config.bins) for m in MODALITIES})

    def forward(
        self, seen: Semantics, there: Tensor, scores: Tensor, spread: float, agreeing: Tensor
    ) -> Losses:
        """Losses by name; `there` ``[B, 3]``, `agreeing` ``[B]`` are 0 or 1, scores ``[B, 7]`` targets."""
        losses = [
            self._factors(seen, there),
            self._noise(seen, there, scores) if self.parts == 3 else {},
            self._sufficiency(seen, there, scores, spread),
            self._redundancy(seen, there),
            self._recovery(seen, there, agreeing),
        ]
        return {name: value for group in losses for name, value in group.items()}

    def _factors(self, seen: Semantics, there: Tensor) -> Losses:
        """Reconstruction of z_m from its parts; o_m agree across modalities; e_m identifies its modality."""
        reconstruction, heterogeneous = there.new_zeros(()), there.new_zeros(())
        for column, m in enumerate(MODALITIES):
            parts = seen.factors[m]
            # z_m is the target, not a party: it must not shrink to become easy to reconstruct.
            whole = self.decoders[m](torch.cat(parts[1:], -1))
            error = (whole - parts.pooled.detach()).square().mean(-1)
            reconstruction = reconstruction + _mean(error, there[:, column])
            certainty = functional.log_softmax(self.modality(parts.heterogeneous), -1)[:, column]
            heterogeneous = heterogeneous + _mean(-certainty, there[:, column])
        homogeneous = there.new_zeros(())
        for (a, m), (b, k) in combinations(enumerate(MODALITIES), 2):
            both = (there[:, a] * there[:, b]) > 0
            if both.sum() > 1:  # one row has no distribution
                x, y = seen.factors[m].homogeneous[both], seen.factors[k].homogeneous[both]
                homogeneous = homogeneous + central_moment_discrepancy(x, y)
        return {
            "reconstruction": reconstruction / 3,
            "homogeneous": homogeneous / 3,
            "heterogeneous": heterogeneous / 3,
        }

    def _noise(self, seen: Semantics, there: Tensor, scores: Tensor) -> Losses:
        """n_m does not predict the score and is close to standard normal noise."""
        total = there.new_zeros(())
        for column, m in enumerate(MODALITIES):
            noise = seen.factors[m].noise
            guess = self.adversary(reverse_gradient(noise)).squeeze(-1)
            wrong = functional.smooth_l1_loss(guess, scores[:, _ALONE[column]], reduction="none")
            real = noise[there[:, column] > 0]
            spread = standard_normal_kl(real) if len(real) > 1 else total.new_zeros(())
            total = total + _mean(wrong, there[:, column]) + spread
        return {"noise": total / 3}

    def _sufficiency(self, seen: Semantics, there: Tensor, scores: Tensor, spread: float) -> Losses:
        """o_m and e_m each predict the score of their modality; FIRF's synergistic part does so better."""
        total, singles = there.new_zeros(()), []
        for column, m in enumerate(MODALITIES):
            target = self.bins.target(scores[:, _ALONE[column]], spread)
            parts = seen.factors[m]
            single = bin_cross_entropy(self.heterogeneous[m](parts.heterogeneous), target)
            shared = bin_cross_entropy(self.homogeneous(parts.homogeneous), target)
            total = total + _mean(single + shared, there[:, column])
            singles.append(single)
        losses = {"sufficiency": total / 6}
        if self.synergy:
            losses["synergy"] = self._synergy(seen, there, scores, spread)
        return losses

    def _synergy(self, seen: Semantics, there: Tensor, scores: Tensor, spread: float) -> Tensor:
        """The synergistic part of all modalities beats each heterogeneous part and is independent of them."""
        complete = there.amin(-1)
        target = self.bins.target(scores[:, -1], spread)
        shared = seen.recovered.homogeneous[:, -1, 0]
        own = bin_cross_entropy(self.homogeneous(shared), target)
        singles = torch.stack(
            [
                bin_cross_entropy(self.heterogeneous[m](seen.factors[m].heterogeneous), target)
                for m in MODALITIES
            ],
            -1,
        )
        whole = complete > 0
        dependence = [hsic(shared[whole], seen.factors[m].heterogeneous[whole]) for m in MODALITIES]
        return _mean(synergy_hinge(own, singles), complete) + _mean(own, complete) + sum(dependence) / 3

    def _redundancy(self, seen: Semantics, there: Tensor) -> Losses:
        """The parts of a modality, and the heterogeneous parts of different ones, are independent."""
        pairs: list[Tensor] = []
        for column, m in enumerate(MODALITIES):
            real = there[:, column] > 0
            parts = [part[real] for part in seen.factors[m][1 : 1 + self.parts]]
            pairs += [hsic(x, y) for x, y in combinations(parts, 2)]
        for (a, m), (b, k) in combinations(enumerate(MODALITIES), 2):
            both = (there[:, a] * there[:, b]) > 0
            pairs.append(hsic(seen.factors[m].heterogeneous[both], seen.factors[k].heterogeneous[both]))
        return {"redundancy": torch.stack(pairs).mean()}

    def _recovery(self, seen: Semantics, there: Tensor, agreeing: Tensor) -> Losses:
        """A recovered part has the direction of the true one, and its reliability predicts how closely.

        Only rows whose parts agree can be recovered from one another, so only they teach the recovery; the
        reliability learns from all.
        """
        # Detached: the parts must not become alike to be easier to recover.
        truth = true_parts(seen.factors).detach()[:, None].expand_as(seen.recovered.guesses)
        members = subset_table()
        known = (there[:, None] >= members).all(-1, keepdim=True)
        missing = (1 - members)[None] * there[:, None] * known
        guess = seen.recovered.guesses
        apart = 1 - functional.cosine_similarity(guess, truth, dim=-1)
        trust = reliability_loss(seen.recovered.reliability, guess, truth)
        return {
            "recovery": _mean(apart, missing * agreeing[:, None, None]),
            "reliability": _mean(trust, missing),
        }
