"""Decode a media file as fast as the machine goes, by its own stamps; time zero is where the file begins.

A damaged packet costs that packet. A file from which nothing can be decoded raises MediaError; one that ends
early gives what it has, and a warning.
"""

import logging
import math
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.errors import MediaError
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Frame, Samples
from fsrf_live.stream.sources.sound import Blocks, Resampler

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.video.reformatter import VideoReformatter

_T = TypeVar("_T")

SHORT_BY_S = 1.0
LONGEST_SIDE = 1280
RECORDED_TAG = "CLOCK_ORIGIN_NS"
"""What our recordings carry: their time zero on the clock of the machine that made them."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What is in a file: `duration_s` is None if the file does not say, 0 for a still picture."""

    video: bool
    audio: bool
    duration_s: float | None

    @property
    def still(self) -> bool:
        """A single picture."""
        return self.video and not self.audio and self.duration_s == 0


def probe(path: Path | str) -> MediaInfo:
    """Look into a file; raises MediaError if it is missing, empty, or no media with a picture or sound."""
    with closing(open_container(path)) as container:
        video, audio = video_stream(container), audio_stream(container)
        if video is None and audio is None:
            raise MediaError(f"{path} holds neither pictures nor sound that can be read: is the file whole?")
        still = container.format.name.endswith(("_pipe", "image2")) and audio is None
        duration_s = 0.0 if still else _duration_s(container)
        return MediaInfo(video is not None, audio is not None, duration_s)


def decode_frames(path: Path | str, start_s: float = 0.0) -> Iterator[Frame]:
    """Give the pictures from `start_s` on, upright, ``[H, W, 3] uint8`` BGR, at most 1280 pixels a side.

    Gives nothing if the file has no picture; raises MediaError if it, or its pictures, cannot be read.
    """
    convert = PictureConverter()
    for time_ns, frame in raw_frames(path, start_s):
        yield Frame(time_ns, convert(frame))


def raw_frames(path: Path | str, start_s: float = 0.0) -> Iterator[tuple[int, "av.VideoFrame"]]:
    """Give the pictures as the decoder has them, with their times in ns: unused ones cost no conversion."""
    with closing(open_container(path)) as container:
        stream = video_stream(container)
        if stream is None:
            return
        stream.thread_type = "AUTO"
        time_ns = -1
        for frame in _decoded(container, stream, path, start_s):
            given_ns = time_ns + NS // 30 if frame.time is None else _since_start_ns(container, frame.time)
            time_ns = max(time_ns + 1, given_ns)
            if time_ns >= round(start_s * NS):
                yield time_ns, cast("av.VideoFrame", frame)


