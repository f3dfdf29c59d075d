"""Animated WebP, which FFmpeg cannot decode, by OpenCV."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fsrf_live.fsrf.common.errors import MediaError
from fsrf_live.stream.flow.clock import NS

if TYPE_CHECKING:
    import av

_HEAD, _ANIMATED = 21, 0x02
"""Bytes up to the flags of the extended head, and the flag (developers.google.com/speed/webp/docs)."""


def is_animated(path: Path | str) -> bool:
    """Whether this is an animated WebP; raises OSError."""
    with Path(path).open("rb") as file:
        head = file.read(_HEAD)
    return len(head) == _HEAD and head[8:16] == b"WEBPVP8X" and bool(head[20] & _ANIMATED)


def animation_frames(path: Path | str) -> Iterator[tuple[int, int, "av.VideoFrame"]]:
    """Its pictures, each with its time and how long it is shown, in ns; raises MediaError."""
    import av
    import cv2

    there, animation = cv2.imreadanimation(str(path))
    if not there:
        raise MediaError(f"{path} is an animation that cannot be decoded: is the file whole?")
    time_ns = 0
    for image, shown_ms in zip(animation.frames, animation.durations, strict=True):
        length_ns = int(shown_ms) * NS // 1000
        yield (
            time_ns,
            length_ns,
            av.VideoFrame.from_ndarray(np.ascontiguousarray(image[..., :3], np.uint8), format="bgr24"),
        )
        time_ns += length_ns
