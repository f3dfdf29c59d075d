"""Decode a media file as fast as the machine goes, by its own stamps; time zero is where the file begins.

A damaged packet costs that packet. Stamps that jump or begin again are read on (`media.stamps`). A file from
which nothing can be decoded raises MediaError; one that ends early gives what it has, and a warning.
"""

import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, cast

from fsrf_live.fsrf.common.errors import MediaError
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Frame, Samples
from fsrf_live.stream.sources.media.animation import animation_frames, is_animated
from fsrf_live.stream.sources.media.container import (
    ANY_TRACKS,
    Tracks,
    audio_stream,
    open_container,
    others_of,
    tiles_of,
    told_length_s,
    video_stream,
    wave_goes_on,
)
from fsrf_live.stream.sources.media.picture import LARGE, PictureConverter, RawPicture
from fsrf_live.stream.sources.media.tiles import read_grid
from fsrf_live.stream.sources.media.track import SHORT_BY_S, TrackReading, since_start_ns
from fsrf_live.stream.sources.sound import Blocks, Clipping, Resampler

if TYPE_CHECKING:
    import av
    import numpy as np
    from av.container import InputContainer
    from numpy.typing import NDArray

PICTURES_A_SECOND = 30

_log = logging.getLogger(__name__)

_SIDES = 2
"""Of more channels the mix may go beyond full scale though no recorder did."""


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What is in a file: `duration_s` is None if the file does not say, 0 for a still picture."""

    video: bool
    audio: bool
    duration_s: float | None
    others: tuple[str, ...] = ()
    """Lines about tracks that are there and are not read."""

    @property
    def still(self) -> bool:
        """A single picture."""
        return self.video and not self.audio and self.duration_s == 0


def probe(path: Path | str, tracks: Tracks = ANY_TRACKS) -> MediaInfo:
    """Look into a file; raises MediaError if it is missing, empty, or no media with a picture or sound.

    Raises UsageError if it has no such track.
    """
    with closing(open_container(path)) as container:
        video, audio = video_stream(container, tracks.video), audio_stream(container, tracks.audio)
        tiled = video is None and bool(tiles_of(container))
        if video is None and audio is None and not tiled:
            raise MediaError(f"{path} holds neither pictures nor sound that can be read: is the file whole?")
        still = audio is None and (tiled or _is_one_picture(container, video, path))
        duration_s = 0.0 if still else told_length_s(container)
        others = others_of(container, tracks)
        return MediaInfo(video is not None or tiled, audio is not None, duration_s, others)


def probe_whole(path: Path | str, tracks: Tracks = ANY_TRACKS) -> MediaInfo:
    """As `probe`; but the file is read to its end, without decoding it, and what it tells may be corrected.

    The length stays None if its packets bear no times and no lengths either. Raises MediaError, UsageError.
    """
    info = probe(path, tracks)
    if info.still:
        return info
    told_s, read_s = info.duration_s, _read_length_s(path, tracks)
    right = told_s is not None and (read_s is None or abs(told_s - read_s) < SHORT_BY_S)
    return info if right else replace(info, duration_s=read_s)


def decode_frames(path: Path | str, start_s: float = 0.0, tracks: Tracks = ANY_TRACKS) -> Iterator[Frame]:
    """Give the pictures from `start_s` on, as they are to be seen, ``[H, W, 3] uint8`` BGR.

    They are upright, their pixels are square, at most 1280 a side. Gives nothing if the file has no picture;
    raises MediaError if it, or its pictures, cannot be read.
    """
    return (picture.converted() for picture in raw_frames(path, start_s, tracks))


def raw_frames(path: Path | str, start_s: float = 0.0, tracks: Tracks = ANY_TRACKS) -> Iterator[RawPicture]:
    """As `decode_frames`, but the pictures as the decoder has them: unused ones cost no conversion."""
    time_ns = -1
    for given_ns, picture in _pictures(path, start_s, tracks):
        time_ns = max(time_ns + 1, given_ns)
        if time_ns >= round(start_s * NS):
            yield replace(picture, time_ns=time_ns)


def decode_samples(path: Path | str, start_s: float = 0.0, tracks: Tracks = ANY_TRACKS) -> Iterator[Samples]:
    """Give the sound from `start_s` on in blocks of 20 ms, mono, 16 kHz; the last one may be shorter.

    Gives nothing if the file has no sound; raises MediaError if it, or its sound, cannot be read.
    """
    with closing(open_container(path)) as container:
        stream = audio_stream(container, tracks.audio)
        if stream is None:
            return
        if wave_goes_on(path):
            _log.warning("%s: its head tells too short a length; it is read to its end", path)
        blocks, resampler, clipping = Blocks(), Resampler(), Clipping()
        start_ns = round(start_s * NS)
        end_ns = 0
        for frame in TrackReading(container, stream, tracks, path, start_s).frames():
            sound = cast("av.AudioFrame", frame)
            time_ns = end_ns if sound.time is None else since_start_ns(container, sound.time)
            end_ns = time_ns + sound.samples * NS // sound.sample_rate
            if end_ns <= start_ns:
                continue
            converted = resampler.convert(sound)
            if sound.layout.nb_channels <= _SIDES:
                clipping.seen(converted)
            yield from blocks.put(converted, end_ns - len(converted) * NS // SAMPLE_RATE_HZ)
        yield from blocks.put(resampler.flush(), end_ns)
        yield from blocks.flush()
        if clipping.matters:
            _log.warning(
                "%s: its sound is cut off at full scale (recorded too loud): what is heard in it is less "
                "sure than the interval says",
                path,
            )


def _pictures(path: Path | str, start_s: float, tracks: Tracks) -> Iterator[tuple[int, RawPicture]]:
    """The pictures of a file with their times, some of them from before `start_s`."""
    with closing(open_container(path)) as container:
        if is_animated(path):
            for time_ns, _, shown in animation_frames(path):
                yield time_ns, RawPicture(time_ns, shown, PictureConverter(None))
            return
        stream = video_stream(container, tracks.video)
        if stream is None:
            if tiles_of(container):
                yield 0, RawPicture(0, _tiled(container, path), PictureConverter(None))
            return
        _choose_threads(stream)
        convert = PictureConverter(stream.sample_aspect_ratio)
        step_ns = round(NS / (stream.guessed_rate or PICTURES_A_SECOND))
        time_ns = -step_ns
        for frame in TrackReading(container, stream, tracks, path, start_s).frames():
            time_ns = time_ns + step_ns if frame.time is None else since_start_ns(container, frame.time)
            yield time_ns, RawPicture(time_ns, cast("av.VideoFrame", frame), convert)


def _choose_threads(stream: "av.VideoStream") -> None:
    """One thread for small pictures: handing them on costs three a third more than they save."""
    if stream.width * stream.height < LARGE:
        stream.codec_context.thread_count = 1
    else:
        stream.thread_type = "AUTO"


def _tiled(container: "InputContainer", path: Path | str) -> "av.VideoFrame":
    """The picture that a file's tiles make; raises MediaError."""
    import av

    grid = read_grid(path)
    tiles = {}
    try:
        for packet in container.demux(tiles_of(container)):
            for tile in packet.decode():
                image = cast("av.VideoFrame", tile).to_ndarray(format="bgr24")
                tiles[packet.stream.id] = cast("NDArray[np.uint8]", image)
        return av.VideoFrame.from_ndarray(grid.joined(tiles), format="bgr24")
    except (av.FFmpegError, MediaError) as error:
        raise MediaError(f"{path}: its tiles cannot be put together: is the file whole?") from error


def _is_one_picture(container: "InputContainer", stream: "av.VideoStream | None", path: Path | str) -> bool:
    """Whether there is a picture and no second one, by the format or by the packets."""
    import av

    if stream is None or is_animated(path):
        return False
    if container.format.name.endswith(("_pipe", "image2")):
        return True
    try:
        return len(list(islice((p for p in container.demux(stream) if p.size), 2))) == 1
    except av.FFmpegError:
        return False


def _read_length_s(path: Path | str, tracks: Tracks) -> float | None:
    """How long a file lasts by its packets: by their stamps or their number."""
    with closing(open_container(path)) as container:
        if is_animated(path):
            return sum(length_ns for _, length_ns, _ in animation_frames(path)) / NS
        stream = video_stream(container, tracks.video) or audio_stream(container, tracks.audio)
        if stream is None:
            return None
        return TrackReading(container, stream, tracks, path, 0.0).length_s()
