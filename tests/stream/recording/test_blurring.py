"""Faces in recorded pictures: blurred wherever one was found, whole while that is not known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.aliases import Image
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import FaceBox, Frame
from fsrf_live.stream.recording.blurring import (
    AHEAD_NS,
    BLUR_KEPT_NS,
    LONGEST_WAIT_NS,
    FaceBlur,
    coarse,
    with_faces_blurred,
)
from tests.doubles.portrait import astronaut, seen

MS = NS // 1000
LEFT, RIGHT = FaceBox(0.2, 0.4, 0.1, 0.2), FaceBox(0.7, 0.4, 0.1, 0.2)
SHARP: Image = np.random.default_rng(0).integers(0, 256, (96, 128, 3), np.uint8)


def frame(at_ms: int) -> Frame:
    return Frame(at_ms * MS, SHARP)


def hidden(image: Image, box: FaceBox) -> bool:
    """Whether nothing of the noise is left in a box."""
    y, x = slice(round(96 * box.y), round(96 * (box.y + box.height))), round(128 * box.x)
    part = np.s_[y, x : x + round(128 * box.width)]
    return not np.array_equal(image[part], SHARP[part]) and float(image[part].std()) < 40


def is_whole(image: Image) -> bool:
    return np.array_equal(image, coarse(SHARP))


def recorded(looks: dict[int, FaceBox | None], pictures: range) -> dict[int, Image]:
    """What is left of each picture, by its ms."""
    blur = FaceBlur()
    for at_ms, box in looks.items():
        blur.saw(at_ms * MS, box)
    return {
        done.time_ns // MS: done.image for done in blur.push([frame(ms) for ms in pictures], 0, last=True)
    }


def test_a_picture_waits_until_it_is_known_where_faces_are() -> None:
    blur = FaceBlur()
    blur.saw(0, LEFT)
    assert blur.push([frame(0), frame(33)], 0, last=False) == []
    assert blur.waiting_since_ns == 0
    blur.saw(100 * MS, LEFT)
    assert blur.push([], 0, last=False) == []
    blur.saw(AHEAD_NS + 33 * MS, LEFT)
    assert [done.time_ns for done in blur.push([], 0, last=False)] == [0, 33 * MS]
    assert blur.waiting_since_ns is None


def test_the_face_is_blurred_with_a_margin_and_the_rest_is_as_it_was() -> None:
    image = recorded({0: LEFT, 100: LEFT}, range(0, 101, 50))[50]
    assert hidden(image, LEFT)
    assert hidden(image, FaceBox(0.17, 0.33, 0.16, 0.34))
    assert np.array_equal(image[:, 64:], SHARP[:, 64:])


def test_between_two_looks_both_places_are_blurred() -> None:
    image = recorded({0: LEFT, 100: RIGHT}, range(50, 51))[50]
    assert hidden(image, LEFT)
    assert hidden(image, RIGHT)


def test_a_face_that_is_found_a_little_later_is_blurred_before_that() -> None:
    looks = {ms: None if ms < 800 else LEFT for ms in range(0, 1200, 100)}
    images = recorded(looks, range(0, 1000, 100))
    assert hidden(images[700], LEFT)
    assert hidden(images[300], LEFT)
    assert np.array_equal(images[200], SHARP)


def test_a_face_that_is_lost_stays_blurred_for_a_while() -> None:
    looks = {ms: LEFT if ms <= 500 else None for ms in range(0, 5000, 100)}
    images = recorded(looks, range(0, 4500, 100))
    kept_ms = 500 + BLUR_KEPT_NS // MS
    assert all(hidden(image, LEFT) for ms, image in images.items() if ms <= kept_ms)
    assert np.array_equal(images[kept_ms + 100], SHARP)


def test_before_faces_are_read_and_while_they_are_not_everything_is_blurred() -> None:
    blur = FaceBlur()
    done = blur.push([frame(ms) for ms in range(0, 2000, 100)], 0, last=False)
    assert [each.time_ns for each in done] == [ms * MS for ms in range(0, 1000, 100)]
    assert all(is_whole(each.image) for each in done)
    gap = recorded({0: None, 100: None, 1000: None, 1100: None}, range(0, 1101, 100))
    assert [ms for ms, image in gap.items() if is_whole(image)] == list(range(200, 1000, 100))


def test_at_the_end_what_nobody_looked_at_any_more_is_blurred() -> None:
    images = recorded({0: None, 100: None}, range(0, 500, 100))
    assert [ms for ms, image in images.items() if is_whole(image)] == [300, 400]


@pytest.mark.parametrize(
    "box", [FaceBox(-0.5, -0.5, 0.2, 0.2), FaceBox(0.9, 0.9, 0.5, 0.5), FaceBox(0, 0, 1, 1)]
)
def test_a_box_may_reach_beyond_the_picture(box: FaceBox) -> None:
    assert with_faces_blurred(SHARP, [box]).shape == SHARP.shape


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 500, 3), (480, 640, 3), (2000, 3, 3)])
def test_a_coarse_picture_has_the_size_of_the_picture(shape: tuple[int, int, int]) -> None:
    assert coarse(np.zeros(shape, np.uint8)).shape == shape


boxes = st.none() | st.builds(FaceBox, *[st.floats(0, 0.5)] * 2, *[st.floats(0.05, 0.5)] * 2)


@given(
    st.lists(st.tuples(st.integers(20, 700), boxes), max_size=20), st.lists(st.integers(10, 200), max_size=40)
)
def test_every_picture_comes_out_once_in_order_and_hides_the_face_that_was_read_in_it(
    looks: list[tuple[int, FaceBox | None]], gaps: list[int]
) -> None:
    blur, at_ms, read = FaceBlur(), 0, {}
    for gap_ms, box in looks:
        at_ms += gap_ms
        read[at_ms] = box
        blur.saw(at_ms * MS, box)
    times = sorted({*np.cumsum(gaps).tolist(), *read})
    out = [done for ms in times for done in blur.push([frame(ms)], 0, last=False)] + blur.push(
        [], 0, last=True
    )
    assert [done.time_ns for done in out] == [ms * MS for ms in times]
    for done in out:
        box = read.get(done.time_ns // MS)
        if box is not None:
            y, x = round(96 * (box.y + box.height / 2)), round(128 * (box.x + box.width / 2))
            part = np.s_[max(0, y - 1) : y + 1, max(0, x - 1) : x + 1]
            assert not np.array_equal(done.image[part], SHARP[part])


def test_nobody_waits_longer_than_that() -> None:
    blur = FaceBlur()
    assert blur.push([frame(0), Frame(LONGEST_WAIT_NS - 1, SHARP)], 0, last=False) == []
    assert len(blur.push([Frame(LONGEST_WAIT_NS, SHARP)], 0, last=False)) == 1
    assert blur.push([], 2 * LONGEST_WAIT_NS - 2, last=False) == []
    assert len(blur.push([], 2 * LONGEST_WAIT_NS - 1, last=False)) == 1


def test_no_face_is_found_in_what_is_left_of_a_real_one() -> None:
    look = astronaut()
    size = np.array(look.picture.shape[1::-1])
    low, high = look.landmarks[:, :2].min(axis=0) / size, look.landmarks[:, :2].max(axis=0) / size
    box = FaceBox(float(low[0]), float(low[1]), *(float(side) for side in high - low))
    assert seen(with_faces_blurred(look.picture, [box])) is None
    assert seen(coarse(look.picture)) is None
