"""Speech recognition as sessions and offline analysis take it."""

import importlib.util
from typing import TYPE_CHECKING

from fsrf_live.stream.flow.items import Samples, Words

if TYPE_CHECKING:
    from fsrf_live.stream.speech.recognisers import SampleRecogniser


class Hearing:
    """A recogniser of whole utterances."""

    def __init__(self, recogniser: "SampleRecogniser") -> None:
        self._recogniser = recogniser

    def transcribe(self, samples: Samples) -> list[Words]:
        """The words of one utterance, none where nothing was understood; raises SourceError."""
        return self._recogniser.transcribe(samples.samples, samples.time_ns)

    def close(self) -> None:
        """Release the recogniser."""
        self._recogniser.close()


def load_recogniser() -> Hearing:
    """Load the best recogniser that works here without a network; raises SourceError."""
    from fsrf_live.stream.speech.recognisers import open_recogniser

    return Hearing(open_recogniser())


def recogniser_name() -> str:
    """What it is called before it is loaded."""
    return "speech (whisper)" if importlib.util.find_spec("faster_whisper") else "speech (pocketsphinx)"
