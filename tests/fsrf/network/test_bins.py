import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.metrics import three_classes
from fsrf_live.fsrf.network.bins import DEVIATION_FLOOR, ScoreBins


@pytest.fixture
def bins() -> ScoreBins:
    return ScoreBins(ModelConfig())


def at(bins: ScoreBins, score: float) -> torch.Tensor:
    return (bins.centres == score).float()


def test_centres_span_the_scores(bins: ScoreBins) -> None:
    assert bins.centres[0] == -3
    assert bins.centres[-1] == 3
    assert len(bins.centres) == 25


@pytest.mark.parametrize(
    ("score", "expected"),
    [(-3.0, [1, 0, 0]), (-0.5, [0.5, 0.5, 0]), (0.0, [0, 1, 0]), (0.5, [0, 0.5, 0.5]), (0.75, [0, 0, 1])],
)
def test_a_bin_on_the_border_is_split(bins: ScoreBins, score: float, expected: list[float]) -> None:
    assert bins.probabilities(at(bins, score)).tolist() == pytest.approx(expected)


def test_score_and_deviation_are_those_of_the_distribution(bins: ScoreBins) -> None:
    both = 0.4 * at(bins, -1.0) + 0.6 * at(bins, 2.0)
    assert bins.score(both).item() == pytest.approx(2 - 0.125 + 0.25 / 6)
    assert bins.deviation(both).item() == pytest.approx(3 * 0.24**0.5)
    assert bins.deviation(at(bins, 1.0)).item() == pytest.approx(DEVIATION_FLOOR)


def test_the_bins_at_the_ends_are_cut_off_there(bins: ScoreBins) -> None:
    assert bins.score(at(bins, -3.0)).item() == pytest.approx(-3 + 0.0625)
    assert bins.score(at(bins, 3.0)).item() == pytest.approx(3 - 0.0625)


@given(st.lists(st.floats(-30, 30, width=32), min_size=25, max_size=25))
def test_the_class_that_holds_more_than_half_of_the_mass_holds_the_score(logits: list[float]) -> None:
    config = ModelConfig()
    bins = ScoreBins(config)
    distribution = torch.softmax(torch.tensor(logits), -1)
    shares, score = bins.probabilities(distribution).numpy(), bins.score(distribution).item()
    assert config.score_low <= score <= config.score_high
    band = int(three_classes(np.array([score]), config.neutral)[0])
    if shares.max() > 0.5 + 1e-5:
        assert band == shares.argmax()


@given(st.lists(st.floats(-10, 10, width=32), min_size=25, max_size=25))
def test_half_of_the_mass_is_on_either_side_of_the_score(logits: list[float]) -> None:
    bins = ScoreBins(ModelConfig())
    distribution = torch.softmax(torch.tensor(logits), -1)
    score = bins.score(distribution)
    left = torch.tensor(-3.0) + torch.cat([torch.zeros(1), bins.widths.cumsum(0)[:-1]])
    below = (((score - left) / bins.widths).clamp(0, 1) * distribution).sum()
    assert below.item() == pytest.approx(0.5, abs=1e-3)


def test_a_target_has_its_score_and_spread(bins: ScoreBins) -> None:
    target = bins.target(torch.tensor([0.3]), 0.4)
    assert target.sum().item() == pytest.approx(1.0)
    assert bins.score(target).item() == pytest.approx(0.3, abs=0.01)
    assert bins.deviation(target).item() == pytest.approx(0.4, abs=0.01)
