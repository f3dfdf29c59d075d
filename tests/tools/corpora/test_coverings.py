"""What is drawn over a face hides what it should hide, and what is drawn on it hides nothing."""

import numpy as np
import pytest

from fsrf_live.stream.features.covering import covered_share
from fsrf_live.tools.corpora.coverings import ADORNMENTS, COVERINGS, Canvas, canvas, cut, quarters_hidden
from fsrf_live.tools.corpora.strange_coverings import STRANGE_COVERINGS
from tests.doubles.portrait import astronaut

EYES, MOUTH = slice(0, 2), slice(2, 4)


def bare() -> Canvas:
    look = astronaut()
    return canvas(look.picture, look.landmarks)


EVERY = {**COVERINGS, **STRANGE_COVERINGS, **ADORNMENTS}


def hidden(kind: str, seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    drawn = EVERY[kind](bare(), np.random.default_rng(seed))
    return np.asarray(quarters_hidden(drawn))


def test_nothing_of_a_bare_face_is_hidden() -> None:
    assert quarters_hidden(bare()).tolist() == [0, 0, 0, 0]
    np.testing.assert_array_equal(bare().shown(), astronaut().picture)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", EVERY)
def test_a_drawing_is_a_picture_of_the_same_size_and_always_the_same(kind: str, seed: int) -> None:
    draw = EVERY[kind]
    first, again = (draw(bare(), np.random.default_rng(seed)) for _ in range(2))
    assert first.shown().shape == astronaut().picture.shape
    assert first.shown().dtype == np.uint8
    np.testing.assert_array_equal(first.shown(), again.shown())
    assert (first.shown() != astronaut().picture).any()
    shares = quarters_hidden(first)
    assert shares.min() >= 0
    assert shares.max() <= 1 + 1e-6


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("kind", "covered", "free"),
    [("mask", MOUTH, EYES), ("respirator", MOUTH, EYES), ("sunglasses", EYES, MOUTH)],
)
def test_masks_hide_the_mouth_and_dark_glasses_the_eyes(
    kind: str, covered: slice, free: slice, seed: int
) -> None:
    shares = hidden(kind, seed)
    assert shares[covered].min() > 0.7
    assert shares[free].max() < 0.2


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", sorted(ADORNMENTS))
def test_what_is_worn_on_a_face_hides_neither_eyes_nor_mouth(kind: str, seed: int) -> None:
    assert hidden(kind, seed).max() < 0.3


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", sorted(STRANGE_COVERINGS))
def test_what_is_examined_hides_mouth_eyes_or_one_half(kind: str, seed: int) -> None:
    assert covered_share(hidden(kind, seed).astype(np.float32)) > 0.6


def test_what_is_cut_off_is_hidden() -> None:
    look = astronaut()
    for seed in range(6):
        picture, shares, (left, top) = cut(bare(), np.random.default_rng(seed))
        height, width = picture.shape[:2]
        np.testing.assert_array_equal(picture, look.picture[top : top + height, left : left + width])
        assert shares.max() > 0.3
