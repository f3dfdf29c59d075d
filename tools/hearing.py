"""Speech recognition as sessions and offline analysis take it."""

import importlib.util
from typing import TYPE_CHECKING

from stream.items import Samples, Words

if TYPE_CHECKING:
    from stream.sources.speech import Recogniser


class Hearing:
    """Recognises whole utterances; `load` loads the recogniser, which is heavy, and `close` lets it go."""

    def __init__(self) -> None:
        self._recogniser: Recogniser | None = None

    def load(self) -> "Hearing":
        """Load the best recogniser that works here without a network; raises SourceError."""
        from stream.sources.speech import open_recogniser

        self._recogniser = self._recogniser or open_recogniser()
        return self

    def transcribe(self, samples: Samples) -> list[Words]:
        """The words of one utterance, none where nothing was understood; raises SourceError."""
        assert self._recogniser is not None, "load comes first"
        return self._recogniser.transcribe(samples.samples, samples.time_ns)

    def close(self) -> None:
        """Release the recogniser, if it was loaded."""
        if self._recogniser is not None:
            self._recogniser.close()


def recogniser_name() -> str:
    """What it is called before it is loaded."""
    return "speech (whisper)" if importlib.util.find_spec("faster_whisper") else "speech (pocketsphinx)"
