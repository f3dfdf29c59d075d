"""How far the recovery of a missing modality may be trusted: by how much the score would likely move with it.

A network answers for every set of modalities of a window, so on held-out samples that have all of them it is
known how far the score moves when a missing modality comes back. That distance is foretold from the answer
without it, linearly in the distribution over score bins and its deviation, for each availability pattern and
missing modality (ridge regression: Hoerl and Kennard 1970, Technometrics 12:55-67; `training.conformal` fits
it). Reliability is 1 less that distance over the one by which scores differ from each other anyway: 1 if
nothing would change, 0 if the recovered part may as well be a guess.
"""

import torch
from torch import Tensor, nn

from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.fsrf.network.intervals import PATTERNS

_PENALTY = 1e-3
"""Against weights of bins that hardly any answer uses; relative to the mean square of a feature."""


def patterns_with(modality: int) -> tuple[int, ...]:
    """The patterns that have the modality of this place."""
    return tuple(p for p in range(PATTERNS) if p >> modality & 1)


class Reliability(nn.Module):
    """Foretells the distance ``[..., 3]`` and says what it means for trust.

    weights ``[8, 3, bins + 1]`` of the features of an answer, by pattern and missing modality; span ``[]`` in
    score points. Until they are fitted every recovery is trusted by half.
    """

    weights: Tensor
    span: Tensor
    there: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        weights = torch.zeros(PATTERNS, len(MODALITIES), config.bins + 1)
        weights[..., :-1] = 0.5
        there = torch.zeros(PATTERNS, len(MODALITIES))
        for place in range(len(MODALITIES)):
            there[list(patterns_with(place)), place] = 1
        self.register_buffer("weights", weights)
        self.register_buffer("span", torch.tensor(1.0))
        self.register_buffer("there", there, persistent=False)

    def forward(self, distribution: Tensor, deviation: Tensor, pattern: Tensor) -> Tensor:
        """Reliabilities ``[..., 3]`` for answers ``[..., bins]`` and ``[...]`` of patterns ``[...] int64``.

        1 for what is there, 0 for everything if nothing is.
        """
        features = torch.cat([distribution, deviation[..., None]], -1)
        moved = (features[..., None, :] * self.weights[pattern]).sum(-1)
        trusted = (1 - moved / self.span).clamp(0, 1) * (pattern > 0).to(moved.dtype)[..., None]
        return torch.maximum(trusted, self.there[pattern])

    @torch.no_grad()
    def fit(self, distribution: Tensor, deviation: Tensor, score: Tensor) -> None:
        """Fit to held-out answers of all patterns: ``[N, 8, bins]``, ``[N, 8]`` and ``[N, 8]``."""
        complete = score[:, -1]
        self.span.copy_((complete - complete.median()).abs().mean().clamp_min(1e-3))
        features = torch.cat([distribution, deviation[..., None]], -1).double()
        for place in range(len(MODALITIES)):
            for pattern in set(range(1, PATTERNS)) - set(patterns_with(place)):
                moved = (score[:, pattern | 1 << place] - score[:, pattern]).abs().double()
                self.weights[pattern, place] = _ridge(features[:, pattern], moved).float()


def _ridge(x: Tensor, y: Tensor) -> Tensor:
    square = x.T @ x / len(x)
    penalty = _PENALTY * square.diagonal().mean() * torch.eye(len(square), dtype=x.dtype)
    weights: Tensor = torch.linalg.solve(square + penalty, x.T @ y / len(x))
    return weights
