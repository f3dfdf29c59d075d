from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.data.compose import Composer
from fsrf_live.fsrf.data.packs import load_packs
from fsrf_live.fsrf.network.inference import answer
from fsrf_live.fsrf.network.model import FSRF
from fsrf_live.fsrf.training.conformal import (
    LEVEL,
    best_temperature,
    calibrate,
    conformal_quantile,
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
    assert set(facts["quantiles"]) == set(facts["temperatures"])
    assert len(facts["quantiles"]) == 8
    prior = model.bins.score(torch.softmax(model.prior, -1))
    assert float(prior) == pytest.approx(float(truth.mean()), abs=0.2)


def test_of_two_answers_of_a_pattern_the_unsurer_has_the_wider_interval_but_not_by_all_of_it() -> None:
    model = FSRF(SMALL).eval()
    centre = model.bins.centres
    sure, unsure = (torch.softmax(-0.5 * (centre / deviation) ** 2, -1) for deviation in (0.3, 0.6))
    ratio = float(model.deviation(unsure) / model.deviation(sure))
    assert 1.05 < ratio < 1.5
