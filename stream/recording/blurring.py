"""Blurs every face that is found in pictures that are to be recorded, also for some time before and after.

A picture waits until those after it were looked at. If there is no time or room for that, it is blurred
whole. No thread, and no clock of its own.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from fsrf_live.fsrf.common.aliases import Image
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import FaceBox, Frame
from fsrf_live.stream.flow.slots import Slots

LOOKS_HZ = 10
LOOKS_AHEAD, LOOKS_ENOUGH = 14, 7
"""So many looks, from its own on, a picture waits for: in seven all parts are looked at (`searching`), and if
one has missed a face there is another of that part. If it cannot wait for so many, seven must do."""
SLOW_NS = 3 * NS // 10
"""Pictures that are farther apart, as of a slow camera, are looked through: there are too few for turns."""
LONGEST_WAIT_NS = 2 * NS
"""If there are fewer, it waits no longer, and no later look counts: a place is blurred for as long before."""
MOST_WAITING_BYTES = 256_000_000
"""As much as 1.4 s of 1920x1080 at 30 pictures a second; of more the oldest wait no longer."""
LOOKS_APART_NS = 4 * NS // 10
"""In a longer time between two looks a face can go where the margin ends: such pictures are blurred whole."""
MOST_AT_ONCE = 6
"""Of more pictures that have come meanwhile only the newest is looked at, so that the rest is in time."""
BLUR_KEPT_NS = 5 * NS
"""A face that is lost has most often turned away: the place where it was stays blurred."""
_GONE_NS = NS // 2
"""If a camera gives nothing for so long, its last picture is looked through: there may be none after it. By
the clock of whoever writes: a camera may tell its pictures' times as it likes."""
FACE_MARGIN = 0.4
"""Of the width and height of a face, on each side: boxes end at brows and chin, and before the ears."""
_PLACE_HOLDS = FACE_MARGIN / 2
"""A face that moves has a new place once less than so much of a margin is left."""
_FACE_PATCHES, _WHOLE_PATCHES = 4, 6
"""So many patches wide a face with its margin is left, or a whole picture, in which a face may be as wide as
it. Of 24 patches a picture still had a face for our own detector."""
_MOST_LOOKS, _NEVER_NS = 256, -(1 << 62)


class Search(Protocol):
    """What finds faces."""

    def boxes(self, image: Image, *, thorough: bool) -> list[FaceBox]:
        """Those in a picture ``[H, W, 3]`` BGR; `thorough` if it has no next one."""


@dataclass(slots=True)
class _Place:
    """Where one face or more were found, and from when to when."""

    box: FaceBox
    first_ns: int
    last_ns: int

    def holds(self, box: FaceBox, time_ns: int) -> bool:
        inside = _within(_wider(box, _PLACE_HOLDS), _wider(self.box, FACE_MARGIN))
        return inside and self.hides_at(time_ns)

    def hides_at(self, time_ns: int) -> bool:
        return self.first_ns - LONGEST_WAIT_NS <= time_ns <= self.last_ns + BLUR_KEPT_NS


