"""Subtitles inside a media file, read by the same rules as captions beside it."""

import logging
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import Words
from fsrf_live.stream.sources.captions import parse_captions
from fsrf_live.stream.sources.media.container import (
    Tracks,
    choice_among,
    name_of,
    open_container,
    subtitle_stream,
    subtitle_streams,
)

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.subtitles.stream import SubtitleStream

_log = logging.getLogger(__name__)


def read_subtitles(path: Path | str, tracks: Tracks) -> list[Words]:
    """The words of a file's subtitles, in media time; none if it has no text of such a kind.

    Raises MediaError, and UsageError if the track that is wanted is not there.
    """
    with closing(open_container(path)) as container:
        stream = subtitle_stream(container, tracks.subtitle)
        if stream is None:
            if container.streams.subtitles:
                _log.warning("%s: its subtitles are pictures, which are not read", name_of(container))
            return []
        there = subtitle_streams(container)
        if tracks.subtitle is None and len(there) > 1:
            _log.warning(choice_among(container, there, stream))
        return parse_captions("\n\n".join(_cues(container, stream)))


def _cues(container: "InputContainer", stream: "SubtitleStream") -> list[str]:
    """Each packet as a cue of SubRip; damage ends them with a warning."""
    import av
    from av.subtitles.subtitle import AssSubtitle

    cues: list[str] = []
    try:
        for packet in container.demux(stream):
            if packet.pts is None or packet.time_base is None:
                continue
            begin_s = float(packet.pts * packet.time_base) - (container.start_time or 0) / av.time_base
            end_s = begin_s + float((packet.duration or 0) * packet.time_base)
            parts = [part.dialogue for part in packet.decode() if isinstance(part, AssSubtitle)]
            text = b"\n".join(parts).decode("utf-8", "replace").replace("\\N", "\n").replace("\\n", "\n")
            lines = "\n".join(line for line in text.split("\n") if line.strip())
            if lines:
                cues.append(f"{_moment(begin_s)} --> {_moment(end_s)}\n{lines}")
    except av.FFmpegError as error:
        _log.warning("%s: its subtitles end early (%s)", name_of(container), error.strerror)
    return cues


def _moment(time_s: float) -> str:
    seconds, fraction = divmod(max(0, round(time_s * NS)), NS)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{fraction:09d}"
