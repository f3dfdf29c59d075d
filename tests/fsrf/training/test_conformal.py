from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.data.compose import Composer
from fsrf_live.fsrf.data.packs import load_packs
from fsrf_live.fsrf.network.inference import answer
from fsrf_live.fsrf.network.intervals import PATTERNS, Intervals, richer_than
from fsrf_live.fsrf.network.model import FSRF
from fsrf_live.fsrf.training.conformal import (
    LEVEL,
    TOO_WIDE,
    best_temperature,
    calibrate,
    conformal_quantile,
    fit_intervals,
    held_out_answers,
)
from tests.doubles.packs import SMALL, write_packs


@given(st.integers(10, 300), st.floats(0.5, 0.99))
def test_the_quantile_leaves_at_most_the_allowed_share_outside(count: int, level: float) -> None:
    residuals = np.random.default_rng(count).random(count)
    inside = np.sum(residuals <= conformal_quantile(residuals, level))
    assert inside >= min(np.ceil((count + 1) * level), count)
    assert inside <= (count + 1) * level + 1


def test_new_exchangeable_samples_are_covered_at_the_level() -> None:
    rng = np.random.default_rng(2)
    covered = [
        np.mean(rng.exponential(size=200) <= conformal_quantile(rng.exponential(size=100), 0.9))
        for _ in range(200)
    ]
    assert np.mean(covered) == pytest.approx(0.9, abs=0.015)


def test_the_best_temperature_undoes_overconfidence() -> None:
    torch.manual_seed(0)
    logits = torch.randn(400, 5)
    target = torch.softmax(logits, -1)
    assert best_temperature(logits, target) == pytest.approx(1.0, abs=0.03)
    assert best_temperature(1.6 * logits, target) == pytest.approx(1.6, rel=0.03)


def test_after_calibration_the_held_out_samples_are_covered_in_every_subset(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = FSRF(SMALL).eval()
    composer = Composer(load_packs(write_packs(tmp_path)), SMALL, "calibration")
    batch = composer.composed(120, np.random.default_rng(1))
    facts = calibrate(model, held_out_answers(model, batch), 0.35)
    interval = answer(model, batch.features, batch.masks).interval
    truth = batch.scores[:, -1:]
    inside = (truth >= interval[..., 0] - 1e-4) & (truth <= interval[..., 1] + 1e-4)
    assert (inside.mean(0) >= LEVEL - 0.01).all()
    assert set(facts["quantiles"]) == set(facts["temperatures"]) == set(facts["widest"])
    assert len(facts["quantiles"]) == 8
    prior = model.bins.score(torch.softmax(model.prior, -1))
    assert float(prior) == pytest.approx(float(truth.mean()), abs=0.2)


def residuals(seed: int, rows: int = 2000, *, useful: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Of patterns that know the less the fewer modalities they have; with deviations that tell it, or not."""
    rng = np.random.default_rng(seed)
    deviation = rng.uniform(0.5, 1.5, (rows, PATTERNS)) * np.linspace(1.1, 0.5, PATTERNS)
    scale = deviation if useful else np.linspace(1.1, 0.5, PATTERNS)
    reach = np.minimum(np.abs(rng.normal(size=(rows, PATTERNS))) * scale, 3.0)
    return torch.from_numpy(reach).float(), torch.from_numpy(deviation).float()


@pytest.mark.parametrize("useful", [True, False])
def test_bands_keep_the_order_of_patterns_and_the_level(useful: bool) -> None:
    intervals = Intervals(SMALL)
    reach, deviation = residuals(0, useful=useful)
    fit_intervals(intervals, reach, deviation)
    for pattern in range(PATTERNS):
        assert intervals.narrowest[pattern] <= intervals.widest[pattern]
        for richer in richer_than(pattern):
            assert intervals.widest[richer] < intervals.narrowest[pattern]
    reach, deviation = residuals(1, useful=useful)
    half = intervals.half_width(deviation, torch.arange(PATTERNS).expand(len(reach), -1))
    covered = (reach <= half).float().mean(0)
    assert (covered > LEVEL - 0.025).all()
    assert covered[-1] < LEVEL + 0.025


def test_with_nothing_at_all_the_scale_may_be_told_so_that_single_modalities_differ() -> None:
    intervals = Intervals(SMALL)
    reach, deviation = residuals(0, useful=True)
    several = [3, 5, 6, 7]
    reach[:, several], deviation[:, several] = 0.3 * reach[:, several], 0.3 * deviation[:, several]
    reach[:, 0] = 1.0  # the truth always lies so near the prior
    fit_intervals(intervals, reach, deviation)
    half = intervals.half_width(deviation, torch.arange(PATTERNS).expand(len(reach), -1))
    singles = [1, 2, 4]
    assert (half[:, singles].std(0) > 0.1).all()
    assert ((reach <= half).float().mean(0)[singles] < LEVEL + 0.025).all()
    assert (half[:, singles].amax(0) < half[:, 0].amin()).all()


def test_deviations_that_tell_the_error_are_followed_and_others_less() -> None:
    told, untold = Intervals(SMALL), Intervals(SMALL)
    fit_intervals(told, *residuals(0, useful=True))
    fit_intervals(untold, *residuals(0, useful=False))
    assert told.sensitivity < untold.sensitivity
    spreads = []
    for intervals in (told, untold):
        half = intervals.half_width(torch.tensor([0.4, 0.7]), torch.tensor([7, 7]))
        spreads.append(float(half[1] / half[0]))
    assert spreads[0] > spreads[1] > 1


def test_a_pattern_whose_least_width_covers_too_much_is_named(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = FSRF(SMALL).eval()
    composer = Composer(load_packs(write_packs(tmp_path)), SMALL, "calibration")
    answers = held_out_answers(model, composer.composed(120, np.random.default_rng(1)))
    # All answers are as bad as without any modality, so the poorer patterns have the width of the richest.
    answers.scores[:] = answers.scores[:, -1:]
    floors = calibrate(model, answers, 0.35)["floors"]
    assert all(value > TOO_WIDE for value in floors.values())
