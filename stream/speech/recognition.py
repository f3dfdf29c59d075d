"""Words from the microphone's own utterances: speech recognition as a source of text like any other."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

import numpy as np

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Closed, Samples, Words
from fsrf_live.stream.flow.queues import BoundedQueue, drop_oldest
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.sources.source import EndOfSource, Health

MOST_UTTERANCES = 4
"""What waits to be recognised: a recogniser that is further behind answers for windows long closed."""
KEEP_BEYOND_S = 2.0
"""Sound that is kept beyond the longest utterance and its hold, for hops that come a little later than it."""
_WAIT_S = 0.1


class Recogniser(Protocol):
    """Speech to text, loaded and ready. Not for more than one thread."""

    def transcribe(self, samples: Samples) -> list[Words]:
        """Words of one utterance (none if nothing was understood), within its span."""

    def close(self) -> None:
        """Release it."""


def utterance_of(words: list[Words]) -> list[Words]:
    """All that was understood of one utterance, as one piece: a window then gets one revision for it."""
    if not words:
        return []
    return [Words(words[0].start_ns, words[-1].end_ns, " ".join(word.text for word in words))]


class UtteranceCutter:
    """Keeps the last sound and cuts utterances out of it, at the boundaries that it is given. Pure."""

    def __init__(self, settings: WindowSettings) -> None:
        self._keep_ns = round((settings.longest_s + settings.hold_s + KEEP_BEYOND_S) * NS)
        self._blocks: deque[Samples] = deque()

    def push(self, block: Samples) -> None:
        """Take the next block of sound."""
        if self._blocks and block.time_ns < self._blocks[-1].time_ns:  # a file that plays again
            self._blocks.clear()
        self._blocks.append(block)
        while self._blocks[0].end_ns < block.end_ns - self._keep_ns:
            self._blocks.popleft()

    def cut(self, items: Iterable[object]) -> list[Samples]:
        """Give the utterances that close among these items, if there is any sound of them."""
        closed = [item for item in items if isinstance(item, Closed)]
        return [utterance for each in closed if len((utterance := self._between(each)).samples)]

    def _between(self, closed: Closed) -> Samples:
        """The samples of an utterance; if blocks are missing, the rest is put together."""
        parts = [part for block in self._blocks if len(part := _part(block, closed.start_ns, closed.end_ns))]
        samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        return Samples(closed.start_ns, samples)


def _part(block: Samples, start_ns: int, end_ns: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    first = max(0, (start_ns - block.time_ns) * SAMPLE_RATE_HZ // NS)
    last = max(0, (end_ns - block.time_ns) * SAMPLE_RATE_HZ // NS)
    return np.asarray(block.samples[first:last], np.float32).reshape(-1)


def utterance_queue() -> BoundedQueue[Samples]:
    """Make the queue of utterances that wait to be recognised; the oldest goes first."""
    return BoundedQueue(drop_oldest(MOST_UTTERANCES))


class RecogniserSource:
    """Yields the words of utterances, with a recogniser of its own: one that is slow holds up no other."""

    modality: Modality = "text"

    def __init__(self, utterances: BoundedQueue[Samples], load: Callable[[], Recogniser], name: str) -> None:
        """`load` makes the recogniser, in the thread that will use it; `name` is for people."""
        self.name = name
        self._utterances = utterances
        self._load = load
        self._recogniser: Recogniser | None = None
        self._drops_before = utterances.drops

    @property
    def health(self) -> Health:
        """Utterances that it was too slow for."""
        return Health(drops=self._utterances.drops - self._drops_before, finite=True)

    def open(self) -> None:
        """Load the recogniser; what was said before is forgotten."""
        self._utterances.drain()
        self._recogniser = self._load()

    def read(self) -> Words | None:
        """Give what was understood of the next utterance, if one comes; raises EndOfSource after the last."""
        utterance = self._utterances.take(_WAIT_S)
        if utterance is None and self._utterances.finished:
            raise EndOfSource
        if utterance is None or self._recogniser is None:
            return None
        return next(iter(utterance_of(self._recogniser.transcribe(utterance))), None)

    def close(self) -> None:
        """Release the recogniser."""
        recogniser, self._recogniser = self._recogniser, None
        if recogniser is not None:
            recogniser.close()
