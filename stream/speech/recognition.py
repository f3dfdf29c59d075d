"""Words from the microphone's own utterances: speech recognition as a source of text like any other."""

import threading
from collections import deque
from collections.abc import Callable

import numpy as np

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Samples, VoiceFeatures, Words
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.sources.source import EndOfSource, Health
from fsrf_live.stream.speech.recogniser import Recogniser, utterance_of
from fsrf_live.stream.windows.utterances import Boundary, Closed, UtteranceDetector

MOST_UTTERANCES = 4
KEEP_BEYOND_S = 2.0
BEHIND_NS = 300_000_000
"""Sound behind the last speech, which the hold has heard: the end of a word may be too soft to count."""


class UtteranceCutter:
    """Cuts the samples of utterances out of the sound, at the sync buffer's own boundaries. Pure."""

    def __init__(self, settings: WindowSettings) -> None:
        self._detector = UtteranceDetector(settings)
        self._keep_ns = round((settings.longest_s + settings.hold_s + KEEP_BEYOND_S) * NS)
        self._blocks: deque[Samples] = deque()

    def push(self, block: Samples, voices: list[VoiceFeatures]) -> list[Samples]:
        """Take a block and the hops that it completed; gives the utterances that are over."""
        if self._blocks and block.time_ns < self._blocks[-1].time_ns:
            self._blocks.clear()
        self._blocks.append(block)
        while self._blocks[0].end_ns < block.end_ns - self._keep_ns:
            self._blocks.popleft()
        return self._cut([boundary for voice in voices for boundary in self._detector.push(voice)])

    def interrupt(self, time_ns: int) -> list[Samples]:
        """The microphone is gone: the utterance that was open, if any."""
        return self._cut(self._detector.interrupt(time_ns))

    def _cut(self, boundaries: list[Boundary]) -> list[Samples]:
        closed = [boundary for boundary in boundaries if isinstance(boundary, Closed)]
        return [utterance for each in closed if len((utterance := self._between(each)).samples)]

    def _between(self, closed: Closed) -> Samples:
        """The samples of an utterance; where blocks are missing the rest is put together."""
        end_ns = min(closed.end_ns + BEHIND_NS, closed.due_ns)
        parts = [part for block in self._blocks if len(part := _part(block, closed.start_ns, end_ns))]
        samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        return Samples(closed.start_ns, samples)


def _part(block: Samples, start_ns: int, end_ns: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    first = max(0, (start_ns - block.time_ns) * SAMPLE_RATE_HZ // NS)
    last = max(0, (end_ns - block.time_ns) * SAMPLE_RATE_HZ // NS)
    return np.asarray(block.samples[first:last], np.float32).reshape(-1)


class UtteranceQueue:
    """What waits to be recognised, at most `MOST_UTTERANCES` of them; the oldest goes first. Thread-safe."""

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._waiting: deque[Samples] = deque()
        self._drops = 0
        self._over = False

    @property
    def drops(self) -> int:
        """Utterances that recognition was too slow for."""
        with self._ready:
            return self._drops

    def offer(self, utterance: Samples) -> None:
        """Bring an utterance; never blocks."""
        with self._ready:
            if len(self._waiting) == MOST_UTTERANCES:
                self._waiting.popleft()
                self._drops += 1
            self._waiting.append(utterance)
            self._ready.notify()

    def finish(self) -> None:
        """There will be no more utterances."""
        with self._ready:
            self._over = True
            self._ready.notify()

    def take(self) -> Samples | None:
        """The next utterance, or None within 100 ms; raises EndOfSource after the last one."""
        with self._ready:
            if not self._waiting and not self._over:
                self._ready.wait(0.1)
            if not self._waiting and self._over:
                raise EndOfSource
            return self._waiting.popleft() if self._waiting else None

    def clear(self) -> None:
        """Forget what waits."""
        with self._ready:
            self._waiting.clear()


class RecogniserSource:
    """Yields the words of utterances, with a recogniser of its own: one that is slow holds up no other."""

    modality: Modality = "text"
    name = "speech recognition"

    def __init__(self, utterances: UtteranceQueue, load: Callable[[], Recogniser]) -> None:
        """`load` makes the recogniser, in the thread that will use it."""
        self._utterances = utterances
        self._load = load
        self._recogniser: Recogniser | None = None
        self._drops_before = utterances.drops

    @property
    def health(self) -> Health:
        """Utterances that it was too slow for."""
        return Health(drops=self._utterances.drops - self._drops_before)

    def open(self) -> None:
        """Load the recogniser; what was said before is forgotten."""
        self._utterances.clear()
        self._recogniser = self._load()

    def read(self) -> Words | None:
        """What was understood of the next utterance; raises EndOfSource after the last one."""
        utterance = self._utterances.take()
        if utterance is None or self._recogniser is None:
            return None
        return next(
            iter(utterance_of(self._recogniser.transcribe(utterance.samples, utterance.time_ns))), None
        )

    def close(self) -> None:
        """Release the recogniser."""
        recogniser, self._recogniser = self._recogniser, None
        if recogniser is not None:
            recogniser.close()