def decode_samples(path: Path | str, start_s: float = 0.0) -> Iterator[Samples]:
    """Give the sound from `start_s` on in blocks of 20 ms, mono, 16 kHz; the last one may be shorter.

    Gives nothing if the file has no sound; raises MediaError if it, or its sound, cannot be read.
    """
    with closing(open_container(path)) as container:
        stream = audio_stream(container)
        if stream is None:
            return
        blocks, resampler = Blocks(), Resampler()
        start_ns = round(start_s * NS)
        end_ns = 0
        for frame in _decoded(container, stream, path, start_s):
            sound = cast("av.AudioFrame", frame)
            time_ns = end_ns if sound.time is None else _since_start_ns(container, sound.time)
            end_ns = time_ns + sound.samples * NS // sound.sample_rate
            if end_ns <= start_ns:
                continue
            converted = resampler.convert(sound)
            yield from blocks.put(converted, end_ns - len(converted) * NS // SAMPLE_RATE_HZ)
        yield from blocks.put(resampler.flush(), end_ns)
        yield from blocks.flush()


class PictureConverter:
    """Converts decoded frames to BGR arrays, upright, at most 1280 pixels a side."""

    def __init__(self) -> None:
        self._reformatter: VideoReformatter | None = None

    def __call__(self, frame: "av.VideoFrame") -> NDArray[np.uint8]:
        """Give ``[H, W, 3] uint8``."""
        from av.video.reformatter import VideoReformatter

        if self._reformatter is None:
            self._reformatter = VideoReformatter()
        scale = min(1.0, LONGEST_SIDE / max(frame.width, frame.height))
        width, height = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
        image = self._reformatter.reformat(frame, width, height, format="bgr24").to_ndarray()
        turns = round(frame.rotation / 90) % 4
        return np.ascontiguousarray(np.rot90(image, turns)) if turns else cast("NDArray[np.uint8]", image)


def open_container(path: Path | str) -> "InputContainer":
    """Open a file for reading; raises MediaError with what is wrong with it."""
    import av

    file = Path(path)
    try:
        if file.is_file() and file.stat().st_size == 0:
            raise MediaError(f"{path} is empty: give a video, a sound file or a picture")
        return av.open(str(path), metadata_errors="replace")
    except FileNotFoundError as error:
        raise MediaError(f"{path} does not exist: check the name") from error
    except (OSError, av.FFmpegError) as error:
        raise MediaError(f"{path} cannot be read as media ({error.strerror}): is the file whole?") from error


def video_stream(container: "InputContainer") -> "av.VideoStream | None":
    """Give the first stream of pictures that is not the cover of a record."""
    from av.stream import Disposition

    real = (s for s in container.streams.video if not s.disposition & Disposition.attached_pic)
    return next((s for s in real if s.codec_context is not None), None)


def audio_stream(container: "InputContainer") -> "av.AudioStream | None":
    """Give the first stream of sound that can be decoded."""
    return next((s for s in container.streams.audio if s.codec_context is not None), None)


def is_unclosed(container: "InputContainer") -> bool:
    """Whether this is one of our recordings whose writer was killed: FFmpeg then guesses its duration."""
    ours = RECORDED_TAG in container.metadata
    return ours and not any("DURATION" in stream.metadata for stream in container.streams)


def _decoded(
    container: "InputContainer", stream: "av.VideoStream | av.AudioStream", path: Path | str, start_s: float
) -> "Iterator[av.VideoFrame | av.AudioFrame]":
    """Decode a stream packet by packet, over damaged ones; warn if it ends early."""
    import av

    if start_s > 0:
        with suppress(av.FFmpegError):
            container.seek(round(start_s * av.time_base) + (container.start_time or 0), backward=True)
    damaged, last_s = 0, None
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
            frames = cast("list[av.VideoFrame | av.AudioFrame]", packet.decode())
        except StopIteration:
            break
        except av.InvalidDataError:
            damaged += 1
            continue
        except av.FFmpegError as error:
            _log.warning("%s: reading stopped (%s)", path, error.strerror)
            break
        for frame in frames:
            last_s = frame.time if frame.time is not None else last_s
            yield frame
    _complain(container, stream.type, path, damaged, last_s)


def _complain(
    container: "InputContainer", kind: str, path: Path | str, damaged: int, last_s: float | None
) -> None:
    if last_s is None and damaged:
        raise MediaError(
            f"{path}: its {kind} cannot be decoded ({damaged} damaged parts): is the file whole?"
        )
    if damaged:
        _log.warning("%s: %d damaged parts of its %s were left out", path, damaged, kind)
    if last_s is None:
        return
    end_s, duration_s = _since_start_ns(container, last_s) / NS, _duration_s(container)
    if is_unclosed(container):
        _log.warning("%s was never closed: its %s ends at %.1f s", path, kind, end_s)
    elif duration_s and end_s < duration_s - SHORT_BY_S:
        _log.warning("%s: its %s ends at %.1f s of %.1f s", path, kind, end_s, duration_s)


def _since_start_ns(container: "InputContainer", time_s: float) -> int:
    return max(0, round(time_s * NS) - (container.start_time or 0) * 1000)


def _duration_s(container: "InputContainer") -> float | None:
    if container.duration is None or is_unclosed(container):
        return None
    return container.duration / 1_000_000


def probe_whole(path: Path | str) -> MediaInfo:
    """As `probe`; but a file that does not say its length is read to its end, without decoding it.

    The length stays None if its packets carry no times either. Raises MediaError.
    """
    info = probe(path)
    return info if info.duration_s is not None else replace(info, duration_s=_read_length_s(path))


def _read_length_s(path: Path | str) -> float | None:
    import av

    with closing(open_container(path)) as container:
        streams = [stream for stream in (video_stream(container), audio_stream(container)) if stream]
        start_s, end_s = math.inf, -math.inf
        with suppress(av.FFmpegError):
            for packet in container.demux(streams):
                if packet.pts is not None and packet.time_base is not None:
                    start_s = min(start_s, float(packet.pts * packet.time_base))
                    end_s = max(end_s, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        return end_s - start_s if end_s >= start_s else None
