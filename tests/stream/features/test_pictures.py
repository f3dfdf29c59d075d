import numpy as np
import pytest

from fsrf_live.stream.features.pictures import is_black, is_small, sized, with_margin


def test_black_is_dark_and_flat() -> None:
    noise = np.random.default_rng(0).integers(0, 6, (480, 640, 3)).astype(np.uint8)
    assert is_black(np.zeros((1, 1, 3), np.uint8))
    assert is_black(noise)
    assert not is_black(noise + np.uint8(60))
    lamp = noise.copy()
    lamp[200:300, 200:300] = 255
    assert not is_black(lamp)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((48, 48), (192, 192)), ((480, 640), (480, 640)), ((2160, 3840), (540, 960)), ((1, 1), (192, 192))],
)
def test_sizes_that_a_mesh_can_use(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert sized(np.zeros((*size, 3), np.uint8)).shape == (*expected, 3)


def test_a_sliver_stays_within_bounds() -> None:
    assert max(sized(np.zeros((3, 5000, 3), np.uint8)).shape) <= 960


def test_blue_first_becomes_red_first() -> None:
    blue = np.zeros((200, 200, 3), np.uint8)
    blue[..., 0] = 255
    assert sized(blue)[0, 0].tolist() == [0, 0, 255]


def test_a_margin_goes_round() -> None:
    padded = with_margin(np.full((192, 192, 3), 9, np.uint8))
    assert padded.shape == (288, 288, 3)
    assert padded[0].max() == 0
    assert padded[48:-48, 48:-48].min() == 9


def test_small_means_less_than_the_mesh_looks_at() -> None:
    assert is_small(np.zeros((48, 48, 3), np.uint8))
    assert not is_small(np.zeros((288, 360, 3), np.uint8))
