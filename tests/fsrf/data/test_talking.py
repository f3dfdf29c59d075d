import numpy as np
import pytest

from fsrf_live.fsrf.data.talking import GEOMETRY as WIDTH
from fsrf_live.fsrf.data.talking import POINTS, envelope, mirrored, movements, sequence, talk, tremble


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def test_a_mirror_shows_the_other_half_and_twice_is_the_same(rng: np.random.Generator) -> None:
    faces = rng.normal(size=(4, WIDTH)).astype(np.float32)
    np.testing.assert_array_equal(mirrored(mirrored(faces)), faces)
    assert (mirrored(faces) != faces).any()


def test_talking_is_the_same_in_a_mirror() -> None:
    np.testing.assert_allclose(mirrored(movements()), movements(), atol=1e-6)


def test_a_jaw_that_opens_moves_the_lower_lip_down_and_leaves_the_brows_alone() -> None:
    opened = movements()[0].reshape(POINTS, 3)
    assert opened[:, 1].max() == 1.0
    assert (opened[:, 0] == 0).all()
    assert (np.abs(opened).sum(1) > 0).sum() < POINTS / 2


def test_an_expression_always_shows_for_a_part_of_the_time(rng: np.random.Generator) -> None:
    for _ in range(200):
        shown = envelope(30, rng)
        assert shown.min() >= 0
        assert shown.max() <= 1
        assert shown.mean() > 0.15


def test_some_expressions_come_and_go_and_some_stay(rng: np.random.Generator) -> None:
    spans = [np.ptp(envelope(30, rng)) for _ in range(100)]
    assert min(spans) == 0
    assert max(spans) > 0.7


def test_talk_moves_the_mouth_from_frame_to_frame(rng: np.random.Generator) -> None:
    amounts = talk(50, rng)
    assert amounts.shape == (50, len(movements()))
    assert np.abs(np.diff(amounts[:, 0])).max() > 0.2


def test_an_open_mouth_looks_like_another_expression_only_for_a_moment(rng: np.random.Generator) -> None:
    face, other = np.zeros(WIDTH + 4, np.float32), np.zeros(WIDTH + 4, np.float32)
    other[WIDTH:] = 10.0
    looks = np.concatenate([sequence(face, face, other, 40, rng)[0][:, WIDTH:] for _ in range(50)])
    assert looks.max() > 3
    assert np.median(looks) < 2


def test_a_mirror_leaves_appearance_as_it_is(rng: np.random.Generator) -> None:
    faces = rng.normal(size=(3, WIDTH + 5)).astype(np.float32)
    np.testing.assert_array_equal(mirrored(faces)[:, WIDTH:], faces[:, WIDTH:])
    np.testing.assert_array_equal(mirrored(faces)[:, :WIDTH], mirrored(faces[:, :WIDTH]))


def test_a_tracker_trembles_little(rng: np.random.Generator) -> None:
    assert np.abs(tremble(100, np.zeros(WIDTH, np.float32), rng)).mean() < 0.2


def test_a_sequence_goes_between_rest_and_expression(rng: np.random.Generator) -> None:
    rest, expression = np.zeros(WIDTH, np.float32), np.full(WIDTH, 5.0, np.float32)
    for _ in range(20):
        moving, shown = sequence(expression, rest, rest, 20, rng)
        assert moving.shape == (20, WIDTH)
        assert moving.dtype == np.float32
        assert np.median(moving, 1).mean() == pytest.approx(5 * shown, abs=0.3)
