"""Recognisers that understand what a test wants."""

import numpy as np
from numpy.typing import NDArray

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Samples, Words


class Dictation:
    """Understands one word in every utterance."""

    name = "dictation"
    languages = frozenset(["en"])

    def __init__(self) -> None:
        self.closed = False

    def transcribe(self, samples: NDArray[np.float32], start_ns: int, *, draft: bool = False) -> list[Words]:
        return [Words(start_ns, Samples(start_ns, samples).end_ns, "good", 0.9, "en")]

    def close(self) -> None:
        self.closed = True


class Measuring(Dictation):
    """Understands how long an utterance is, in two words, and nothing of a short one."""

    def transcribe(self, samples: NDArray[np.float32], start_ns: int, *, draft: bool = False) -> list[Words]:
        if len(samples) < 1600:
            return []
        middle_ns, end_ns = (start_ns + len(samples) * NS // SAMPLE_RATE_HZ // n for n in (2, 1))
        length = str(len(samples) // 16)
        return [Words(start_ns, middle_ns, length, 0.5, "en"), Words(middle_ns, end_ns, "ms", 0.9, "en")]


class Baffled(Dictation):
    """Understands nothing."""

    def transcribe(self, samples: NDArray[np.float32], start_ns: int, *, draft: bool = False) -> list[Words]:
        return []
