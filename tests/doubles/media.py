"""Media files of every kind that people have, made by PyAV."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray


def picture(number: int, width: int = 64, height: int = 48) -> NDArray[np.uint8]:
    """Give picture number so and so: ``[H, W, 3] uint8`` BGR, brighter with the number."""
    image = np.full((height, width, 3), 40 + 5 * (number % 40), np.uint8)
    image[: height // 2] //= 2
    return image


def tone(seconds: float, rate_hz: int, frequency_hz: float = 440.0) -> NDArray[np.float32]:
    """Give a tone of half full scale, ``[n] float32``."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return np.asarray(0.5 * np.sin(2 * np.pi * frequency_hz * time_s), np.float32)


def write_sound(path: Path, seconds: float = 1.0, rate_hz: int = 16_000, layout: str = "mono") -> Path:
    """Write a tone, the same in every channel, as the ending of the name says."""
    with av.open(str(path), "w") as container:
        _write_sound(container, _sound_stream(container, path, rate_hz, layout), tone(seconds, rate_hz))
    return path


def write_video(
    path: Path, times_s: list[float] | None = None, size: tuple[int, int] = (64, 48), sound_s: float = 0.0
) -> Path:
    """Write pictures at given times (one second of 25 by default), with a tone of `sound_s` seconds."""
    times_s = [number / 25 for number in range(25)] if times_s is None else times_s
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4" if min(size) > 1 else "ffv1", rate=25)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p" if min(size) > 1 else "bgr0"
        stream.codec_context.time_base = Fraction(1, 1000)
        sound = _sound_stream(container, path, 16_000, "mono") if sound_s else None
        for number, time_s in enumerate(times_s):
            frame = av.VideoFrame.from_ndarray(picture(number, *size), format="bgr24")
            frame.pts, frame.time_base = round(time_s * 1000), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None:
            _write_sound(container, sound, tone(sound_s, 16_000))
    return path


def write_still(path: Path, size: tuple[int, int] = (64, 48)) -> Path:
    """Write one picture as the ending of the name says."""
    import cv2

    assert cv2.imwrite(str(path), picture(20, *size))
    return path


def truncated(path: Path, share: float) -> Path:
    """Cut a file off after this share of its bytes; gives the new file."""
    data = path.read_bytes()
    cut = path.with_name(f"cut-{path.name}")
    cut.write_bytes(data[: int(len(data) * share)])
    return cut


def _sound_stream(
    container: av.container.OutputContainer, path: Path, rate_hz: int, layout: str
) -> av.AudioStream:
    codec = {".wav": "pcm_s16le", ".flac": "flac"}.get(path.suffix, "aac")
    stream = container.add_stream(codec, rate=rate_hz, layout=layout)
    assert isinstance(stream, av.AudioStream)
    return stream


def _write_sound(
    container: av.container.OutputContainer, stream: av.AudioStream, samples: NDArray[np.float32]
) -> None:
    size = stream.codec_context.frame_size or 1024
    resampler = av.AudioResampler(stream.format.name, stream.layout.name, stream.rate, frame_size=size)
    packed = np.repeat(samples, stream.layout.nb_channels)[None]
    frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=stream.layout.name)
    frame.sample_rate, frame.pts = stream.rate, 0
    for part in (*resampler.resample(frame), *resampler.resample(None)):
        container.mux(stream.encode(part))
    container.mux(stream.encode(None))
