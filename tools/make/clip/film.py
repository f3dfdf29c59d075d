"""Writes pictures and sound to an MP4 file (H.264 and AAC) by PyAV."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from fsrf_live.tools.make.clip.script import FPS, HEIGHT, WIDTH

_BLOCK = 1024


def write_film(
    path: Path, pictures: Iterable[NDArray[np.uint8]], samples: NDArray[np.float32], rate_hz: int
) -> None:
    """Encode; single-threaded and without an encoder's date, so that the same input gives the same file."""
    with av.open(str(path), "w", options={"movflags": "+faststart", "fflags": "+bitexact"}) as container:
        video = container.add_stream("libx264", rate=FPS)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.options = {"crf": "24", "preset": "slow", "threads": "1", "g": str(FPS * 2)}
        audio = container.add_stream("aac", rate=rate_hz, layout="mono")
        audio.bit_rate = 64_000
        sound = iter(range(0, len(samples), _BLOCK))
        heard = 0
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            container.mux(video.encode(frame))
            while heard < (index + 1) * rate_hz // FPS and (first := next(sound, None)) is not None:
                container.mux(audio.encode(_sound(samples, first, rate_hz)))
                heard = first + _BLOCK
        for first in sound:
            container.mux(audio.encode(_sound(samples, first, rate_hz)))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


def _sound(samples: NDArray[np.float32], first: int, rate_hz: int) -> av.AudioFrame:
    block = samples[None, first : first + _BLOCK]
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), format="fltp", layout="mono")
    frame.sample_rate = rate_hz
    frame.pts, frame.time_base = first, Fraction(1, rate_hz)
    return frame
