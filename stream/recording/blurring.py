"""Blurs faces in pictures that are to be recorded, by where faces were found in those that were read.

A picture waits until it is known where faces are, before it and after it. One of which that cannot be known
in time is blurred as a whole. No thread, no clock but the times of pictures.
"""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence

import numpy as np

from fsrf_live.fsrf.common.aliases import Image
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import FaceBox, Frame

AHEAD_NS = NS // 2
"""A face that comes in is found a few looks later: what was found so long after a picture counts for it."""
LONGEST_WAIT_NS = NS
"""If faces are not read for so long, as while the networks are loaded, a picture waits no longer."""
LOOKS_APART_NS, ALONE_NS = 6 * NS // 10, 15 * NS // 100
"""Between two looks so far apart, or so long from a single one, a face can go where the margin ends."""
BEFORE_NS = 3 * NS // 10
BLUR_KEPT_NS = 3 * NS
"""A face that is lost has most often turned away: the place where it was stays blurred."""
FACE_MARGIN = 0.4
"""Of the width and height of a face, on each side: the mesh ends at brows and chin, and before the ears."""
_FACE_PATCHES, _WHOLE_PATCHES = 4, 6
"""So many patches wide a face with its margin is left, or a whole picture, in which a face may be as wide as
it. Of 24 patches a picture still had a face for our own detector."""
_MOST_LOOKS = 256


class FaceBlur:
    """Not thread-safe. Pictures go in and come out in order; looks come in order too."""

    def __init__(self) -> None:
        self._looks: deque[tuple[int, FaceBox | None]] = deque(maxlen=_MOST_LOOKS)
        self._waiting: deque[Frame] = deque()
        self._kept: tuple[int, FaceBox] | None = None

    @property
    def waiting_since_ns(self) -> int | None:
        """The time of the oldest picture that waits; None without one."""
        return self._waiting[0].time_ns if self._waiting else None

    def saw(self, time_ns: int, box: FaceBox | None) -> None:
        """The picture of this time was read; a face was found there, or none was."""
        if not self._looks or time_ns > self._looks[-1][0]:
            self._looks.append((time_ns, box))

    def push(self, frames: Sequence[Frame], heard_ns: int, *, last: bool) -> list[Frame]:
        """Take pictures; gives those that need wait no longer, blurred. After the `last` none waits.

        `heard_ns` is up to when there is sound, 0 without any: time goes on while no pictures come.
        """
        self._waiting.extend(frames)
        done = []
        while self._waiting and (last or self._is_due(self._waiting[0].time_ns, heard_ns)):
            frame = self._waiting.popleft()
            done.append(Frame(frame.time_ns, self._blurred(frame)))
        return done

    def _is_due(self, time_ns: int, heard_ns: int) -> bool:
        seen = bool(self._looks) and self._looks[-1][0] >= time_ns + AHEAD_NS
        return seen or max(heard_ns, self._waiting[-1].time_ns) - time_ns >= LONGEST_WAIT_NS

    def _blurred(self, frame: Frame) -> Image:
        boxes = self._boxes(frame.time_ns)
        if boxes is None:
            return coarse(frame.image)
        return with_faces_blurred(frame.image, boxes) if boxes else frame.image

    def _boxes(self, time_ns: int) -> list[FaceBox] | None:
        """Where faces are in the picture of this time; None if that is not known."""
        times = [time for time, _ in self._looks]
        after, before = bisect_left(times, time_ns), bisect_right(times, time_ns) - 1
        if not _is_known(times, before, after, time_ns):
            return None
        near = [
            (time, box)
            for time, box in self._looks
            if time_ns - BEFORE_NS <= time <= time_ns + AHEAD_NS and box
        ]
        past = [(time, box) for time, box in self._looks if time <= time_ns and box]
        if past:
            self._kept = past[-1]
        boxes = [box for _, box in near]
        if self._kept is not None and time_ns - self._kept[0] <= BLUR_KEPT_NS:
            boxes.append(self._kept[1])
        return boxes


def _is_known(times: Sequence[int], before: int, after: int, time_ns: int) -> bool:
    """Whether looks lie close enough round a time; `before` and `after` are the places of the nearest."""
    if before >= 0 and after < len(times):
        return times[after] - times[before] <= LOOKS_APART_NS
    nearest = [times[place] for place in (before, after) if 0 <= place < len(times)]
    return any(abs(time - time_ns) <= ALONE_NS for time in nearest)


def coarse(image: Image, patches: int = _WHOLE_PATCHES) -> Image:
    """A picture ``[H, W, 3]`` of so many patches in its width, in the same size."""
    import cv2

    height, width = image.shape[:2]
    small = (min(width, patches), max(1, min(height, round(patches * height / width))))
    left = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(left, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def with_faces_blurred(image: Image, boxes: Sequence[FaceBox]) -> Image:
    """A copy of a picture ``[H, W, 3]`` that shows nobody in the boxes, each with its margin."""
    height, width = image.shape[:2]
    blurred = image.copy()
    for x, y, wide, high in boxes:
        left, right = (
            round(width * share) for share in (x - FACE_MARGIN * wide, x + (1 + FACE_MARGIN) * wide)
        )
        top, bottom = (
            round(height * share) for share in (y - FACE_MARGIN * high, y + (1 + FACE_MARGIN) * high)
        )
        place = (slice(max(0, top), max(0, bottom)), slice(max(0, left), max(0, right)))
        if image[place].size:
            # Of what is blurred by now: an overlap must not come back from under another box.
            blurred[place] = coarse(blurred[place], _FACE_PATCHES)
    return blurred
