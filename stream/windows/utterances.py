"""Where an utterance begins and ends, told from voice-activity probabilities. Pure logic.

Used by the sync buffer, which makes windows of utterances, and by the recogniser stage, which cuts the same
utterances out of the sound: both see the same hops, so both come to the same boundaries.
"""

from dataclasses import dataclass

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import HOP_NS, VoiceFeatures
from fsrf_live.stream.flow.settings import WindowSettings

ONSET_PROBABILITY = 0.5
OFFSET_PROBABILITY = 0.35
ONSET_HOPS = 2
"""A single loud hop is a click, not speech."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Speech has begun; `start_ns` is its onset less the pre-roll."""

    start_ns: int


@dataclass(frozen=True, slots=True)
class Closed:
    """An utterance is over.

    `end_ns` is where its speech ended, `due_ns` when that could be known, and `hold_ns` how much of the way
    between them a setting costs.
    """

    start_ns: int
    end_ns: int
    due_ns: int
    hold_ns: int


Boundary = Opened | Closed


class UtteranceDetector:
    """Turns hops of 40 ms into boundaries.

    An utterance opens after two hops of speech, at the first of them less the pre-roll, and closes after
    `hold_s` of silence, at `longest_s` (the next one then opens right there if the voice goes on), or when
    `interrupt` says that the microphone is gone. Utterances never overlap, and none begins before the first
    hop that was heard since the last interruption.
    """

    def __init__(self, settings: WindowSettings) -> None:
        self._pre_roll_ns = round(settings.pre_roll_s * NS)
        self._hold_ns = round(settings.hold_s * NS)
        self._longest_ns = round(settings.longest_s * NS)
        self._floor_ns = 0
        self._heard_ns: int | None = None
        self._onset_ns: int | None = None
        self._onset_hops = 0
        self._start_ns: int | None = None
        self._voiced_ns = 0

    @property
    def heard_ns(self) -> int | None:
        """End of the last hop; None before the first one and after an interruption."""
        return self._heard_ns

    @property
    def start_ns(self) -> int | None:
        """Start of the open utterance, if one is open."""
        return self._start_ns

    @property
    def voiced_ns(self) -> int:
        """End of the last hop of speech in the open utterance."""
        return self._voiced_ns

    @property
    def undecided_ns(self) -> int | None:
        """No utterance that opens from now on begins before this moment; None while nothing is heard."""
        if self._heard_ns is None:
            return None
        known_ns = self._heard_ns if self._onset_ns is None else self._onset_ns
        return max(known_ns - self._pre_roll_ns, self._floor_ns)

    def push(self, voice: VoiceFeatures) -> list[Boundary]:
        """Take the next hop; gives the boundaries that it brought, in order of time.

        Hops must come in order. Where hops are missing for longer than the hold, the utterance ends.
        """
        boundaries: list[Boundary] = []
        if self._heard_ns is not None and voice.time_ns - self._heard_ns > self._hold_ns:
            boundaries += self.interrupt(voice.time_ns)
        if self._heard_ns is None:
            self._floor_ns = max(self._floor_ns, voice.time_ns)
        self._heard_ns = voice.time_ns + HOP_NS
        if self._start_ns is None:
            return boundaries + self._listen(voice)
        return boundaries + self._follow(self._start_ns, voice)

    def interrupt(self, time_ns: int) -> list[Boundary]:
        """The microphone is gone, noticed at `time_ns`: close what is open and forget what was heard."""
        start_ns, heard_ns = self._start_ns, self._heard_ns
        self._heard_ns = self._onset_ns = None
        self._onset_hops = 0
        if start_ns is None or heard_ns is None:
            return []
        end_ns = self._voiced_ns
        due_ns = max(time_ns, end_ns)
        return [self._close(start_ns, end_ns, due_ns, due_ns - end_ns)]

    def _listen(self, voice: VoiceFeatures) -> list[Boundary]:
        if voice.speech < ONSET_PROBABILITY:
            self._onset_ns, self._onset_hops = None, 0
            return []
        if self._onset_ns is None:
            self._onset_ns = voice.time_ns
        self._onset_hops += 1
        if self._onset_hops < ONSET_HOPS:
            return []
        return [self._open(max(self._onset_ns - self._pre_roll_ns, self._floor_ns), voice.time_ns + HOP_NS)]

    def _follow(self, start_ns: int, voice: VoiceFeatures) -> list[Boundary]:
        heard_ns = voice.time_ns + HOP_NS
        limit_ns = start_ns + self._longest_ns
        if voice.speech >= OFFSET_PROBABILITY:
            if heard_ns <= limit_ns:
                self._voiced_ns = heard_ns
                return []
            return [self._close(start_ns, limit_ns, limit_ns, 0), self._open(limit_ns, heard_ns)]
        if heard_ns - self._voiced_ns >= self._hold_ns:
            return [self._close(start_ns, self._voiced_ns, self._voiced_ns + self._hold_ns, self._hold_ns)]
        return []

    def _open(self, start_ns: int, voiced_ns: int) -> Opened:
        self._start_ns, self._voiced_ns = start_ns, voiced_ns
        self._onset_ns, self._onset_hops = None, 0
        return Opened(start_ns)

    def _close(self, start_ns: int, end_ns: int, due_ns: int, hold_ns: int) -> Closed:
        self._start_ns = None
        self._floor_ns = end_ns
        return Closed(start_ns, end_ns, due_ns, hold_ns)
