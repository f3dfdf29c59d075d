import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fsrf_live.fsrf.common.modalities import MODALITIES, SUBSETS, subset_index
from fsrf_live.fsrf.common.shapley import shapley

scores = st.lists(st.floats(-3, 3), min_size=7, max_size=7)
prior = st.floats(-3, 3)


def by_orders(values: list[float], nothing: float) -> NDArray[np.float64]:
    """The definition: a modality's mean marginal over all orders of arrival."""
    total = np.zeros(3)
    orders = list(itertools.permutations(MODALITIES))
    for order in orders:
        before = nothing
        for count, modality in enumerate(order, 1):
            after = values[subset_index(order[:count])]
            total[MODALITIES.index(modality)] += after - before
            before = after
    return total / len(orders)


@given(scores, prior)
def test_contributions_are_the_mean_marginals_over_all_orders(values: list[float], nothing: float) -> None:
    np.testing.assert_allclose(shapley(values, nothing), by_orders(values, nothing), atol=1e-9)


@given(scores, prior)
def test_contributions_sum_to_the_score_less_the_prior(values: list[float], nothing: float) -> None:
    assert np.isclose(shapley(values, nothing).sum(), values[-1] - nothing)


@given(st.floats(-3, 3), prior)
def test_a_modality_that_is_missing_contributes_exactly_nothing(with_text: float, nothing: float) -> None:
    values = [with_text if "text" in subset else nothing for subset in SUBSETS]
    assert shapley(values, nothing)[1:].tolist() == [0.0, 0.0]


def test_leading_axes_are_windows() -> None:
    values = np.arange(14.0).reshape(2, 7)
    both = shapley(values, np.array([0.5, 1.0]))
    np.testing.assert_allclose(both[0], shapley(values[0], 0.5))
    np.testing.assert_allclose(both[1], shapley(values[1], 1.0))
