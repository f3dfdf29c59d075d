"""Which words belong to which window. Pure logic.

Words come late, and captions may span a pause. Words belong to the window that they overlap most; they are
bound when a window closes, or, if the window is closed already, when no later window can have a better claim.
Words between two windows go to the later one: what is typed or captioned in a pause leads up to what follows.
"""

from collections import deque
from collections.abc import Sequence

from fsrf_live.stream.flow.items import Words
from fsrf_live.stream.windows.window import Span, overlap

MOST_WORDS = 256
"""Pieces of text that wait for a window: more than 30 s of speech, word by word."""


def _span(words: Words) -> Span:
    return words.start_ns, words.end_ns


class Transcript:
    """Words that are not bound to a window yet; at most `MOST_WORDS` of them, the oldest goes first."""

    def __init__(self) -> None:
        self._words: deque[Words] = deque()
        self.overflow = 0
        self.unused = 0

    def __len__(self) -> int:
        return len(self._words)

    def push(self, words: Words) -> None:
        """Add words, in any order of time."""
        self._words.append(words)
        if len(self._words) > MOST_WORDS:
            self._words.popleft()
            self.overflow += 1

    def so_far(self, span: Span, closed: Sequence[Span], more: Sequence[Words] = ()) -> tuple[Words, ...]:
        """Words that the open window `span` would have if it closed now, `more` among them; none is bound."""
        words = [*self._words, *more]
        return _in_order([w for w in words if self._fits(w, span, closed, final=False)])

    def take(self, span: Span, closed: Sequence[Span]) -> tuple[Words, ...]:
        """Bind words to the window `span`, which closes; `closed` are the windows before it."""
        return self._bind([w for w in self._words if self._fits(w, span, closed, final=True)])

    def settle(self, closed: Sequence[Span], until_ns: int) -> dict[int, tuple[Words, ...]]:
        """Bind words that end by `until_ns`, before which no window can open any more.

        Gives the words for each index into `closed`; words that touch none of them stay for the next window.
        """
        found: dict[int, list[Words]] = {}
        for words in self._words:
            if words.end_ns > until_ns or not closed:
                continue
            best = max(range(len(closed)), key=lambda index: overlap(_span(words), closed[index]))
            if overlap(_span(words), closed[best]) >= 0:
                found.setdefault(best, []).append(words)
        return {index: self._bind(words) for index, words in found.items()}

    def forget(self, before_ns: int) -> None:
        """Drop words that end before this moment: nothing can take them any more."""
        kept = [words for words in self._words if words.end_ns >= before_ns]
        self.unused += len(self._words) - len(kept)
        self._words = deque(kept)

    def take_all(self) -> tuple[Words, ...]:
        """Bind everything that is left."""
        return self._bind(list(self._words))

    def _bind(self, chosen: list[Words]) -> tuple[Words, ...]:
        taken = {id(words) for words in chosen}  # by identity: the same words may be said twice at once
        self._words = deque(words for words in self._words if id(words) not in taken)
        return _in_order(chosen)

    @staticmethod
    def _fits(words: Words, span: Span, closed: Sequence[Span], final: bool) -> bool:
        if words.start_ns > span[1]:
            return False
        # A gap (negative) to the nearest window before is no claim of that window. Words that reach further
        # behind the end of a window than into it are left for the next one, if that window closes now.
        share = overlap(_span(words), span)
        earlier = max((overlap(_span(words), other) for other in closed), default=share)
        if earlier >= 0 and earlier > share:
            return False
        return not final or share >= words.end_ns - span[1]


def _in_order(words: list[Words]) -> tuple[Words, ...]:
    return tuple(sorted(words, key=lambda w: (w.start_ns, w.end_ns)))
