"""Distribution-aligned self-distillation between two incomplete views of one batch, both directions.

Each view is a subset of the modalities with a part of its frames gone. MMD² aligns the distributions of the
homogeneous, heterogeneous and fused representations, KL the distributions over score bins of each sample;
the target of each direction gets no gradient. Both are off in the recipes that are used (docs/composed.md):
if labels teach every subset, another view's answer only blurs a known label, and representations of two views
of one kind have the same distribution already.

FIRF also calibrates: the poorer view's parts, re-standardised bin by bin to the richer view's statistics, are
fused again and must give the same answer.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.network.model import FSRF, Semantics
from fsrf_live.fsrf.training.losses import BinStatistics, distillation_kl, gaussian_w2, mmd

COARSE_BINS = 7
"""Of the predicted score: few enough that a batch has several rows in each."""
SAME_SCORE = 0.5
"""Score points below which two subsets have the same target, so that one may teach the other."""


class View(NamedTuple):
    """One view of B samples as its subsets see it; `richness` ``[B]``: how many frames are real."""

    logits: Tensor
    fused: Tensor
    homogeneous: Tensor
    heterogeneous: Tensor
    score: Tensor
    richness: Tensor
    subset: Tensor


def look(seen: Semantics, subset: Tensor, scores: Tensor, richness: Tensor) -> View:
    """The view of each row's subset ``[B]``; scores ``[B, 7]`` are the targets."""
    row = torch.arange(len(subset))
    return View(
        seen.logits[row, subset],
        seen.fused[row, subset],
        seen.recovered.homogeneous[row, subset],
        seen.recovered.heterogeneous[row, subset],
        scores[row, subset],
        richness,
        subset,
    )


def mutual_losses(first: View, second: View, *, one_way: bool) -> dict[str, Tensor]:
    """`alignment` (MMD²) and `distillation` (KL on bins) between two views.

    KL counts only for rows whose two subsets have the same score. With `one_way` only the view that is richer
    on average teaches.
    """
    directions = [(first, second), (second, first)]
    if one_way:
        directions = [min(directions, key=lambda pair: float(pair[0].richness.sum()))]
    same = ((first.score - second.score).abs() < SAME_SCORE).float()
    alignment, distillation = first.logits.new_zeros(()), first.logits.new_zeros(())
    for student, teacher in directions:
        for a, b in zip(student[1:4], teacher[1:4], strict=True):
            alignment = alignment + mmd(a.flatten(1), b.flatten(1)) / 3
        distances = distillation_kl(student.logits, teacher.logits)
        distillation = distillation + (distances * same).sum() / same.sum().clamp_min(1)
    return {"alignment": alignment / len(directions), "distillation": distillation / len(directions)}


class DistributionCalibration(nn.Module):
    """FIRF: running statistics of all parts by coarse bin of the predicted score, of both kinds of view."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width = 6 * config.width
        self.low, self.high = config.score_low, config.score_high
        self.rich = BinStatistics(COARSE_BINS, width)
        self.poor = BinStatistics(COARSE_BINS, width)

    def forward(self, model: FSRF, first: View, second: View) -> Tensor:
        """The loss of one pair of views; also updates the statistics."""
        first_richer = first.richness >= second.richness
        rich, poor = (_choose(first_richer, a, b) for a, b in ((first, second), (second, first)))
        rich_parts, poor_parts = _parts(rich), _parts(poor)
        rich_bin, poor_bin = (self._bin(model, view.logits) for view in (rich, poor))
        self.rich.update(rich_parts.detach(), rich_bin)
        self.poor.update(poor_parts.detach(), poor_bin)
        moved = self.poor.move(poor_parts, poor_bin, self.rich)
        logits, _ = model.fusion.mix(moved.reshape(len(moved), 6, -1), model.recovery.subsets[poor.subset])
        both = distillation_kl(logits, rich.logits) + distillation_kl(rich.logits, logits)
        return both.mean() + gaussian_w2(poor_parts, rich_parts)

    def _bin(self, model: FSRF, logits: Tensor) -> Tensor:
        score = model.bins.score(torch.softmax(logits.detach(), -1))
        share = (score - self.low) / (self.high - self.low)
        return (share * COARSE_BINS).long().clamp(0, COARSE_BINS - 1)


def _choose(condition: Tensor, a: View, b: View) -> View:
    """Row by row: a if the condition holds, else b."""
    return View(
        *(torch.where(condition.reshape(-1, *[1] * (x.dim() - 1)), x, y) for x, y in zip(a, b, strict=True))
    )


def _parts(view: View) -> Tensor:
    """All parts of a view, ``[B, 6 d]``."""
    return torch.cat([view.homogeneous, view.heterogeneous], 1).flatten(1)
