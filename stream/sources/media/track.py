"""Reads one track of a file, over damage and over stamps that jump."""

import logging
import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

from fsrf_live.fsrf.common.errors import MediaError
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.sources.media.container import (
    RECORDED_TAG,
    Tracks,
    audio_stream,
    is_unclosed,
    may_begin_again,
    told_length_s,
    video_stream,
)
from fsrf_live.stream.sources.media.stamps import APART_NS, StampMender

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.stream import Stream

    AnyPacket = av.Packet[Stream]

SHORT_BY_S = 1.0
GAP_S, STREAM_GAP_S = 60.0, 10.0
"""A file may have nothing at all for so long, a transport stream; more is a jump of its stamps."""
LEAD_S = 10.0
"""So long before where they are wanted, packets of a file that cannot be sought in are decoded."""
MOST_TOLD = 3

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Tick:
    """The unit of a track's stamps, `over` / `under` ns; a fraction of Python's takes ten times as long."""

    over: int
    under: int

    def ns(self, stamp: int) -> int:
        """A stamp in ns, rounded to the nearest, halves to the even one."""
        whole, left = divmod(stamp * self.over, self.under)
        return whole + (2 * left + (whole & 1) > self.under)

    def of(self, time_ns: int) -> int:
        """A time in stamps, likewise."""
        return round(Fraction(time_ns * self.under, self.over))


class TrackReading:
    """One reading of one track, packet by packet, over damaged ones, with its stamps mended."""

    def __init__(
        self,
        container: "InputContainer",
        stream: "av.VideoStream | av.AudioStream",
        tracks: Tracks,
        path: Path | str,
        start_s: float,
    ) -> None:
        self._container = container
        self._stream = stream
        self._path = path
        both = (video_stream(container, tracks.video), audio_stream(container, tracks.audio))
        self._streams = [each for each in both if each is not None]
        self._skips_to_ns = 0
        sought = start_s > 0 and self._seek(start_s)
        if start_s > 0 and not sought:
            self._skips_to_ns = round((start_s - LEAD_S) * NS)
        gap_ns = round((STREAM_GAP_S if may_begin_again(container) else GAP_S) * NS)
        ours = RECORDED_TAG in container.metadata
        self._mender = StampMender(None if ours else gap_ns, round(start_s * NS) if sought else 0)
        self._ticks: dict[int, _Tick] = {}
        self._damaged = 0
        self._last_s: float | None = None

    def frames(self) -> "Iterator[av.VideoFrame | av.AudioFrame]":
        """What can be decoded; warns if it ends early."""
        import av

        packets = self._container.demux(self._streams)
        while True:
            try:
                packet = next(packets)
                frames = self._decode(packet)
            except StopIteration:
                break
            except av.InvalidDataError:
                self._damaged += 1
                continue
            except av.FFmpegError as error:
                _log.warning("%s: reading stopped (%s)", self._path, error.strerror)
                break
            for frame in frames:
                self._last_s = frame.time if frame.time is not None else self._last_s
                yield frame
        self._complain()

    def length_s(self) -> float | None:
        """How long the file lasts by its packets: by their stamps, or else by their number.

        None if they tell neither. Damage ends it.
        """
        import av

        start_ns, counted_ns = math.inf, 0
        with suppress(av.FFmpegError):
            for packet in self._container.demux(self._streams):
                at_ns = self._mend(packet)
                if at_ns is not None:
                    start_ns = min(start_ns, at_ns)
                elif packet.size and packet.stream.index == self._stream.index:
                    counted_ns += self._tick(packet).ns(packet.duration or 0)
        return counted_ns / NS or None if math.isinf(start_ns) else (self._mender.end_ns - start_ns) / NS

    def _seek(self, start_s: float) -> bool:
        """Go to the last place before `start_s` from which can be decoded, if this file has such places."""
        import av

        if may_begin_again(self._container):
            return False
        with suppress(av.FFmpegError):
            offset = round(start_s * av.time_base) + (self._container.start_time or 0)
            self._container.seek(offset, backward=True)
            return True
        return False

    def _decode(self, packet: "AnyPacket") -> "list[av.VideoFrame | av.AudioFrame]":
        at_ns = self._mend(packet)
        if packet.stream.index != self._stream.index:
            return []
        if at_ns is not None and self._skips_to_ns:
            if at_ns < self._skips_to_ns or not packet.is_keyframe:
                return []
            self._skips_to_ns = 0
        return cast("list[av.VideoFrame | av.AudioFrame]", packet.decode())

    def _mend(self, packet: "AnyPacket") -> int | None:
        """Mend the stamps of a packet; gives its time in ns, None if it has none."""
        shown, decoded = packet.pts, packet.dts
        first, last = (shown if decoded is None else decoded), (decoded if shown is None else shown)
        tick = self._tick(packet)
        if first is None or last is None or not tick.over:
            return None
        # Decoding times go on evenly, but an encoder whose clock jumps gives the new ones some pictures late.
        stamp = first if tick.ns(last - first) <= APART_NS else last
        origin_ns = (self._container.start_time or 0) * 1000
        at_ns = tick.ns(stamp) - origin_ns
        length_ns = tick.ns(last - stamp) + tick.ns(packet.duration or 0)
        shift_ns = self._mender.shift_of(packet.stream.index, at_ns, max(0, length_ns))
        if shift_ns:
            shift = tick.of(shift_ns)
            packet.pts = shown = None if shown is None else shown + shift
            packet.dts = None if decoded is None else decoded + shift
        return at_ns + shift_ns if shown is None else tick.ns(shown) - origin_ns

    def _tick(self, packet: "AnyPacket") -> "_Tick":
        index = packet.stream.index
        if index not in self._ticks:
            base = packet.time_base or Fraction(0)
            self._ticks[index] = _Tick(base.numerator * NS, base.denominator)
        return self._ticks[index]

    def _complain(self) -> None:
        path, kind, last_s = self._path, self._stream.type, self._last_s
        if last_s is None and self._damaged:
            raise MediaError(
                f"{path}: its {kind} cannot be decoded ({self._damaged} damaged parts): is the file whole?"
            )
        if self._damaged:
            _log.warning("%s: %d damaged parts of its %s were left out", path, self._damaged, kind)
        if self._mender.jumps and self._stream.index == self._streams[0].index:
            times = ", ".join(f"{at_ns / NS:.1f} s" for at_ns in self._mender.jumps[:MOST_TOLD])
            _log.warning("%s: its time stamps jump at %s; it is read on without a gap", path, times)
        if last_s is None:
            return
        end_s, duration_s = since_start_ns(self._container, last_s) / NS, told_length_s(self._container)
        if is_unclosed(self._container):
            _log.warning("%s was never closed: its %s ends at %.1f s", path, kind, end_s)
        elif duration_s and end_s < duration_s - SHORT_BY_S and not self._mender.jumps:
            _log.warning("%s: its %s ends at %.1f s of %.1f s", path, kind, end_s, duration_s)


def since_start_ns(container: "InputContainer", time_s: float) -> int:
    """A time of the file's own, counted from where the file begins; never below zero."""
    return max(0, round(time_s * NS) - (container.start_time or 0) * 1000)
