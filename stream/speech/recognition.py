"""Words from the microphone's own utterances: speech recognition as a source of text like any other."""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import HOP_NS, SAMPLE_RATE_HZ, Closed, Opened, Samples, VoiceFeatures, Words
from fsrf_live.stream.flow.queues import BoundedQueue, drop_oldest, newest_only
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.sources.source import EndOfSource, Health
from fsrf_live.stream.speech.agreement import agreement
from fsrf_live.stream.speech.recogniser import Recogniser, utterance_of

MOST_UTTERANCES = 4
"""What waits to be recognised: a recogniser that is further behind answers for windows long closed."""
KEEP_BEYOND_S = 2.0
"""Sound that is kept beyond the longest utterance and its hold, for hops that come a little later than it."""
BEHIND_NS = 300_000_000
"""Sound behind the last speech, which the hold has heard: the end of a word may be too soft to count."""
PAUSE_NS = 6 * HOP_NS
"""Silence after which an open utterance is recognised, as it may be over. Shorter pauses are within most
sentences; what is left of the hold then, 360 ms, is enough for the words of 10 s, which take 250."""
_WAIT_S = 0.1
_NOTHING = np.zeros(SAMPLE_RATE_HZ, np.float32)


@dataclass(frozen=True, slots=True)
class Utterance:
    """Sound to be recognised: ``samples [n] float32``, mono, 16 kHz, from `time_ns` on.

    Its speech ends at `spoken_to_ns`; if it is `open`, only so far, and None if the voice is still heard.
    """

    time_ns: int
    samples: NDArray[np.float32]
    spoken_to_ns: int | None
    open: bool

    def understood(self, recogniser: Recogniser, *, draft: bool = False) -> Words:
        """What a recogniser makes of it, as one piece; raises SourceError if it has stopped working.

        `draft`: it goes on, and will be given again.
        """
        words = recogniser.transcribe(self.samples, self.time_ns, draft=draft)
        return utterance_of(words, self.time_ns, Samples(self.time_ns, self.samples).end_ns)


