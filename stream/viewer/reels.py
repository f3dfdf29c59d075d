"""The pictures and the sound of a recording at any moment, as they were recorded.

Times are in seconds since the beginning of the session. Not thread-safe.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fsrf_live.fsrf.common.aliases import Reals
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ
from fsrf_live.stream.recording.media import SOUND_CODEC
from fsrf_live.stream.sources.media.container import audio_stream, open_container, video_stream

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

NEAR_S = 2.0
"""What lies so far ahead is read on to; what is farther is sought."""
_LONGEST_BLOCK_S = 1.0
_MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class Still:
    """A picture as the camera gave it, a JPEG, at its capture time."""

    at_s: float
    jpeg: bytes


class FilmPictures:
    """Those of one file, which stays open."""

    def __init__(self, path: Path, start_s: float) -> None:
        """`start_s` is where the file begins; raises MediaError, and has no pictures if it has none."""
        self._container = open_container(path)
        self._stream = video_stream(self._container, None)
        self._start_s = start_s
        self._now: Still | None = None
        self._next: Still | None = None

    @property
    def any(self) -> bool:
        """Whether there are pictures."""
        return self._stream is not None

    def around(self, time_s: float) -> tuple[Still | None, Still | None]:
        """The picture that was seen at a moment, and the one after it; None if there is none."""
        if self._stream is None:
            return None, None
        near = self._now is not None and self._now.at_s <= time_s <= self._now.at_s + NEAR_S
        if not near:
            _seek(self._container, time_s - self._start_s)
            self._now, self._next = None, self._read()
        while self._next is not None and self._next.at_s <= time_s:
            self._now, self._next = self._next, self._read()
        return self._now, self._next

    def close(self) -> None:
        """Let the file go."""
        self._container.close()

    def _read(self) -> Still | None:
        assert self._stream is not None
        packet = _next_packet(self._container, self._stream)
        if packet is None:
            return None
        return Still(self._start_s + packet[0], packet[1])


class FilmSound:
    """The sound of one file, which stays open."""

    def __init__(self, path: Path, start_s: float) -> None:
        """As `FilmPictures`."""
        self._container = open_container(path)
        stream = audio_stream(self._container, None)
        self._stream = stream if stream is not None and stream.codec_context.name == SOUND_CODEC else None
        self._start_s = start_s

    @property
    def any(self) -> bool:
        """Whether there is sound."""
        return self._stream is not None

    def between(self, first: int, end: int) -> Reals:
        """Samples by their numbers since the beginning of the session; zero where none came."""
        samples = np.zeros(end - first, np.float32)
        if self._stream is None:
            return samples
        _seek(self._container, first / SAMPLE_RATE_HZ - self._start_s - _LONGEST_BLOCK_S)
        while (packet := _next_packet(self._container, self._stream)) is not None:
            at = round((self._start_s + packet[0]) * SAMPLE_RATE_HZ) - first
            if at >= len(samples):
                break
            block = np.frombuffer(packet[1], "<f4")
            skipped = max(0, -at)
            taken = block[skipped : skipped + max(0, len(samples) - max(at, 0))]
            samples[max(at, 0) : max(at, 0) + len(taken)] = taken
        return np.nan_to_num(samples)

    def close(self) -> None:
        """Let the file go."""
        self._container.close()


def _seek(container: "InputContainer", time_s: float) -> None:
    """To the last packet before a moment of the file, or to its beginning."""
    import av

    # Matroska counts milliseconds, and would round a moment up: to a packet that is yet to come.
    whole_ms = math.floor(time_s * _MILLISECONDS)
    try:
        container.seek(max(0, whole_ms * _MILLISECONDS))
    except av.FFmpegError:  # before the first, or behind the last that a file without an index knows
        container.seek(0)


def _next_packet(
    container: "InputContainer", stream: "av.VideoStream | av.AudioStream"
) -> tuple[float, bytes] | None:
    """Its moment in the file, in seconds, and what is in it; None at the end, or where the file is torn."""
    import av

    try:
        for packet in container.demux(stream):
            if packet.pts is not None and packet.time_base is not None:
                return float(packet.pts * packet.time_base), bytes(packet)
    except av.FFmpegError:
        pass
    return None
