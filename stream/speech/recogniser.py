"""What turns speech into words: one protocol, whatever is behind it."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fsrf_live.stream.flow.items import Words


class Recogniser(Protocol):
    """Speech to text, loaded and ready. One thread at a time may use it.

    Nothing is kept from one call to the next, so an utterance that is still open may be given again and again
    as it grows.
    """

    @property
    def name(self) -> str:
        """Which recogniser, with which model; for people."""

    @property
    def languages(self) -> frozenset[str]:
        """The languages of the words that it gives, by their two-letter codes (some have three letters)."""

    def transcribe(self, samples: NDArray[np.float32], start_ns: int, *, draft: bool = False) -> list[Words]:
        """Recognise ``samples [n] float32``, mono, 16 kHz, from `start_ns` on.

        Gives one `Words` a word, each with its confidence and language, in order and within the sound; none
        if nothing was understood. A `draft` is one of an utterance that goes on and will be given again: if
        its answer cannot be trusted it is left out, rather than looked for at length. Raises SourceError if
        it has stopped working.
        """

    def close(self) -> None:
        """Release the model."""


def utterance_of(words: Sequence[Words], start_ns: int, end_ns: int) -> Words:
    """All that was understood of the utterance between two moments, as one piece for one revision.

    Its confidence is the mean over its words, each counting by its letters. If nothing was understood it has
    no text and confidence 0.
    """
    said = [each for word in words for each in word.said]
    if not said:
        return Words(start_ns, end_ns, "", 0.0)
    letters = sum(len(word) for word, _ in said)
    return Words(
        words[0].start_ns,
        words[-1].end_ns,
        " ".join(word for word, _ in said),
        sum(confidence * len(word) for word, confidence in said) / letters,
        words[0].language,
        confidences=tuple(confidence for _, confidence in said),
    )