class UtteranceCutter:
    """Keeps the last sound and cuts utterances out of it, at the boundaries that it is given. Pure."""

    def __init__(self, settings: WindowSettings) -> None:
        self._keep_ns = round((settings.longest_s + settings.hold_s + KEEP_BEYOND_S) * NS)
        self._every_ns = round(settings.words_every_s * NS)
        self._blocks: deque[Samples] = deque()
        self._open_ns: int | None = None
        # Up to where the open utterance was given, and where its speech ended when it was given in a pause.
        self._given_ns = 0
        self._paused_ns: int | None = None

    def push(self, block: Samples) -> None:
        """Take the next block of sound."""
        if self._blocks and block.time_ns < self._blocks[-1].time_ns:  # a file that plays again
            self._blocks.clear()
        self._blocks.append(block)
        while self._blocks[0].end_ns < block.end_ns - self._keep_ns:
            self._blocks.popleft()

    def cut(self, items: Iterable[object]) -> list[Utterance]:
        """Give the utterances that close among these items, if there is any sound of them."""
        closed = [item for item in items if isinstance(item, Closed)]
        cuts = [
            (each, self._between(each.start_ns, min(each.end_ns + BEHIND_NS, each.due_ns))) for each in closed
        ]
        return [
            Utterance(each.start_ns, sound, each.end_ns, open=False) for each, sound in cuts if len(sound)
        ]

    def so_far(self, item: object) -> Utterance | None:
        """Give the open utterance if it is to be recognised with this item: in each pause, and now and then.

        In a pause it is the sound that `cut` gives if it closes there, but for what of `BEHIND_NS` is not
        heard yet. While the voice goes on it is all that is heard, as often as the settings say.
        """
        if isinstance(item, Opened):
            self._open_ns = self._given_ns = item.start_ns
        elif isinstance(item, Closed):
            self._open_ns = None
        if self._open_ns is None or not isinstance(item, VoiceFeatures) or item.heard is None:
            return None
        return self._due(self._open_ns, item.time_ns + HOP_NS, item.heard.voiced_ns)

    def _due(self, open_ns: int, heard_ns: int, voiced_ns: int) -> Utterance | None:
        """The open utterance, heard up to a moment, with its last voice before another, if it is due."""
        if heard_ns - voiced_ns >= PAUSE_NS and voiced_ns != self._paused_ns:
            self._given_ns, self._paused_ns = heard_ns, voiced_ns
            return Utterance(open_ns, self._between(open_ns, voiced_ns + BEHIND_NS), voiced_ns, open=True)
        # Only at a hop with voice: what is begun there is recognised before a pause can have become long
        # enough, so the words of a pause, and those of the end, do not wait for it.
        if 0 < self._every_ns <= heard_ns - self._given_ns and heard_ns == voiced_ns:
            self._given_ns = heard_ns
            return Utterance(open_ns, self._between(open_ns, heard_ns), None, open=True)
        return None

    def _between(self, start_ns: int, end_ns: int) -> NDArray[np.float32]:
        """The samples between two moments; if blocks are missing, the rest is put together."""
        parts = [part for block in self._blocks if len(part := _part(block, start_ns, end_ns))]
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def _part(block: Samples, start_ns: int, end_ns: int) -> NDArray[np.float32]:
    first = max(0, (start_ns - block.time_ns) * SAMPLE_RATE_HZ // NS)
    last = max(0, (end_ns - block.time_ns) * SAMPLE_RATE_HZ // NS)
    return np.asarray(block.samples[first:last], np.float32).reshape(-1)


class UtteranceQueue:
    """What waits to be recognised, between two threads: closed utterances, and the newest open one.

    A closed one goes first, and takes the place of an open one: that was the same, or earlier.
    """

    def __init__(self) -> None:
        self._wake = threading.Event()
        self._closed: BoundedQueue[Utterance] = BoundedQueue(drop_oldest(MOST_UTTERANCES), self._wake.set)
        self._open: BoundedQueue[Utterance] = BoundedQueue(newest_only(), self._wake.set)

    @property
    def drops(self) -> int:
        """Closed utterances that were dropped because nobody took them in time."""
        return self._closed.drops

    @property
    def finished(self) -> bool:
        """True once `finish` was called and every closed utterance was taken."""
        return self._closed.finished

    def put(self, utterance: Utterance) -> None:
        """Add one; never blocks."""
        if utterance.open:
            self._open.put(utterance)
        else:
            self._open.drain()
            self._closed.put(utterance)

    def take(self, timeout_s: float = 0.0) -> Utterance | None:
        """Take the next one; waits up to `timeout_s` for one; None if none came."""
        found = self._next()
        if found is None and timeout_s > 0:
            self._wake.wait(timeout_s)
            self._wake.clear()
            found = self._next()
        return found

    def drain(self) -> None:
        """Forget what waits."""
        self._open.drain()
        self._closed.drain()

    def finish(self) -> None:
        """Say that no more utterances will come."""
        self._closed.finish()

    def _next(self) -> Utterance | None:
        return self._closed.take() or self._open.take()


class RecogniserSource:
    """Yields the words of utterances, with a recogniser of its own: one that is slow holds up no other."""

    modality: Modality = "text"
    name = "speech recognition"

    def __init__(self, utterances: UtteranceQueue, load: Callable[[], Recogniser]) -> None:
        """`load` makes the recogniser, in the thread that will use it.

        What is said from now on is heard, however long that takes; what waits for an earlier source, which
        was cut or left behind, is forgotten.
        """
        utterances.drain()
        self._utterances = utterances
        self._load = load
        self._recogniser: Recogniser | None = None
        self._closed = False
        self._paused: tuple[int, int | None] | None = None
        self._understood: Words | None = None
        # The last answer's text, and when its utterance began.
        self._last, self._last_ns = "", 0
        self._drops_before = utterances.drops

    @property
    def health(self) -> Health:
        """Utterances that it was too slow for."""
        return Health(drops=self._utterances.drops - self._drops_before)

    def open(self) -> None:
        """Load the recogniser; what was said since it was closed is forgotten."""
        if self._closed:
            self._utterances.drain()
        self._recogniser = self._load()
        # What is made at first use is made now: the first words would take twice as long.
        self._recogniser.transcribe(_NOTHING, 0, draft=True)

    def read(self) -> Words | None:
        """Give what was understood of the next utterance, if one comes; raises EndOfSource after the last.

        An open one that then closes where it paused is not recognised again.
        """
        utterance = self._utterances.take(_WAIT_S)
        if utterance is None and self._utterances.finished:
            raise EndOfSource
        if utterance is None or self._recogniser is None:
            return None
        before = self._last if utterance.time_ns == self._last_ns else ""
        words = self._recognised(utterance, self._recogniser)
        self._last_ns, self._last = utterance.time_ns, words.text or before
        return _told(words, utterance, before)

    def close(self) -> None:
        """Release the recogniser."""
        self._closed = True
        recogniser, self._recogniser = self._recogniser, None
        if recogniser is not None:
            recogniser.close()

    def _recognised(self, utterance: Utterance, recogniser: Recogniser) -> Words:
        span = utterance.time_ns, utterance.spoken_to_ns
        goes_on = utterance.spoken_to_ns is None
        if self._understood is None or span != self._paused:
            self._understood = utterance.understood(recogniser, draft=goes_on)
        self._paused = span if utterance.open and not goes_on else None
        return self._understood


def _told(words: Words, utterance: Utterance, before: str) -> Words | None:
    """What is told of an answer; `before` is the text of the one before it for the same utterance.

    Of an utterance that goes on nothing is told if nothing is understood: what was told before still stands.
    """
    if not utterance.open:
        return words
    if words.unclear and utterance.spoken_to_ns is None:
        return None
    return replace(words, spoken_to_ns=utterance.spoken_to_ns, agreed=agreement(before, words.text))
