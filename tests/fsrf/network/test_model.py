"""The laws of the network: what is missing cannot speak, and what is there speaks the same way each time."""

from dataclasses import replace
from typing import cast

import pytest
import torch
from torch import Tensor

from fsrf_live.fsrf.common.answers import Answers
from fsrf_live.fsrf.common.config import ModalityConfig, ModelConfig
from fsrf_live.fsrf.common.errors import CheckpointError
from fsrf_live.fsrf.common.modalities import MODALITIES, SUBSETS, Modality
from fsrf_live.fsrf.network.inference import empty_window, prior_of
from fsrf_live.fsrf.network.model import FSRF
from fsrf_live.fsrf.network.recovery import ComplementaryGates
from tests.doubles.packs import SMALL

Window = tuple[dict[Modality, Tensor], dict[Modality, Tensor]]
ROWS = 5


@pytest.fixture(params=["fsrf", "firf"])
def model(request: pytest.FixtureRequest) -> FSRF:
    torch.manual_seed(1)
    model = FSRF(replace(SMALL, system=request.param)).eval()
    model.prior.copy_(torch.linspace(0, 2, SMALL.bins))
    model.intervals.quantiles.copy_(torch.linspace(1.8, 1.1, len(SUBSETS) + 1))
    return model


@pytest.fixture
def window() -> Window:
    torch.manual_seed(2)
    features: dict[Modality, Tensor] = {}
    masks: dict[Modality, Tensor] = {}
    for m in MODALITIES:
        shape = SMALL.modality(m)
        features[m] = torch.randn(ROWS, shape.length, shape.width)
        masks[m] = torch.rand(ROWS, shape.length) < 0.7
        masks[m][:, 0] = True
    return features, masks


def answers(model: FSRF, window: Window) -> Answers[Tensor]:
    with torch.inference_mode():
        return cast(Answers[Tensor], model(*window))


def without(window: Window, modality: Modality) -> Window:
    features, masks = window
    return features, {**masks, modality: torch.zeros_like(masks[modality])}


def same(a: Answers[Tensor], b: Answers[Tensor]) -> None:
    for x, y in zip(a, b, strict=True):
        torch.testing.assert_close(x, y, rtol=0, atol=1e-6)


def test_the_answers_have_the_shapes_and_ranges_of_the_contract(model: FSRF, window: Window) -> None:
    found = answers(model, window)
    assert [x.shape for x in found] == [(ROWS, 7), (ROWS, 7, 3), (ROWS, 7, 2), (ROWS, 7, 3)]
    assert found.score.abs().max() <= 3
    torch.testing.assert_close(found.probabilities.sum(-1), torch.ones(ROWS, 7))
    assert (found.interval[..., 0] <= found.score).all()
    assert (found.interval[..., 1] >= found.score).all()
    assert found.interval.abs().max() <= 3
    assert ((found.recovery >= 0) & (found.recovery <= 1)).all()


@pytest.mark.parametrize("modality", MODALITIES)
def test_missing_features_cannot_change_the_output(model: FSRF, window: Window, modality: Modality) -> None:
    features, masks = window
    garbage = {**features, modality: torch.where(masks[modality][..., None], features[modality], 1e9)}
    broken = {**features, modality: torch.where(masks[modality][..., None], features[modality], torch.nan)}
    same(answers(model, (garbage, masks)), answers(model, window))
    same(answers(model, (broken, masks)), answers(model, window))


@pytest.mark.parametrize("modality", MODALITIES)
def test_a_subset_answers_as_without_a_modality_that_has_no_real_frame(
    model: FSRF, window: Window, modality: Modality
) -> None:
    found = answers(model, without(window, modality))
    for index, subset in enumerate(SUBSETS):
        rest = tuple(m for m in subset if m != modality)
        if modality in subset and rest:
            twin = SUBSETS.index(rest)
            for x in found:
                assert torch.equal(x[:, index], x[:, twin])


@pytest.mark.parametrize("modality", MODALITIES)
def test_losing_a_modality_is_predicted_by_the_subset_without_it(
    model: FSRF, window: Window, modality: Modality
) -> None:
    rest = SUBSETS.index(tuple(m for m in MODALITIES if m != modality))
    before, after = answers(model, window), answers(model, without(window, modality))
    for x, y in zip(before, after, strict=True):
        torch.testing.assert_close(x[:, rest], y[:, -1], rtol=0, atol=1e-6)


def test_without_any_evidence_the_answer_is_the_prior(model: FSRF, window: Window) -> None:
    prior = prior_of(model)
    expected = model.bins.score(torch.softmax(model.prior, -1))
    assert prior["score"] == pytest.approx(float(expected))
    assert prior["recovery"] == [0.0, 0.0, 0.0]
    features, _ = window
    _, nothing = empty_window(model, ROWS)
    found = answers(model, (features, dict(nothing)))
    torch.testing.assert_close(found.score, torch.full((ROWS, 7), prior["score"]))
    assert (found.interval == torch.tensor(prior["interval"])).all()


def test_windows_do_not_see_one_another(model: FSRF, window: Window) -> None:
    features, masks = window
    alone = answers(model, ({m: x[2:3] for m, x in features.items()}, {m: x[2:3] for m, x in masks.items()}))
    for x, y in zip(alone, answers(model, window), strict=True):
        torch.testing.assert_close(x, y[2:3], rtol=0, atol=1e-5)


def test_what_is_there_is_trusted_and_what_is_recovered_less(model: FSRF, window: Window) -> None:
    recovery = answers(model, window).recovery
    for index, subset in enumerate(SUBSETS):
        for column, m in enumerate(MODALITIES):
            assert ((recovery[:, index, column] == 1) == (m in subset)).all()


def test_a_gain_vanishes_from_relative_channels() -> None:
    torch.manual_seed(3)
    layer = FSRF(SMALL).encoder("audio").standardise
    x, mask = torch.randn(2, 24, 5), torch.ones(2, 24, dtype=torch.bool)
    before, after = layer(x, mask), layer(x + 1.5, mask)
    torch.testing.assert_close(before[..., 5:], after[..., 5:], rtol=0, atol=1e-5)


def test_complementary_gates_split_each_frame_into_parts_that_sum_to_it() -> None:
    torch.manual_seed(4)
    frames = torch.randn(3, 7, SMALL.width)
    parts = ComplementaryGates(SMALL).split("audio", frames)
    assert parts.shape == (3, 7, 3, SMALL.width)
    torch.testing.assert_close(parts.sum(-2), frames)


@pytest.mark.parametrize(("noise", "width"), [(False, 0), (True, SMALL.width)])
def test_a_noise_part_is_there_where_the_config_says_so(window: Window, noise: bool, width: int) -> None:
    network = FSRF(replace(SMALL, noise=noise))
    factors = network.semantics(*window).factors["audio"]
    assert factors.noise.shape == (len(factors.pooled), width)
    assert factors.homogeneous.shape == factors.heterogeneous.shape == factors.pooled.shape


def test_heads_that_do_not_divide_the_width_are_refused() -> None:
    with pytest.raises(CheckpointError, match="cannot be split into 3 heads"):
        ModelConfig(heads=3)


def test_a_stride_that_does_not_fit_is_refused() -> None:
    with pytest.raises(CheckpointError, match="stride 4 does not fit 6 slots"):
        FSRF(replace(SMALL, audio=ModalityConfig(6, 5, 25.0, 4)))
