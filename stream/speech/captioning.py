"""Words with their times as captions: WebVTT and SubRip."""

import html
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from fsrf_live.stream.flow.items import Words

MOST_LETTERS = 84
"""Two lines of 42, as subtitles have them."""
LONGEST_NS = 7_000_000_000
SHORTEST_NS = 500_000_000
_ENDS = (".", "!", "?", "\u2026", "\u3002", "\uff01", "\uff1f")

CaptionFormat = Literal["vtt", "srt"]


def cues_of(words: Sequence[Words]) -> Iterator[Words]:
    """The words of an utterance as captions: sentences, cut if they are long; each is to be seen a while."""
    cue: list[Words] = []
    for word in words:
        letters = sum(len(each.text) + 1 for each in cue) + len(word.text)
        if cue and (letters > MOST_LETTERS or word.end_ns - cue[0].start_ns > LONGEST_NS):
            yield _cue(cue)
            cue = []
        cue.append(word)
        if word.text.endswith(_ENDS):
            yield _cue(cue)
            cue = []
    if cue:
        yield _cue(cue)


def caption_lines(cues: Iterable[Words], form: CaptionFormat) -> Iterator[str]:
    """The lines of a caption file, in pieces that may be written one after the other."""
    if form == "vtt":
        yield "WEBVTT\n"
    for number, cue in enumerate(cues, start=1):
        span = f"{_moment(cue.start_ns, form)} --> {_moment(cue.end_ns, form)}"
        text = html.escape(cue.text, quote=False) if form == "vtt" else cue.text
        head = "" if form == "vtt" else f"{number}\n"
        between = "\n" if form == "vtt" or number > 1 else ""
        yield f"{between}{head}{span}\n{text}\n"


def _cue(words: Sequence[Words]) -> Words:
    start_ns = words[0].start_ns
    end_ns = max(words[-1].end_ns, start_ns + SHORTEST_NS)
    return Words(start_ns, end_ns, " ".join(word.text for word in words), language=words[0].language)


def _moment(time_ns: int, form: CaptionFormat) -> str:
    seconds, ms = divmod(max(time_ns, 0) // 1_000_000, 1000)
    point = "." if form == "vtt" else ","
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{point}{ms:03d}"
