"""Faces in recorded pictures: blurred wherever one was found, and for a while before and after."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.aliases import Image
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import FaceBox, Frame
from fsrf_live.stream.recording import blurring
from fsrf_live.stream.recording.blurring import (
    BLUR_KEPT_NS,
    LONGEST_WAIT_NS,
    LOOKS_AHEAD,
    LOOKS_APART_NS,
    MOST_AT_ONCE,
    FaceBlur,
    coarse,
    with_faces_blurred,
)
from tests.doubles.portrait import astronaut, seen

MS = NS // 1000
WAIT_MS, KEPT_MS = LONGEST_WAIT_NS // MS, BLUR_KEPT_NS // MS
LEFT, RIGHT, FAR = FaceBox(0.2, 0.4, 0.1, 0.2), FaceBox(0.7, 0.4, 0.1, 0.2), FaceBox(0.5, 0.1, 0.04, 0.05)
SHARP: Image = np.random.default_rng(0).integers(0, 256, (96, 128, 3), np.uint8)


class ScriptedSearch:
    """Finds what is told for each look, in their order, then nothing; `through` when it is thorough."""

    def __init__(self, looks: Iterable[list[FaceBox]] = (), through: Iterable[FaceBox] = ()) -> None:
        self.looks = 0
        self.thorough = 0
        self._found = iter(looks)
        self._through = list(through)

    def boxes(self, image: Image, *, thorough: bool) -> list[FaceBox]:
        """What is found in the next look."""
        self.looks += 1
        self.thorough += thorough
        return [*next(self._found, []), *(self._through if thorough else [])]


def frame(at_ms: int) -> Frame:
    return Frame(at_ms * MS, SHARP)


def hidden(image: Image, box: FaceBox) -> bool:
    """Whether nothing of the noise is left in a box."""
    y, x = slice(round(96 * box.y), round(96 * (box.y + box.height))), round(128 * box.x)
    part = np.s_[y, x : x + round(128 * box.width)]
    return not np.array_equal(image[part], SHARP[part]) and float(image[part].std()) < 40


def recorded(looks: dict[int, list[FaceBox]], pictures: range) -> dict[int, Image]:
    """What is left of each picture, by its ms; what was found in them, by theirs."""
    looked_at = range(pictures.start, pictures.stop, max(100, pictures.step))
    blur = FaceBlur(ScriptedSearch(looks.get(ms, []) for ms in looked_at))
    done = [each for ms in pictures for each in blur.push([frame(ms)], 0, last=False)]
    return {each.time_ns // MS: each.image for each in [*done, *blur.push([], 0, last=True)]}


def is_whole(image: Image) -> bool:
    """Whether all of it is blurred."""
    return np.array_equal(image, coarse(SHARP, 6))


def test_a_picture_waits_until_all_parts_of_one_were_looked_at() -> None:
    blur = FaceBlur(ScriptedSearch())
    for look in range(LOOKS_AHEAD - 1):
        assert blur.push([frame(100 * look), frame(100 * look + 50)], 0, last=False) == []
    assert blur.waiting_since_ns == 0
    done = blur.push([frame(100 * LOOKS_AHEAD)], 0, last=False)
    assert [each.time_ns for each in done] == [0]
    done = blur.push([frame(100 * LOOKS_AHEAD + 100)], 0, last=False)
    assert [each.time_ns for each in done] == [50 * MS, 100 * MS]
    assert blur.waiting_since_ns == 150 * MS


def test_pictures_of_a_slow_camera_are_looked_through() -> None:
    search = ScriptedSearch(through=[FAR])
    blur, times = FaceBlur(search), range(0, 9_000, 3 * WAIT_MS // 4)
    done = [each for ms in times for each in blur.push([frame(ms)], 0, last=False)]
    assert [hidden(each.image, FAR) for each in done] == [True] * len(done)
    assert [is_whole(each.image) for each in done] == [False] * len(done)
    assert len(done) == len(times) - 2
    assert search.thorough == search.looks


def test_if_there_is_no_time_to_look_pictures_are_blurred_whole_and_do_not_wait_for_ever() -> None:
    """More come at once than can be looked at; each look of those that are is a thorough one then."""
    blur = FaceBlur(ScriptedSearch())
    done: list[Frame] = []
    for begin_ms in range(0, 6_000, LOOKS_APART_NS // MS + 60):
        at_once = [frame(begin_ms + ms) for ms in range(0, LOOKS_APART_NS // MS + 60, 20)]
        assert len(at_once) > MOST_AT_ONCE
        done += blur.push(at_once, 0, last=False)
        assert blur.waiting_since_ns is not None
        assert blur.waiting_since_ns > at_once[-1].time_ns - LONGEST_WAIT_NS
    looked_at = {
        begin_ms + LOOKS_APART_NS // MS + 40 for begin_ms in range(0, 6_000, LOOKS_APART_NS // MS + 60)
    }
    assert len(done) > 200
    assert {each.time_ns // MS for each in done if not is_whole(each.image)} <= looked_at


def test_if_looks_are_few_but_close_enough_nothing_is_blurred_whole() -> None:
    search = ScriptedSearch()
    blur, done = FaceBlur(search), list[Frame]()
    for begin_ms in range(0, 6_000, 200):
        done += blur.push([frame(begin_ms + ms) for ms in range(0, 200, 20)], 0, last=False)
    assert [each for each in done if each.time_ns >= 180 * MS and is_whole(each.image)] == []
    assert search.looks == 30


def test_the_face_is_blurred_with_a_margin_and_the_rest_is_as_it_was() -> None:
    image = recorded({0: [LEFT], 100: [LEFT]}, range(0, 101, 50))[50]
    assert hidden(image, LEFT)
    assert hidden(image, FaceBox(0.17, 0.33, 0.16, 0.34))
    assert np.array_equal(image[:, 64:], SHARP[:, 64:])


def test_everybody_is_blurred() -> None:
    image = recorded({0: [LEFT, FAR, RIGHT]}, range(0, 101, 100))[100]
    assert all(hidden(image, box) for box in (LEFT, FAR, RIGHT))


def test_between_two_looks_both_places_are_blurred() -> None:
    image = recorded({0: [LEFT], 100: [RIGHT]}, range(0, 101, 50))[50]
    assert hidden(image, LEFT)
    assert hidden(image, RIGHT)


def test_a_face_that_is_found_a_little_later_is_blurred_before_that() -> None:
    come_ms = 3_000
    images = recorded({ms: [LEFT] for ms in range(come_ms, 5_000, 100)}, range(0, 5_000, 100))
    assert all(hidden(image, LEFT) for ms, image in images.items() if ms > come_ms - 100 * LOOKS_AHEAD)
    assert np.array_equal(images[come_ms - WAIT_MS - 100], SHARP)


def test_a_face_that_is_lost_stays_blurred_for_a_while_whoever_else_is_found() -> None:
    looks = {ms: [RIGHT, *([LEFT] if ms <= 500 else [])] for ms in range(0, 7_000, 100)}
    images = recorded(looks, range(0, 7_000, 100))
    assert all(hidden(image, RIGHT) for image in images.values())
    assert all(hidden(image, LEFT) for ms, image in images.items() if ms <= 500 + KEPT_MS)
    assert np.array_equal(images[600 + KEPT_MS][:, :50], SHARP[:, :50])


def test_one_that_comes_back_to_its_place_is_blurred_again() -> None:
    back_ms = 3 * KEPT_MS
    images = recorded({0: [LEFT], back_ms: [LEFT]}, range(0, back_ms + 100, 100))
    assert np.array_equal(images[back_ms - WAIT_MS - 100], SHARP)
    assert all(hidden(images[ms], LEFT) for ms in range(back_ms - 100 * (LOOKS_AHEAD - 1), back_ms + 1, 100))


@given(st.lists(st.booleans(), min_size=30, max_size=120), st.floats(0, 0.5), st.floats(-0.01, 0.01))
def test_no_look_that_misses_a_face_shows_it(found: list[bool], begin: float, step: float) -> None:
    """It drifts, and is found by few looks, at least by one of those that a picture waits for."""
    places = [FaceBox(min(0.9, max(0.0, begin + 0.2 * step * n)), 0.4, 0.1, 0.2) for n in range(len(found))]
    looks = {
        100 * n: [place] for n, place in enumerate(places) if found[n] or n % LOOKS_AHEAD == LOOKS_AHEAD - 1
    }
    images = recorded(looks, range(0, 100 * len(found), 100))
    last = max(looks, default=0)
    assert all(hidden(images[100 * n], place) for n, place in enumerate(places) if 100 * n <= last)


def test_who_is_read_is_blurred_though_the_search_does_not_find_them() -> None:
    """The mesh follows a face that turns away; what it tells comes later than the pictures after it."""
    blur = FaceBlur(ScriptedSearch())
    blur.push([frame(0)], 0, last=False)
    assert blur.push([frame(ms) for ms in range(100, 400, 100)], 0, last=False) == []
    blur.saw(300 * MS, LEFT)
    blur.saw(200 * MS, RIGHT)
    done = blur.push([], 0, last=True)
    assert [hidden(each.image, LEFT) and hidden(each.image, RIGHT) for each in done] == [True] * 4


@pytest.mark.parametrize("ahead_ms", [0, 60, 1_500, -1_500])
def test_as_long_as_pictures_come_none_is_looked_through_whatever_times_they_have(ahead_ms: int) -> None:
    """A camera may tell late when its pictures were captured; they wait as long as any."""
    search = ScriptedSearch()
    blur, done = FaceBlur(search), list[Frame]()
    for ms in range(0, 3_000, 33):
        done += blur.push([frame(ms)], (ms + ahead_ms) * MS, last=False)
        assert blur.push([], (ms + 20 + ahead_ms) * MS, last=False) == []
    assert 40 < len(done) < 60
    assert search.thorough == 1  # the first


@pytest.mark.parametrize(("now_ms", "last"), [(100, True), (600, False)])
def test_before_a_camera_is_gone_its_last_picture_is_looked_through(now_ms: int, last: bool) -> None:
    """No later look would find who has just come; without any sound too."""
    search = ScriptedSearch(through=[FAR])
    blur = FaceBlur(search)
    blur.push([frame(0)], 0, last=False)
    assert blur.push([frame(100), frame(200)], 100 * MS, last=False) == []
    assert blur.push([], 500 * MS, last=False) == []
    assert search.thorough == 1
    done = blur.push([], now_ms * MS, last=last)
    assert [hidden(each.image, FAR) for each in done] == [True] * 3
    for _ in range(3):
        blur.push([], now_ms * MS, last=last)
    assert search.thorough == 2


class OnceSeen(ScriptedSearch):
    """Somebody far off is in the pictures up to a moment, and only a thorough look at one finds them."""

    def __init__(self, until_look: int) -> None:
        super().__init__()
        self._until_look = until_look

    def boxes(self, image: Image, *, thorough: bool) -> list[FaceBox]:
        """The far one."""
        super().boxes(image, thorough=thorough)
        return [FAR] if thorough and 1 < self.looks <= self._until_look else []


@pytest.mark.parametrize("gap_ms", [WAIT_MS + 1, 3_000, 9_000])
@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize("there", [False, True])
def test_no_look_after_a_long_gap_counts_for_what_came_before(gap_ms: int, told: bool, there: bool) -> None:
    """Whether the clock told that the camera was gone or not; whoever was there may still be."""
    before = range(0, 1_000, 33)
    blur, done = FaceBlur(OnceSeen(100 if there else 11)), list[Frame]()
    for ms in before:
        done += blur.push([frame(ms)], ms * MS, last=False)
    if told:
        done += blur.push([], (before[-1] + 500) * MS, last=False)
    for ms in range(before[-1] + gap_ms, before[-1] + gap_ms + 1_000, 33):
        done += blur.push([frame(ms)], (ms if told else before[-1]) * MS, last=False)
    done += blur.push([], 0, last=True)
    assert len(done) == len(before) + len(range(0, 1_000, 33))
    # Those before were looked at in seven turns, which is all that can be done for them.
    few = [each.image for each in done if 500 <= each.time_ns // MS <= before[-1]]
    assert [hidden(image, FAR) for image in few] == [True] * len(few)


def test_what_waits_has_a_bound_and_what_cannot_is_blurred_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blurring, "MOST_WAITING_BYTES", 5 * SHARP.nbytes + 1)
    blur, done = FaceBlur(ScriptedSearch()), list[Frame]()
    for number in range(12):
        done += blur.push([frame(33 * number)], 33 * number * MS, last=False)
        assert number + 1 - len(done) <= 5
    assert [each.time_ns // MS for each in done] == [33 * number for number in range(7)]
    assert [is_whole(each.image) for each in done] == [False, *[True] * 6]


@pytest.mark.parametrize(
    "box", [FaceBox(-0.5, -0.5, 0.2, 0.2), FaceBox(0.9, 0.9, 0.5, 0.5), FaceBox(0, 0, 1, 1)]
)
@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 500, 3), (96, 128, 3), (2000, 3, 3)])
def test_a_box_may_reach_beyond_the_picture(box: FaceBox, shape: tuple[int, int, int]) -> None:
    assert with_faces_blurred(np.zeros(shape, np.uint8), [box]).shape == shape


boxes = st.lists(st.builds(FaceBox, *[st.floats(0, 0.5)] * 2, *[st.floats(0.05, 0.5)] * 2), max_size=3)


@given(st.lists(st.tuples(st.integers(100, 700), boxes), max_size=20))
def test_every_picture_comes_out_once_in_order_and_hides_the_faces_found_in_it(
    looks: list[tuple[int, list[FaceBox]]],
) -> None:
    times = np.cumsum([gap_ms for gap_ms, _ in looks]).tolist()
    blur = FaceBlur(ScriptedSearch(found for _, found in looks))
    out = [done for ms in times for done in blur.push([frame(ms)], 0, last=False)]
    out += blur.push([], 0, last=True)
    assert [done.time_ns for done in out] == [ms * MS for ms in times]
    for done, (_, found) in zip(out, looks, strict=True):
        for box in found:
            y, x = round(96 * (box.y + box.height / 2)), round(128 * (box.x + box.width / 2))
            part = np.s_[max(0, y - 1) : y + 1, max(0, x - 1) : x + 1]
            assert not np.array_equal(done.image[part], SHARP[part])


def test_no_face_is_found_in_what_is_left_of_a_real_one() -> None:
    look = astronaut()
    size = np.array(look.picture.shape[1::-1])
    low, high = look.landmarks[:, :2].min(axis=0) / size, look.landmarks[:, :2].max(axis=0) / size
    box = FaceBox(float(low[0]), float(low[1]), *(float(side) for side in high - low))
    assert seen(with_faces_blurred(look.picture, [box])) is None
