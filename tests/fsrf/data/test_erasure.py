"""Erasing labels from vectors: exact if the relation is linear, found if it is not, the rest untouched."""

import numpy as np
import pytest
from numpy.typing import NDArray

from fsrf_live.fsrf.data.erasure import fit_erasure

Doubles = NDArray[np.float64]
ROWS, GROUPS = 240, 24


@pytest.fixture
def labels() -> Doubles:
    return np.random.default_rng(1).uniform(-3, 3, ROWS)


@pytest.fixture
def groups() -> NDArray[np.str_]:
    return np.repeat([f"video{i}" for i in range(GROUPS)], ROWS // GROUPS)


def uncorrelated(labels: Doubles, width: int) -> Doubles:
    """Random vectors without mean that share no linear component with the labels."""
    known = np.stack([np.ones_like(labels), labels], 1)
    vectors = np.random.default_rng(2).normal(size=(len(labels), width))
    return np.asarray(vectors - known @ np.linalg.lstsq(known, vectors, rcond=None)[0])


def test_nothing_that_is_left_covaries_with_the_label(labels: Doubles, groups: NDArray[np.str_]) -> None:
    mixing = np.random.default_rng(3).normal(size=(7, 7))
    vectors = np.concatenate([labels[:, None], uncorrelated(labels, 6)], 1) @ mixing + 5
    erasure = fit_erasure(vectors, labels, groups)
    assert erasure.found > 0.9
    assert (erasure.rank, erasure.left) == (7, 6)
    left = erasure(vectors).astype(np.float64)
    assert np.abs((left - left.mean(0)).T @ labels / ROWS).max() < 1e-5
    assert left.std(0).min() > 0.1


def test_what_shares_nothing_with_the_label_is_untouched(labels: Doubles, groups: NDArray[np.str_]) -> None:
    vectors = np.concatenate([labels[:, None], uncorrelated(labels, 6)], 1) + 5
    left = fit_erasure(vectors, labels, groups)(vectors)
    np.testing.assert_allclose(left[:, 1:], vectors[:, 1:], atol=1e-5)
    np.testing.assert_allclose(left[:, 0], vectors[:, 0].mean(), atol=1e-5)


def test_what_tells_the_label_but_not_linearly_is_found(labels: Doubles, groups: NDArray[np.str_]) -> None:
    side = np.random.default_rng(4).choice([-1.0, 1.0], ROWS)
    leak = np.stack([side, side * labels], 1)
    vectors = np.concatenate([leak - leak.mean(0), uncorrelated(labels, 2)], 1)
    assert abs(np.corrcoef(leak[:, 1], labels)[0, 1]) < 0.2
    erasure = fit_erasure(vectors, labels, groups)
    assert erasure.found > 0.6
    assert erasure.remains < 0.15
    left = erasure(vectors)
    assert left[:, 1].var() < 0.1 * vectors[:, 1].var()


def test_where_all_tell_the_label_nothing_is_left(labels: Doubles, groups: NDArray[np.str_]) -> None:
    vectors = labels[:, None] * np.array([1.0, -2.0, 0.5]) + 3
    erasure = fit_erasure(vectors, labels, groups)
    assert (erasure.left, erasure.remains) == (0, 0.0)
    np.testing.assert_allclose(erasure(vectors), np.broadcast_to(vectors.mean(0), vectors.shape), atol=1e-5)


def test_the_same_rows_give_the_same_map_and_other_rows_are_mapped_alike(
    labels: Doubles, groups: NDArray[np.str_]
) -> None:
    vectors = np.concatenate([labels[:, None], uncorrelated(labels, 6)], 1)
    first, again = (fit_erasure(vectors, labels, groups) for _ in range(2))
    np.testing.assert_array_equal(first.project, again.project)
    np.testing.assert_array_equal(first(vectors)[7:9], again(vectors[7:9]))
