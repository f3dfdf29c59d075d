"""What is known of less is never told more narrowly."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.modalities import MODALITIES, SUBSETS
from fsrf_live.fsrf.network.intervals import PATTERNS, Intervals, poorer_than, richer_than
from fsrf_live.fsrf.network.model import FSRF
from tests.doubles.packs import SMALL

BIT = {m: 1 << i for i, m in enumerate(MODALITIES)}
SEEDS = st.integers(0, 2**31)


def banded(intervals: Intervals, seed: int) -> None:
    """Random bands that keep the order, and random quantiles."""
    rng = np.random.default_rng(seed)
    for pattern in sorted(range(PATTERNS), key=int.bit_count, reverse=True):
        floor = max((float(intervals.widest[p]) for p in richer_than(pattern)), default=0.0)
        intervals.narrowest[pattern] = floor
        intervals.widest[pattern] = min(3.0, floor + rng.random())
    intervals.quantiles.copy_(torch.from_numpy(rng.random(PATTERNS) * 5))


def test_patterns_are_told_by_their_bits() -> None:
    assert [sum(BIT[m] for m in subset) for subset in SUBSETS] == list(range(1, PATTERNS))
    assert richer_than(7) == poorer_than(0) == ()
    assert richer_than(5) == (7,)
    assert poorer_than(5) == (0, 1, 4)
    assert all(a in richer_than(b) for a in range(PATTERNS) for b in poorer_than(a))


@given(SEEDS)
def test_no_interval_becomes_narrower_when_a_modality_goes(seed: int) -> None:
    model = FSRF(SMALL).eval()
    banded(model.intervals, seed)
    torch.manual_seed(seed)
    model.prior.copy_(torch.randn(SMALL.bins))
    logits = torch.randn(16, len(SUBSETS), SMALL.bins) * 10 * torch.rand(16, 1, 1)
    pattern = torch.arange(PATTERNS).expand(16, -1)
    distribution = model.distribution(logits, pattern)
    found = model.answer(distribution, pattern)
    width = found.interval[..., 1] - found.interval[..., 0]
    assert found.interval.abs().max() <= 3
    assert (found.interval[..., 0] <= found.score + 1e-6).all()
    assert (found.interval[..., 1] >= found.score - 1e-6).all()
    for richer in range(PATTERNS):
        for poorer in poorer_than(richer):
            assert (width[:, poorer] >= width[:, richer] - 1e-5).all()


@given(st.floats(-3, 3), st.floats(0, 3), st.floats(-3, 3))
def test_an_interval_keeps_its_width_and_holds_what_is_within_its_reach(
    score: float, half: float, truth: float
) -> None:
    intervals = Intervals(SMALL)
    said = torch.tensor(score)
    low, high = intervals.around(said, torch.tensor(half)).tolist()
    assert -3 <= low <= high <= 3
    assert abs(high - low - 2 * half) < 1e-5
    reach = float(intervals.reach(said, torch.tensor(truth)))
    if half > reach + 1e-5:
        assert low <= truth <= high
    if half < reach - 1e-5:
        assert not low <= truth <= high


def test_of_two_answers_of_a_pattern_the_unsurer_has_the_wider_interval() -> None:
    intervals = Intervals(SMALL)
    sure, unsure = intervals.half_width(torch.tensor([0.3, 0.6]), torch.tensor([7, 7])).tolist()
    assert 1.05 < unsure / sure < 1.5
