"""What offline analysis is asked to do, and with what."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.clips.ahead import PacedFaceExtractor
from fsrf_live.stream.faults.spec import Fault
from fsrf_live.stream.flow.items import FaceFeatures, Frame, Words
from fsrf_live.stream.live.workers import VoiceExtractor
from fsrf_live.stream.speech.recognition import Recogniser


class StillExtractor(Protocol):
    """Pictures that have nothing to do with one another to face features."""

    def extract(self, frame: Frame) -> FaceFeatures:
        """Features of one picture."""

    def close(self) -> None:
        """Release what it holds."""


@dataclass(frozen=True, slots=True)
class OfflineMakers:
    """How to make what is heavy: `faces` and `voices` are called once a clip, the others once at most."""

    faces: Callable[[], PacedFaceExtractor]
    voices: Callable[[], VoiceExtractor]
    stills: Callable[[], StillExtractor]
    recogniser: Callable[[], Recogniser] | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to analyse.

    `captions` say what is said when, in media time; `text` is what is said without a when, or all there is.
    Without either, speech is recognised where there is a recogniser. `without` are modalities to leave out.
    """

    media: Path | None = None
    captions: Sequence[Words] = ()
    text: str | None = None
    without: frozenset[Modality] = frozenset()
    faults: Sequence[Fault] = ()
