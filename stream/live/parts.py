"""What a live session is put together from."""

from collections.abc import Callable
from dataclasses import dataclass

from fsrf_live.stream.features.extractors import FaceExtractor, VoiceExtractor
from fsrf_live.stream.flow.clock import Epoch
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.sources.source import SourceSpec
from fsrf_live.stream.speech.recogniser import Recogniser


@dataclass(frozen=True, slots=True)
class Sources:
    """What a session listens to; None if there is no such source.

    `recogniser` loads speech recognition of the microphone; it takes the place of `text`. `epoch` is that of
    the files among the sources: they begin to play once everything is loaded, so that nothing of them is
    missed. Without it the sources are devices, which begin at once. `duration_s` is how long the files last:
    the session then ends, even if a rehearsed fault keeps one from ending.
    """

    camera: SourceSpec | None = None
    mic: SourceSpec | None = None
    text: SourceSpec | None = None
    recogniser: Callable[[], Recogniser] | None = None
    epoch: Epoch | None = None
    duration_s: float | None = None


@dataclass(frozen=True, slots=True)
class Makers:
    """How to make what is heavy; each is called once, in the background."""

    analyst: Callable[[], Analyst]
    faces: Callable[[], FaceExtractor]
    voices: Callable[[], VoiceExtractor]
