"""Caption files: WebVTT and SubRip."""

import html
from collections.abc import Iterable, Iterator
from typing import Literal

from fsrf_live.stream.flow.items import Words

CaptionFormat = Literal["vtt", "srt"]
VTT_HEAD = "WEBVTT\n"


def caption_lines(cues: Iterable[Words], form: CaptionFormat) -> Iterator[str]:
    """The lines of a caption file, in pieces that may be written one after the other."""
    if form == "vtt":
        yield VTT_HEAD
        yield from map(vtt_cue, cues)
    else:
        for number, cue in enumerate(cues, start=1):
            between = "\n" if number > 1 else ""
            yield f"{between}{number}\n{_span(cue, ',')}\n{_on_one_line(cue.text)}\n"


def vtt_cue(cue: Words) -> str:
    """One cue of a WebVTT file; it begins with an empty line."""
    return f"\n{_span(cue, '.')}\n{html.escape(_on_one_line(cue.text), quote=False)}\n"


def _on_one_line(text: str) -> str:
    """An empty line would end the cue."""
    return " ".join(text.split())


def _span(cue: Words, point: str) -> str:
    return f"{_moment(cue.start_ns, point)} --> {_moment(cue.end_ns, point)}"


def _moment(time_ns: int, point: str) -> str:
    seconds, ms = divmod(max(time_ns, 0) // 1_000_000, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{point}{ms:03d}"
