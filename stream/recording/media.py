"""Raw pictures and sound of a session: one Matroska file, and captions beside it under the same name.

    media.mkv    pictures as JPEG, each whole by itself and of its own size; sound as float32, bit for bit
    media.vtt    the words, as WebVTT

Every item bears its capture time, less that of the file's beginning, which the tag ``CLOCK_ORIGIN_NS`` tells;
where nothing came there is nothing. Parts of `CLUSTER_MS` at most are appended whole, so a writer that is
killed loses no more than that; at the end an index is added. Times are rounded to a millisecond.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

import numpy as np

from fsrf_live.fsrf.common.errors import RecordingError
from fsrf_live.stream.flow.captions import VTT_HEAD, vtt_cue
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Frame, Item, Samples, Words
from fsrf_live.stream.sources.media.container import (
    RECORDED_TAG,
    audio_stream,
    is_unclosed,
    open_container,
)

if TYPE_CHECKING:
    import av

MEDIA, CAPTIONS = "media.mkv", "media.vtt"
FACES_TAG = "FACES"
SOUND_CODEC = "pcm_f32le"
JPEG_QUALITY = 90
SIZE_UNKNOWN = (640, 480)
"""What the file's head says of pictures that have not come yet; each picture tells its own size."""
CLUSTER_MS = 300
INTERLEAVE_US = 100_000

_log = logging.getLogger(__name__)


class MediaWriter:
    """Writes new files into a folder. Not thread-safe. What is out of order is left out, and counted."""

    def __init__(
        self,
        folder: Path,
        origin_ns: int,
        *,
        size: tuple[int, int] | None,
        sound: bool,
        blurred: bool = False,
    ) -> None:
        """`size` is the width and height of the first picture, None if there will be no pictures.

        Raises OSError, here and in every method, if something cannot be written.
        """
        import av

        self.left_out = 0
        self._captions_path = folder / CAPTIONS
        self._captions: TextIO | None = None
        self._origin_ns = origin_ns
        self._last_ns: dict[int, int] = {}
        options = {
            "cluster_time_limit": str(CLUSTER_MS),
            "max_interleave_delta": str(INTERLEAVE_US),
            "flush_packets": "1",
        }
        with _os_errors():
            self._container = av.open(f"file:{folder / MEDIA}", "w", format="matroska", options=options)
            self._container.metadata[RECORDED_TAG] = str(origin_ns)
            if blurred:
                self._container.metadata[FACES_TAG] = "blurred"
            self._pictures = None if size is None else self._add_pictures(size)
            self._sound = self._add_sound() if sound else None
            self._container.start_encoding()

    def write(self, item: Item) -> None:
        """Append a picture, a block of sound, or words that say something."""
        if isinstance(item, Words):
            if item.text.strip():
                self._write_words(item)
            return
        stream = self._pictures if isinstance(item, Frame) else self._sound
        if stream is None or item.time_ns <= self._last_ns.get(stream.index, self._origin_ns - 1):
            self.left_out += 1
            return
        self._last_ns[stream.index] = item.time_ns
        if isinstance(item, Frame):
            self._mux(stream, item.time_ns, _jpeg(item), 0)
        else:
            self._mux(stream, item.time_ns, item.samples.astype("<f4").tobytes(), item.end_ns - item.time_ns)

    def close(self) -> None:
        """Write the index."""
        self._close_captions()
        with _os_errors():
            self._container.close()

    def abandon(self) -> None:
        """Leave the files as they are, as when the disk is full."""
        with suppress(OSError):
            self._close_captions()
        with suppress(OSError), _os_errors():
            self._container.close()

    def _add_pictures(self, size: tuple[int, int]) -> "av.VideoStream":
        stream = self._container.add_stream("mjpeg", rate=30)
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        return stream

    def _add_sound(self) -> "av.AudioStream":
        stream = self._container.add_stream(SOUND_CODEC, rate=SAMPLE_RATE_HZ, layout="mono")
        return cast("av.AudioStream", stream)

    def _mux(
        self, stream: "av.VideoStream | av.AudioStream", time_ns: int, data: bytes, length_ns: int
    ) -> None:
        import av

        packet = av.Packet(data)
        packet.stream = stream
        packet.time_base = Fraction(1, NS)
        packet.pts = packet.dts = time_ns - self._origin_ns
        packet.duration = length_ns
        packet.is_keyframe = True
        with _os_errors():
            self._container.mux(packet)

    def _write_words(self, words: Words) -> None:
        if self._captions is None:
            self._captions = self._captions_path.open("x", encoding="utf-8")
            self._captions.write(VTT_HEAD)
        start_ns, end_ns = words.start_ns - self._origin_ns, words.end_ns - self._origin_ns
        self._captions.write(vtt_cue(replace(words, start_ns=start_ns, end_ns=end_ns)))
        self._captions.flush()

    def _close_captions(self) -> None:
        if self._captions is not None:
            self._captions.close()


def recorded_sound(path: Path) -> Iterator[Samples]:
    """The blocks of sound of a recording, bit for bit, at the times of the recording machine's clock.

    Damage ends them with a warning. Raises MediaError if the file cannot be read, RecordingError if it
    is not one of ours.
    """
    import av

    with closing(open_container(path)) as container:
        stream = audio_stream(container, None)
        origin_ns = _origin_ns(container.metadata, path)
        if stream is None or stream.codec_context.name != SOUND_CODEC:
            raise RecordingError(f"{path} holds no sound as a microphone gave it")
        if is_unclosed(container):
            _log.warning("%s was never closed: it is used as far as it goes", path)
        try:
            for packet in container.demux(stream):
                if packet.pts is not None and packet.time_base is not None:
                    time_ns = origin_ns + round(packet.pts * packet.time_base * NS)
                    yield Samples(time_ns, np.frombuffer(bytes(packet), "<f4").astype(np.float32))
        except av.FFmpegError as error:
            _log.warning("%s is torn (%s): it is used up to there", path, error.strerror)


def recorded_origin_ns(path: Path) -> int:
    """Where the media of a recording begin, on the recording machine's clock; raises as `recorded_sound`."""
    with closing(open_container(path)) as container:
        return _origin_ns(container.metadata, path)


def _origin_ns(tags: Mapping[str, str], path: Path) -> int:
    try:
        return int(tags[RECORDED_TAG])
    except (KeyError, ValueError) as error:
        raise RecordingError(f"{path} was not written by 'fsrf live --record-media'") from error


def _jpeg(frame: Frame) -> bytes:
    import cv2

    return bytes(cv2.imencode(".jpg", frame.image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1])


@contextmanager
def _os_errors() -> Iterator[None]:
    """FFmpeg's errors as Python's own."""
    import av

    try:
        yield
    except av.FFmpegError as error:
        raise OSError(error.errno, error.strerror) from error
