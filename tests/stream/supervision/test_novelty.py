"""What is wrong with an item that looks new."""

import numpy as np
import pytest

from fsrf_live.stream.flow.items import Frame, Reason, Samples, Words
from fsrf_live.stream.supervision.novelty import Novelty

NOISE = np.random.default_rng(0).integers(0, 6, (480, 640, 3)).astype(np.uint8)


def lamp_at_night() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A dark room with one small light: darker on average than what a covered lens gives."""
    image = np.zeros((480, 640, 3), np.uint8)
    image[200:260, 300:360] = 255
    return image


@pytest.mark.parametrize(
    ("image", "fault"),
    [
        (np.zeros((480, 640, 3), np.uint8), Reason.BLACK),
        (NOISE, Reason.BLACK),
        (NOISE + np.uint8(6), Reason.BLACK),
        (NOISE + np.uint8(60), None),
        (lamp_at_night(), None),
    ],
    ids=["nothing", "noise of a covered lens", "noise of a warm sensor", "a dim room", "a lamp at night"],
)
def test_black_is_dark_and_flat(
    image: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], fault: Reason | None
) -> None:
    assert Novelty().fault_of(Frame(0, image)) is fault


def test_the_same_picture_again_is_frozen_and_any_other_is_not() -> None:
    novelty, picture = Novelty(), NOISE + np.uint8(60)
    assert novelty.fault_of(Frame(0, picture)) is None
    assert novelty.fault_of(Frame(1, picture.copy())) is Reason.FROZEN
    moved = np.roll(picture, 1, axis=1)
    assert novelty.fault_of(Frame(2, moved)) is None
    assert novelty.fault_of(Frame(3, picture)) is None


def test_silence_is_all_zeros_and_words_are_always_new() -> None:
    novelty = Novelty()
    assert novelty.fault_of(Samples(0, np.zeros(320, np.float32))) is Reason.SILENT
    assert novelty.fault_of(Samples(0, np.full(320, 1e-4, np.float32))) is None
    assert novelty.fault_of(Words(0, 1, "again")) is None
    assert novelty.fault_of(Words(0, 1, "again")) is None
