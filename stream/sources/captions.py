"""Captions (.vtt, .srt): a file into words, all at once or at their moments.

A cue that the text encoder would not read whole comes in passages, one after the other (`stream.flow.text`).
"""

import html
import logging
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from fsrf_live.fsrf.common.errors import MediaError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import NS, Clock, Epoch, wait_until
from fsrf_live.stream.flow.items import Words
from fsrf_live.stream.flow.text import printable, spread
from fsrf_live.stream.sources.source import HEALTHY, EndOfSource

SUFFIXES = (".vtt", ".srt")
MOMENT = r"(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
TIMING = re.compile(rf"^\s*{MOMENT}\s*-->\s*{MOMENT}")
TAG = re.compile(r"<[^<>]*>|\{\\[^{}]*\}")

_log = logging.getLogger(__name__)


class CaptionFile:
    """A caption file as a live source: words come when they have been said."""

    modality: Modality = "text"
    health = HEALTHY

    def __init__(self, path: Path | str, clock: Clock, epoch: Epoch) -> None:
        self.name = str(path)
        self._clock = clock
        self._epoch = epoch
        self._epoch_ns = 0
        self._left: deque[Words] = deque()

    def open(self) -> None:
        """Read the file; raises MediaError. Cues that are over by now are not given again."""
        self._epoch_ns = self._epoch.fix()
        now_ns = self._clock.now_ns() - self._epoch_ns
        cues = sorted(read_captions(self.name), key=lambda words: words.end_ns)
        self._left = deque(words for words in cues if words.end_ns >= now_ns - NS)

    def read(self) -> Words | None:
        """Give the next words once they have been said; raises EndOfSource after the last."""
        if not self._left:
            raise EndOfSource
        words = self._left[0]
        if not wait_until(self._clock, self._epoch_ns + words.end_ns):
            return None
        self._left.popleft()
        return Words(self._epoch_ns + words.start_ns, self._epoch_ns + words.end_ns, words.text)

    def close(self) -> None:
        """Forget the file."""
        self._left.clear()


def read_captions(path: Path | str) -> list[Words]:
    """Read a caption file into the words of its cues, in order of their start.

    Raises MediaError if the file is missing, empty, or holds no cue though it holds something else.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise MediaError(f"captions {path}: {error.strerror}; give a .vtt or .srt file") from error
    if not data.strip():
        raise MediaError(f"captions {path}: the file is empty; give a .vtt or .srt file")
    text = _decoded(data, path)
    cues = parse_captions(text)
    if not cues and not text.lstrip().startswith("WEBVTT") and not TIMING.search(text):
        raise MediaError(f"captions {path}: there is no cue in it; give a .vtt or .srt file")
    return cues


def parse_captions(text: str) -> list[Words]:
    """Read the cues out of WebVTT or SubRip text, leaving out what it does not understand.

    Cues may overlap. One whose times go backwards is turned round, one without words is left out. A long one
    comes in passages, each for its share of the time.
    """
    cues: list[Words] = []
    for start_ns, end_ns, lines in _cues(text.splitlines()):
        spoken = printable(html.unescape(TAG.sub("", " ".join(lines))))
        cues += spread(spoken, min(start_ns, end_ns), max(start_ns, end_ns))
    return sorted(cues, key=lambda words: (words.start_ns, words.end_ns))


def captions_beside(path: Path | str) -> Path | None:
    """Find the captions that lie beside a media file under its name, as ``talk.vtt`` beside ``talk.mp4``."""
    for suffix in SUFFIXES:
        candidate = Path(path).with_suffix(suffix)
        if candidate != Path(path) and candidate.is_file():
            return candidate
    return None


def _cues(lines: list[str]) -> Iterator[tuple[int, int, list[str]]]:
    """Split lines into cues: start and end in ns, and the lines of text."""
    index = 0
    while index < len(lines):
        timing = TIMING.match(lines[index])
        index += 1
        if timing is None:
            continue
        body: list[str] = []
        while index < len(lines) and lines[index].strip() and not TIMING.match(lines[index]):
            body.append(lines[index])
            index += 1
        follows_at_once = index < len(lines) and TIMING.match(lines[index]) is not None
        if follows_at_once and body and body[-1].strip().isdigit():
            body.pop()
        numbers = timing.groups()
        yield _ns(numbers[:4]), _ns(numbers[4:]), body


def _ns(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole * NS + int((fraction or "0").ljust(3, "0")) * (NS // 1000)


def _decoded(data: bytes, path: Path | str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        _log.warning("captions %s are not UTF-8; they are read as Latin-1", path)
        return data.decode("latin-1")
