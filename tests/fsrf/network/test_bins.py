import pytest
import torch

from fsrf_live.fsrf.common.config import ModelConfig
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
    both = 0.5 * at(bins, -1.0) + 0.5 * at(bins, 2.0)
    assert bins.score(both).item() == pytest.approx(0.5)
    assert bins.deviation(both).item() == pytest.approx(1.5)
    assert bins.deviation(at(bins, 1.0)).item() == pytest.approx(DEVIATION_FLOOR)


def test_a_target_has_its_score_and_spread(bins: ScoreBins) -> None:
    target = bins.target(torch.tensor([0.3]), 0.4)
    assert target.sum().item() == pytest.approx(1.0)
    assert bins.score(target).item() == pytest.approx(0.3, abs=0.01)
    assert bins.deviation(target).item() == pytest.approx(0.4, abs=0.01)
