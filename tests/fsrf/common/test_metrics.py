import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from fsrf_live.fsrf.common import metrics
from fsrf_live.fsrf.common.aliases import Reals

labels = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=4, max_size=60)


@pytest.fixture
def scores() -> tuple[Reals, Reals]:
    rng = np.random.default_rng(7)
    truth = np.clip(np.round(rng.normal(0, 1.5, 200), 1), -3, 3)
    return truth, np.clip(truth + rng.normal(0, 1, 200), -3.4, 3.4)


@settings(max_examples=30)
@given(labels)
def test_class_figures_agree_with_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    truth, predicted = np.array(pairs).T
    figures = metrics.class_figures(truth, predicted)
    assert figures["acc"] == pytest.approx(reference.accuracy_score(truth, predicted))
    assert figures["f1"] == pytest.approx(
        reference.f1_score(truth, predicted, average="weighted", zero_division=0)
    )
    expected = reference.recall_score(
        truth, predicted, average="macro", labels=np.unique(truth), zero_division=0
    )
    assert figures["uar"] == pytest.approx(expected)


def test_mosi_figures_agree_with_scikit_learn(scores: tuple[Reals, Reals]) -> None:
    truth, predicted = scores
    figures = metrics.mosi_figures(truth, predicted)
    kept = truth != 0
    assert 0 < kept.sum() < len(truth)
    assert figures["acc2"] == pytest.approx(reference.accuracy_score(truth[kept] > 0, predicted[kept] > 0))
    assert figures["f1"] == pytest.approx(
        reference.f1_score(truth[kept] > 0, predicted[kept] > 0, average="weighted")
    )
    assert figures["acc2_nonneg"] == pytest.approx(reference.accuracy_score(truth >= 0, predicted >= 0))
    assert figures["f1_nonneg"] == pytest.approx(
        reference.f1_score(truth >= 0, predicted >= 0, average="weighted")
    )
    clipped = np.clip(predicted, -3, 3)
    assert figures["acc7"] == pytest.approx(reference.accuracy_score(np.rint(truth), np.rint(clipped)))
    assert figures["mae"] == pytest.approx(reference.mean_absolute_error(truth, predicted))
    assert figures["pearson"] == pytest.approx(np.corrcoef(truth, predicted)[0, 1])


def test_sims_figures_split_at_their_borders() -> None:
    truth = np.array([-1.0, -0.7, -0.4, -0.1, 0.0, 0.1, 0.4, 0.7, 1.0])
    assert metrics.sims_figures(truth, truth)["acc5"] == 1.0
    shifted = np.array([-0.8, -0.8, -0.8, -0.2, 0.1, 0.2, 0.8, 0.6, 0.9])
    figures = metrics.sims_figures(truth, shifted)
    assert figures["acc2"] == pytest.approx(8 / 9)
    assert figures["acc3"] == pytest.approx(8 / 9)
    assert figures["acc5"] == pytest.approx(6 / 9)


def test_a_constant_answer_has_a_low_f1_whatever_its_accuracy() -> None:
    truth = np.array([2] * 70 + [0] * 30)
    floor = metrics.constant_floor(truth)
    assert floor["acc"] == pytest.approx(0.7)
    assert floor["f1"] == pytest.approx(0.7 * 1.4 / 1.7)
    assert floor["uar"] == pytest.approx(0.5)


def test_swapping_the_arguments_of_f1_is_visible() -> None:
    truth, constant = np.array([1] * 65 + [0] * 35), np.ones(100, dtype=int)
    assert metrics.weighted_f1(constant, truth) > metrics.weighted_f1(truth, constant) + 0.2


def test_a_constant_prediction_correlates_with_nothing() -> None:
    assert metrics.pearson(np.array([1.0, 2.0, 3.0]), np.ones(3)) == 0.0


def test_spearman_sees_only_the_order() -> None:
    values = np.array([0.1, 3.0, 0.2, 40.0, 0.2])
    assert metrics.spearman(values, np.exp(values / 10)) == pytest.approx(1)
    assert metrics.spearman(values, -values) == pytest.approx(-1)
    assert metrics.spearman(values, np.ones(5)) == 0
    assert metrics.spearman(np.array([1.0, 2, 3]), np.array([1.0, 3, 2])) == pytest.approx(0.5)


def test_neutral_is_within_the_border() -> None:
    assert metrics.three_classes(np.array([-0.6, -0.5, 0.0, 0.5, 0.6]), 0.5).tolist() == [0, 1, 1, 1, 2]


def test_interval_figures_count_what_is_inside() -> None:
    figures = metrics.interval_figures(np.array([0.0, 1.0, 2.0]), np.zeros(3), np.array([1.0, 1.0, 1.0]))
    assert figures == {"coverage": pytest.approx(2 / 3), "width": 1.0}


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    probabilities = np.tile([0.8, 0.1, 0.1], (10, 1))
    always = metrics.reliability_rows(np.zeros(10, dtype=int), probabilities)
    assert always[0] == pytest.approx((0.8, 1.0, 1.0))
    assert metrics.calibration_error(always) == pytest.approx(0.2)
    honest = metrics.reliability_rows(np.array([0] * 8 + [1, 2]), probabilities)
    assert metrics.calibration_error(honest) == pytest.approx(0.0, abs=1e-9)


def test_reliability_is_told_by_confidence() -> None:
    probabilities = np.array([[0.95, 0.05], [0.05, 0.95], [0.55, 0.45], [1.0, 0.0]])
    rows = metrics.reliability_rows(np.array([0, 1, 1, 1]), probabilities)
    np.testing.assert_allclose(rows, [(0.55, 0.0, 0.25), (2.9 / 3, 2 / 3, 0.75)])
