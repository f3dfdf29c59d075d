"""Captions (.vtt, .srt): a file into words, all at once or at their moments.

As a source, a cue that the text encoder would not read whole comes in passages, one after the other
(`stream.flow.text`).
"""

import logging
import re
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from fsrf_live.fsrf.common.errors import MediaError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import NS, Clock, Epoch, wait_until
from fsrf_live.stream.flow.items import Words
from fsrf_live.stream.sources.cues import Cue, has_timing, read_cues
from fsrf_live.stream.sources.languages import in_languages
from fsrf_live.stream.sources.source import HEALTHY, EndOfSource

SUFFIXES = (".vtt", ".srt")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.IGNORECASE)

_log = logging.getLogger(__name__)


class Given:
    """Up to when words were given, in ns of the clock: one for all openings of a caption file."""

    def __init__(self) -> None:
        self.until_ns = 0


class CaptionFile:
    """A caption file as a live source: words come when they have been said."""

    modality: Modality = "text"
    health = HEALTHY

    def __init__(
        self,
        path: Path | str,
        clock: Clock,
        epoch: Epoch,
        read: Callable[[str], list[Words]] | None = None,
        language: str | None = None,
        given: Given | None = None,
    ) -> None:
        """`read` gives the words of a file that is no caption file but has some inside.

        `language` is that of all of them; None: it is told from each. `given` is that of the openings before.
        """
        self.name = str(path)
        self._read = read or read_captions
        self._language = language
        self._given = given or Given()
        self._clock = clock
        self._epoch = epoch
        self._epoch_ns = 0
        self._left: deque[Words] = deque()

    def open(self) -> None:
        """Read the file; raises MediaError. Cues that were given, or are long over, are not given again."""
        self._epoch_ns = self._epoch.fix()
        now_ns = self._clock.now_ns() - self._epoch_ns
        spoken = sorted(self._read(self.name), key=lambda words: words.end_ns)
        cues = in_languages(spoken, self._language)
        given_ns = self._given.until_ns - self._epoch_ns
        self._left = deque(words for words in cues if words.end_ns >= now_ns - NS and words.end_ns > given_ns)

    def read(self) -> Words | None:
        """Give the next words once they have been said; raises EndOfSource after the last."""
        if not self._left:
            raise EndOfSource
        words = self._left[0]
        if not wait_until(self._clock, self._epoch_ns + words.end_ns):
            return None
        self._left.popleft()
        self._given.until_ns = self._epoch_ns + words.end_ns
        return replace(words, start_ns=self._epoch_ns + words.start_ns, end_ns=self._epoch_ns + words.end_ns)

    def close(self) -> None:
        """Forget the file."""
        self._left.clear()


def read_captions(path: Path | str) -> list[Words]:
    """Read a caption file into the words of its cues, in order of their start.

    Cues whose times cannot be read are left out, with one warning. Raises MediaError if the file is missing
    or empty, or if no cue can be read though it holds something else.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise MediaError(f"captions {path}: {error.strerror}; give a .vtt or .srt file") from error
    if not data.strip():
        raise MediaError(f"captions {path}: the file is empty; give a .vtt or .srt file")
    text = _decoded(data, path)
    cues, left_out = read_cues(text)
    lawful = text.lstrip("\ufeff").lstrip().startswith("WEBVTT") and not has_timing(text)
    if not cues and not lawful and (left_out or not has_timing(text)):
        raise MediaError(f"captions {path}: no cue in it can be read; give a .vtt or .srt file")
    if left_out:
        _log.warning("captions %s: %d cues are left out, their times cannot be read", path, left_out)
    return _words_of(cues)


def parse_captions(text: str) -> list[Words]:
    """The words of WebVTT or SubRip text, in order of their start."""
    return _words_of(read_cues(text)[0])


def captions_beside(path: Path | str) -> Path | None:
    """Find the captions that lie beside a media file under its name, as ``talk.vtt`` or ``talk.en.SRT``.

    The plain name comes first, then English, then other languages by their letters; WebVTT before SubRip.
    """
    path = Path(path)
    found = []
    for candidate in path.parent.iterdir() if path.parent.is_dir() else ():
        suffix, name = candidate.suffix.lower(), candidate.stem
        if suffix not in SUFFIXES or candidate.name == path.name or not candidate.is_file():
            continue
        language = name[len(path.stem) + 1 :] if name.startswith(f"{path.stem}.") else ""
        if name == path.stem or (language and _LANGUAGE.fullmatch(language)):
            order = (
                name != path.stem,
                not language.lower().startswith("en"),
                language,
                SUFFIXES.index(suffix),
            )
            found.append((order, candidate))
    return min(found)[-1] if found else None


def _words_of(cues: list[Cue]) -> list[Words]:
    words = [Words(cue.start_ns, cue.end_ns, " ".join(cue.lines)) for cue in cues]
    return sorted(words, key=lambda words: (words.start_ns, words.end_ns))


def _decoded(data: bytes, path: Path | str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        _log.warning("captions %s are not UTF-8; they are read as Windows-1252", path)
        return data.decode("cp1252", errors="replace")