class FaceBlur:
    """Not thread-safe. Pictures go in and come out in order."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._slots = Slots(LOOKS_HZ)
        self._waiting: deque[Frame] = deque()
        self._places: list[_Place] = []
        self._looks: deque[tuple[int, bool]] = deque(maxlen=_MOST_LOOKS)
        self._newest_ns = self._brought_ns = _NEVER_NS

    @property
    def waiting_since_ns(self) -> int | None:
        """The time of the oldest picture that waits; None without one."""
        return self._waiting[0].time_ns if self._waiting else None

    def saw(self, time_ns: int, box: FaceBox) -> None:
        """A face was found in the picture of this time, by whoever; not much later than the picture came."""
        for place in self._places:
            if place.holds(box, time_ns):
                place.first_ns, place.last_ns = min(place.first_ns, time_ns), max(place.last_ns, time_ns)
                return
        self._places.append(_Place(box, time_ns, time_ns))

    def push(self, frames: Sequence[Frame], now_ns: int, *, last: bool) -> list[Frame]:
        """Take pictures; gives those that need wait no longer, blurred. After the `last` none waits.

        `now_ns` is of any clock that goes on while no pictures come, told before they were taken.
        """
        skipped = len(frames) - 1 if len(frames) > MOST_AT_ONCE else 0
        for number, frame in enumerate(frames):
            slow, self._newest_ns = frame.time_ns - self._newest_ns > SLOW_NS, frame.time_ns
            self._waiting.append(frame)
            if number >= skipped and self._slots.free(frame.time_ns):
                self._slots.take(frame.time_ns)
                self._look(frame, thorough=slow)
        if frames:
            self._brought_ns = now_ns
        if not self._waiting:
            return []
        gone = last or now_ns - self._brought_ns >= _GONE_NS
        if gone and (self._newest_ns, True) not in self._looks:
            self._look(self._waiting[-1], thorough=True)
        done = []
        while self._waiting and (gone or self._is_due(self._waiting[0].time_ns) or self._is_full):
            done.append(self._blurred(self._waiting.popleft()))
        return done

    @property
    def _is_full(self) -> bool:
        return sum(frame.image.nbytes for frame in self._waiting) > MOST_WAITING_BYTES

    def _look(self, frame: Frame, *, thorough: bool) -> None:
        for box in self._search.boxes(frame.image, thorough=thorough):
            self.saw(frame.time_ns, box)
        self._looks.append((frame.time_ns, thorough))

    def _is_due(self, time_ns: int) -> bool:
        waited = self._newest_ns - time_ns >= LONGEST_WAIT_NS
        return waited or len(self._thorough_from(time_ns)) >= LOOKS_AHEAD

    def _thorough_from(self, time_ns: int) -> list[bool]:
        """Of each look whose faces are blurred at this time too, whether it was thorough."""
        return [thorough for at_ns, thorough in self._looks if 0 <= at_ns - time_ns <= LONGEST_WAIT_NS]

    def _is_searched(self, time_ns: int) -> bool:
        looks = self._thorough_from(time_ns)
        return any(looks) or len(looks) >= LOOKS_ENOUGH

    def _blurred(self, frame: Frame) -> Frame:
        time_ns = frame.time_ns
        self._places = [place for place in self._places if place.last_ns + BLUR_KEPT_NS >= time_ns]
        if not (self._is_searched(time_ns) and self._is_near_a_look(time_ns)):
            return Frame(time_ns, coarse(frame.image, _WHOLE_PATCHES))
        boxes = [place.box for place in self._places if place.hides_at(time_ns)]
        return Frame(time_ns, with_faces_blurred(frame.image, boxes)) if boxes else frame

    def _is_near_a_look(self, time_ns: int) -> bool:
        """Whether it was looked at, or looks lie close enough round it."""
        looks = [at_ns for at_ns, _ in self._looks]
        after = bisect_left(looks, time_ns)
        if after == len(looks):
            return False
        return looks[after] == time_ns or (after > 0 and looks[after] - looks[after - 1] <= LOOKS_APART_NS)


def _wider(box: FaceBox, margin: float) -> FaceBox:
    x, y, width, height = box
    return FaceBox(
        x - margin * width, y - margin * height, (1 + 2 * margin) * width, (1 + 2 * margin) * height
    )


def _within(small: FaceBox, large: FaceBox) -> bool:
    return (
        large.x <= small.x
        and large.y <= small.y
        and small.x + small.width <= large.x + large.width
        and small.y + small.height <= large.y + large.height
    )


def with_faces_blurred(image: Image, boxes: Sequence[FaceBox]) -> Image:
    """A copy of a picture ``[H, W, 3]`` that shows nobody in the boxes, each with its margin."""
    height, width = image.shape[:2]
    blurred = image.copy()
    for box in boxes:
        x, y, wide, high = _wider(box, FACE_MARGIN)
        left, right = round(width * x), round(width * (x + wide))
        top, bottom = round(height * y), round(height * (y + high))
        place = (slice(max(0, top), max(0, bottom)), slice(max(0, left), max(0, right)))
        if image[place].size:
            # Of what is blurred by now: an overlap must not come back from under another box.
            blurred[place] = coarse(blurred[place], _FACE_PATCHES)
    return blurred


def coarse(image: Image, patches: int) -> Image:
    """A picture ``[H, W, 3]`` of so many patches in its width, in the same size."""
    import cv2

    height, width = image.shape[:2]
    small = (min(width, patches), max(1, min(height, round(patches * height / width))))
    left = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(left, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
