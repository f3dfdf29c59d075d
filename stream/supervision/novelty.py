"""Whether an item is new, or only looks like one: the same picture again, a black one, digital silence."""

import zlib

import numpy as np

from fsrf_live.stream.flow.items import Frame, Item, Reason, Samples

_ROWS = 4
BLACK_BELOW = 8


class Novelty:
    """Remembers the last picture of one source."""

    def __init__(self) -> None:
        self._last: int | None = None

    def fault_of(self, item: Item) -> Reason | None:
        """Say what is wrong with an item: FROZEN, BLACK or SILENT; None where it is new."""
        if isinstance(item, Frame):
            return self._fault_of_picture(item)
        if isinstance(item, Samples):
            return None if item.samples.any() else Reason.SILENT
        return None

    def _fault_of_picture(self, frame: Frame) -> Reason | None:
        """Compare every fourth row, whole: a talking mouth changes them, and it takes 0.1 ms at 640x480."""
        rows = np.ascontiguousarray(frame.image[::_ROWS])
        mark = zlib.crc32(rows.tobytes(), frame.image.shape[0] << 16 | frame.image.shape[1])
        same, self._last = mark == self._last, mark
        seen = rows[:, ::_ROWS]
        if seen.sum() < BLACK_BELOW * seen.size:
            return Reason.BLACK
        return Reason.FROZEN if same else None
