"""Whether an item is new, or only looks like one: the same picture again, a black one, digital silence."""

import zlib

import numpy as np

from fsrf_live.stream.features.pictures import is_black
from fsrf_live.stream.flow.items import Frame, Item, Reason, Samples

_ROWS = 4
"""Every fourth row is compared, whole: a talking mouth changes some of them, and 0.1 ms is enough for it."""


class Novelty:
    """Remembers the last picture of one source."""

    def __init__(self) -> None:
        self._last: int | None = None

    def fault_of(self, item: Item) -> Reason | None:
        """What is wrong with an item: FROZEN, BLACK or SILENT; None if it is new."""
        if isinstance(item, Frame):
            return self._fault_of_picture(item)
        if isinstance(item, Samples):
            # All zeros, not quiet: the noise of any real room moves the last bit of a sample.
            return None if item.samples.any() else Reason.SILENT
        return None

    def _fault_of_picture(self, frame: Frame) -> Reason | None:
        rows = np.ascontiguousarray(frame.image[::_ROWS])
        # The size goes into the mark, because two sizes of one colour have the same bytes to start with.
        mark = zlib.crc32(rows.tobytes(), frame.image.shape[0] << 16 | frame.image.shape[1])
        same, self._last = mark == self._last, mark
        # First of the two: a black picture is the same again too, and says more.
        if is_black(frame.image):
            return Reason.BLACK
        return Reason.FROZEN if same else None
