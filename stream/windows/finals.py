"""Closed windows and the words that come late for them. Pure logic."""

from collections import deque
from dataclasses import replace

from fsrf_live.stream.flow.items import Words
from fsrf_live.stream.flow.text import agreed_part
from fsrf_live.stream.windows.presence import of_text
from fsrf_live.stream.windows.track import Counts
from fsrf_live.stream.windows.transcript import Transcript
from fsrf_live.stream.windows.window import Span, Window

CLOSED = 64
"""More than close while words may still come: an utterance and the pause behind it take 0.7 s at least."""


class Finals:
    """Binds words to windows: to one that closes, or, as its next revision, to one that closed lately."""

    def __init__(self, late_ns: int) -> None:
        """`late_ns` is how long after its end a window still takes words."""
        self._late_ns = late_ns
        self._transcript = Transcript()
        self._counts = Counts()
        # What was recognised last of an open utterance, and when words were said that held and are still to
        # come once more: several, because a lag may begin between the two.
        self._provisional: Words | None = None
        self._confirmed: deque[Span] = deque(maxlen=CLOSED)
        self._windows: deque[Window] = deque(maxlen=CLOSED)

    @property
    def counts(self) -> Counts:
        """What became of every piece of text."""
        waiting = self._transcript
        return replace(self._counts, held=len(waiting), overflow=waiting.overflow, unused=waiting.unused)

    @property
    def unbound(self) -> int:
        """Pieces of text that no window has yet."""
        return len(self._transcript)

    @property
    def has_words(self) -> bool:
        """True while there are words that no window has yet."""
        return self.unbound > 0

    def push(self, words: Words, now_ns: int, refuse: bool) -> None:
        """Take words, also `unclear` ones; others without a text say nothing, and are refused too.

        Provisional ones are seen by `so_far` alone, until `confirm`. What held and then comes once more is
        there already: it is told by its time, as a fault that begins in between may change its text.
        """
        if words.provisional:
            self._provisional = words
            return
        span = (words.start_ns, words.end_ns)
        if span in self._confirmed:
            self._confirmed.remove(span)
            return
        self._counts.pushed += 1
        if refuse or not (words.text.strip() or words.unclear):
            self._counts.refused += 1
        elif words.end_ns < now_ns - self._late_ns:
            self._counts.late += 1
        else:
            self._transcript.push(words)

    def confirm(self, end_ns: int, now_ns: int, refuse: bool) -> None:
        """The speech of an utterance ended at `end_ns`: take the words of its last pause, if that was it."""
        last, self._provisional = self._provisional, None
        if last is not None and last.spoken_to_ns == end_ns:
            self.push(replace(last, spoken_to_ns=None, agreed=None), now_ns, refuse)
            self._confirmed.append((last.start_ns, last.end_ns))

    def so_far(self, span: Span) -> tuple[Words, ...]:
        """Words that an open window over `span` has by now; of provisional ones as far as they are agreed."""
        agreed = [] if self._provisional is None else agreed_part(self._provisional)
        return self._transcript.so_far(span, self._spans(), agreed)

    def take(self, span: Span) -> tuple[Words, ...]:
        """Words of a window over `span` that closes now."""
        return self._used(self._transcript.take(span, self._spans()))

    def take_all(self) -> tuple[Words, ...]:
        """All words that no window has yet."""
        return self._used(self._transcript.take_all())

    def close(self, window: Window) -> None:
        """Keep a final window for words that come late."""
        self._windows.append(window)

    def revise(self, now_ns: int, until_ns: int) -> list[Window]:
        """Next revisions of windows whose words came by now; no window begins before `until_ns` any more."""
        if not self.has_words:
            return []
        recent = [w for w in self._windows if now_ns - w.end_ns <= self._late_ns]
        found = self._transcript.settle([(w.start_ns, w.end_ns) for w in recent], until_ns)
        revised = [self._revised(recent[index], words, now_ns) for index, words in sorted(found.items())]
        self._transcript.forget(now_ns - self._late_ns)
        return revised

    def revise_last(self, now_ns: int) -> list[Window]:
        """Give all words that are left to the last window, because the session is over and none will open."""
        if not self._windows or not self.has_words:
            return []
        return [self._revised(self._windows[-1], self._transcript.take_all(), now_ns)]

    def _revised(self, window: Window, words: tuple[Words, ...], now_ns: int) -> Window:
        # The final never waited for these words. Its delay is theirs: from the moment at which they came.
        merged = tuple(sorted(window.words + self._used(words), key=lambda w: (w.start_ns, w.end_ns)))
        revised = replace(
            window,
            revision=window.revision + 1,
            words=merged,
            presence={**window.presence, "text": of_text(merged)},
            due_ns=now_ns,
            hold_ns=0,
        )
        self._windows[self._windows.index(window)] = revised
        return revised

    def _used(self, words: tuple[Words, ...]) -> tuple[Words, ...]:
        self._counts.used += len(words)
        return words

    def _spans(self) -> list[Span]:
        return [(w.start_ns, w.end_ns) for w in self._windows]
