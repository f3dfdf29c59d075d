"""WebVTT and SubRip text into cues: what is said, from when to when. Pure; files are `captions`' work.

Written for what people have, not for what the formats say: fractions of any length or none, a blank line
before the text, ``<`` and ``>`` that are no tags, descriptions of sounds, names of speakers, captions that
roll up. Libraries were tried on such files (pysubs2 1.8, webvtt-py 0.6, srt 3.5): each loses words in some.
"""

import html
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.text import printable

_MOMENT = r"(?:(\d+):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,9}))?"
_ARROW = "-->"
_TIMING = re.compile(rf"\s*{_MOMENT}\s*{_ARROW}\s*{_MOMENT}(?![\d:.,])")
_BLOCK = re.compile(r"(?:NOTE|STYLE|REGION|WEBVTT)(?:\s|$)")

_WORD_TIME = re.compile(r"<(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}>")
_TAG = re.compile(
    rf"{_WORD_TIME.pattern}|</?(?:b|i|u|s|c|v|lang|ruby|rt|font|span|br|p)(?:[.\s][^<>]*)?/?>|\{{\\[^{{}}]*\}}",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\[[^\[\]]*\]")
_LYRICS = re.compile("[\u266a\u266b][^\u266a\u266b]*(?:[\u266a\u266b]|$)")
_ASIDE = re.compile(r"^\s*\(([^()]{1,40})\)|\(([^()]{1,40})\)\s*$")
_SPEECH = re.compile(
    r"\b(?:no|not|never|i|you|we|he|she|they|it|is|are|was|were)\b|n[\u2019']t\b", re.IGNORECASE
)
_SPEAKER = re.compile(r"^\s*(?:>>+|[-\u2013](?=\s|[A-Z]))?\s*(?:[A-Z][A-Z0-9 .'\u2019-]{1,30}:(?=\s|$))?")
_ROLLS_WITHIN_NS = NS // 10
"""How long after a cue the one that rolls it up may begin: such files have pauses of 10 ms in between."""


class Cue(NamedTuple):
    """What is said between two moments of the media; `lines` are as written, without tags."""

    start_ns: int
    end_ns: int
    lines: tuple[str, ...]


def read_cues(text: str) -> tuple[list[Cue], int]:
    """The cues of a text in order of their start, and how many were left out because of their times.

    Cues may overlap. If the times of one go backwards, they are swapped. Those without words are no loss.
    """
    lines = _lines(text)
    cues = sorted(_cues(lines), key=lambda cue: (cue.start_ns, cue.end_ns))
    left_out = sum(_ARROW in line for line in lines) - len(cues)
    if any(_WORD_TIME.search(line) for cue in cues for line in cue.lines):
        cues = list(_unrolled(cues))
    return [cue for cue in map(_spoken, cues) if cue.lines], left_out


def has_timing(text: str) -> bool:
    """Whether any line looks like the times of a cue."""
    return any(_ARROW in line for line in _lines(text))


def _lines(text: str) -> list[str]:
    """Lines as a caption file ends them; other separators of Unicode belong to the text.

    A carriage return ends a line if no newline does.
    """
    text = text.replace("\r\n", "\n")
    return (text if "\n" in text else text.replace("\r", "\n")).split("\n")


def _cues(lines: list[str]) -> Iterator[Cue]:
    index = 0
    while index < len(lines):
        timing = _TIMING.match(lines[index])
        index += 1
        if timing is None:
            continue
        first = _first_of_body(lines, index)
        body: list[str] = []
        while first < len(lines) and lines[first].strip() and _ARROW not in lines[first]:
            body.append(lines[first])
            first += 1
        if first < len(lines) and _ARROW in lines[first] and body and body[-1].strip().isdigit():
            body.pop()
        index = first
        begin_ns, end_ns = _ns(timing.groups()[:4]), _ns(timing.groups()[4:])
        yield Cue(min(begin_ns, end_ns), max(begin_ns, end_ns), tuple(body))


def _first_of_body(lines: list[str], index: int) -> int:
    """Where the text under a timing begins: below blank lines too, unless the next cue begins there."""
    first = index
    while first < len(lines) and not lines[first].strip():
        first += 1
    if first == index:
        return index
    opens_next = any(_ARROW in line for line in lines[first : first + 2])
    return index if opens_next or first >= len(lines) or _BLOCK.match(lines[first]) else first


def _ns(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole * NS + int((fraction or "0").ljust(9, "0"))


def _unrolled(cues: Iterable[Cue]) -> Iterator[Cue]:
    """Each line of rolling captions once, with the cue that brings it first."""
    shown: set[str] = set()
    shown_until_ns = 0
    for cue in cues:
        if cue.start_ns > shown_until_ns + _ROLLS_WITHIN_NS:
            shown = set()
        lines = {line: printable(_TAG.sub("", line)) for line in cue.lines}
        yield Cue(cue.start_ns, cue.end_ns, tuple(line for line in cue.lines if lines[line] not in shown))
        shown, shown_until_ns = set(lines.values()), cue.end_ns


def _spoken(cue: Cue) -> Cue:
    """The cue with nothing but what somebody says."""
    clean = (printable(_TAG.sub("", line)) for line in cue.lines)
    text = _LYRICS.sub(" ", _BRACKETS.sub(" ", html.unescape("\n".join(clean))))
    lines = (printable(_SPEAKER.sub("", _without_asides(line))) for line in text.split("\n"))
    return Cue(cue.start_ns, cue.end_ns, tuple(line for line in lines if line))


def _without_asides(line: str) -> str:
    """A line without descriptions in round brackets at its ends; what may be speech stays."""
    while (aside := _ASIDE.search(line)) and not _SPEECH.search(aside[0]):
        line = f"{line[: aside.start()]} {line[aside.end() :]}"
    return line
