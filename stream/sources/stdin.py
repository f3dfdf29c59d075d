"""Lines from standard input as words; they count as spoken when they are read."""

import os
import select
from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import Clock
from fsrf_live.stream.flow.items import Words
from fsrf_live.stream.flow.text import as_shown
from fsrf_live.stream.sources.languages import in_passages, teller
from fsrf_live.stream.sources.source import HEALTHY, EndOfSource

_WAIT_S = 0.1
_CHUNK = 65_536
LONGEST_LINE = 1_000_000


class StandardInput:
    """A pipe or terminal that gives lines of UTF-8; the descriptor is read, never closed."""

    modality: Modality = "text"
    name = "standard input"
    health = HEALTHY

    def __init__(self, clock: Clock, descriptor: int = 0, *, language: str | None = None) -> None:
        """`language` is that of all lines; None: it is told from each."""
        self._clock = clock
        self._descriptor = descriptor
        self._tell = teller(language)
        self._lines: deque[str] = deque()
        self._passages: Iterator[Words] = iter(())
        self._part = b""
        self._over = False

    def open(self) -> None:
        """Raise SourceError if there is no standard input."""
        try:
            os.fstat(self._descriptor)
        except OSError as error:
            raise SourceError("standard input is closed: pipe text into the command") from error
        self._tell("")  # loads what tells it, before there is a line that would wait for that

    def read(self) -> Words | None:
        """Give the next line that is not blank, a long one in passages; raises EndOfSource after the last."""
        words = next(self._passages, None)
        if words is None and not self._lines and not self._over:
            self._fetch()
        while words is None and self._lines:
            self._passages = in_passages(Words(0, 0, as_shown(self._lines.popleft())), self._tell)
            words = next(self._passages, None)
        if words is not None:
            now_ns = self._clock.now_ns()
            return replace(words, start_ns=now_ns, end_ns=now_ns)
        if self._over:
            raise EndOfSource
        return None

    def close(self) -> None:
        """Leave the descriptor alone: it is not ours."""

    def _fetch(self) -> None:
        try:
            ready, _, _ = select.select([self._descriptor], [], [], _WAIT_S)
            if not ready:
                return
            chunk = os.read(self._descriptor, _CHUNK)
        except (OSError, ValueError) as error:
            raise SourceError(f"standard input cannot be read ({error})") from error
        self._over = not chunk
        *lines, self._part = (self._part + chunk).split(b"\n")
        if self._over or len(self._part) > LONGEST_LINE:
            lines, self._part = [*lines, self._part], b""
        self._lines += [line.decode("utf-8", errors="replace") for line in lines]
