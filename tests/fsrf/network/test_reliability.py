"""What is foretold of a recovery follows how far the score moves with the real part."""

import numpy as np
import torch

from fsrf_live.fsrf.common import metrics
from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.fsrf.network.bins import ScoreBins
from fsrf_live.fsrf.network.intervals import PATTERNS
from fsrf_live.fsrf.network.reliability import Reliability, patterns_with
from tests.doubles.packs import SMALL

Answers = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def answers(rows: int, seed: int) -> Answers:
    """Each modality adds what it tells; a poorer answer is the broader, the more it may still move."""
    rng, bins = np.random.default_rng(seed), ScoreBins(SMALL)
    doubt = rng.uniform(0.2, 1.2, (rows, 1))
    parts = rng.normal(size=(rows, len(MODALITIES))) * doubt
    has = np.array([[p >> m & 1 for m in range(len(MODALITIES))] for p in range(PATTERNS)])
    centre = torch.from_numpy(parts @ has.T).float().clamp(-2.9, 2.9)
    spread = torch.from_numpy(doubt * np.sqrt(1 + (1 - has).sum(1))).float()
    distribution = bins.target(centre, spread)
    return distribution, bins.deviation(distribution), bins.score(distribution)


def test_the_foretold_reliability_follows_the_distance_on_new_samples() -> None:
    reliability = Reliability(SMALL)
    reliability.fit(*answers(4000, 0))
    distribution, deviation, score = answers(2000, 1)
    told = reliability(distribution, deviation, torch.arange(PATTERNS).expand(2000, -1))
    for pattern in range(1, PATTERNS):
        for place in range(len(MODALITIES)):
            if pattern in patterns_with(place):
                assert (told[:, pattern, place] == 1).all()
                continue
            moved = (score[:, pattern | 1 << place] - score[:, pattern]).abs()
            assert metrics.spearman(-moved.numpy(), told[:, pattern, place].numpy()) > 0.3


def test_before_it_is_fitted_a_recovery_is_trusted_by_half_and_nothing_by_nothing() -> None:
    distribution = torch.full((PATTERNS, SMALL.bins), 1 / SMALL.bins)
    told = Reliability(SMALL)(distribution, torch.ones(PATTERNS), torch.arange(PATTERNS))
    assert told[0].tolist() == [0, 0, 0]
    assert told[1].tolist() == [1, 0.5, 0.5]
    assert told[7].tolist() == [1, 1, 1]
