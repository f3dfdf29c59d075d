"""Faults that need raw sound, laid over a recording whose sound was recorded: it is listened to again.

The features of the sound, and the words if they were recognised from it, are made again; everything else
stays as it was recorded. A hop of sound comes in when it came in then, words when their utterance is over.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.faults.injection import Injector
from fsrf_live.stream.faults.spec import Fault, FaultBoard
from fsrf_live.stream.features.extractors import VoiceExtractor
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import HOP_NS, Boundary, Change, Samples, VoiceFeatures, Words
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.recording.chunks import Mark, Operation, Step
from fsrf_live.stream.recording.recorded import Recording
from fsrf_live.stream.speech.opening import DEFAULT_LANGUAGE
from fsrf_live.stream.speech.recogniser import Recogniser
from fsrf_live.stream.speech.recognition import UtteranceCutter
from fsrf_live.stream.windows.utterances import UtteranceDetector

ROUNDING_NS = 1_000_000
"""Recorded media tell the time to a millisecond."""
SHORT_NS = NS
"""Media that end this much before the features are whole: what was in the writer last is not in them."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ears:
    """How to make what listens; each is called once at most, the recogniser with its language."""

    voices: Callable[[], VoiceExtractor]
    recogniser: Callable[[str], Recogniser]


def reheard(
    recording: Recording, steps: Iterable[Step], faults: Sequence[Fault], ears: Ears | None
) -> Iterator[Step]:
    """The steps of a recording, its sound heard again if a fault needs that.

    Raises UsageError if that sound was not recorded, RecordingError and MediaError if it is gone.
    """
    raw = [fault for fault in faults if fault.does.needs_sound]
    if not raw:
        yield from steps
        return
    if not recording.media or ears is None:
        raise UsageError(
            f"fault {raw[0]}: {raw[0].kind} needs raw sound, and {recording.folder} holds features only: "
            "record with --record-media"
        )
    recogniser = ears.recogniser(recording.language or DEFAULT_LANGUAGE) if recording.recognises else None
    try:
        rehearing = Rehearing(recording.sound(), ears.voices(), recogniser, recording.windows, raw)
        yield from rehearing.steps(steps)
    finally:
        if recogniser is not None:
            recogniser.close()


class Rehearing:
    """Listens to one recording once. `recogniser` is None if the words were not recognised."""

    def __init__(
        self,
        sound: Iterable[Samples],
        voices: VoiceExtractor,
        recogniser: Recogniser | None,
        windows: WindowSettings,
        faults: Sequence[Fault],
    ) -> None:
        self._sound = iter(sound)
        self._block = next(self._sound, None)
        self._end_ns: int | None = None
        self._voices = voices
        self._recogniser = recogniser
        self._detector = UtteranceDetector(windows)
        self._cutter = UtteranceCutter(windows)
        self._board = FaultBoard(faults)
        self._injector: Injector[Samples] = Injector("mic", self._board)

    def steps(self, steps: Iterable[Step]) -> Iterator[Step]:
        """Yield the steps with what is heard in place of what was; they end when the sound does."""
        for step in steps:
            if isinstance(step, VoiceFeatures):
                if self._is_over(step):
                    _log.warning("the recorded sound ends early; the recording is replayed up to there")
                    return
                yield from self._hear(step.time_ns)
            elif not isinstance(step, Words) or self._recogniser is None:
                yield step
            if isinstance(step, Mark) and step.op is Operation.EPOCH:
                self._board.epoch_ns = step.at_ns
            if isinstance(step, Change) and step.source == "mic":
                yield from self._understand(self._detector.change(step))

    def _is_over(self, step: VoiceFeatures) -> bool:
        return self._block is None and (self._end_ns is None or step.time_ns > self._end_ns + SHORT_NS)

    def _hear(self, hop_ns: int) -> Iterator[Step]:
        """What comes of the blocks up to the end of this hop; earlier hops were not heard then, nor now."""
        while self._block is not None and self._block.time_ns < hop_ns + HOP_NS - ROUNDING_NS:
            block, self._block = self._block, next(self._sound, None)
            self._end_ns = block.end_ns
            self._injector.put(block.end_ns, block)
            for _, heard in self._injector.take_all(block.end_ns):
                since_ns = hop_ns - HOP_NS + heard.time_ns - block.time_ns
                voices = [voice for voice in self._voices.push(heard) if voice.time_ns > since_ns]
                yield from voices
                self._cutter.push(heard)
                for voice in voices:
                    yield from self._understand(self._detector.push(voice))

    def _understand(self, items: Sequence[Step | Boundary]) -> Iterator[Step]:
        """The words of utterances that end among these items."""
        if self._recogniser is not None:
            for utterance in self._cutter.cut(items):
                yield utterance.understood(self._recogniser)
