"""Where an utterance begins and ends, from voice-activity probabilities. Pure logic.

This is decided once, by whoever hears the sound: the thread of the voices in a live session, the clip
offline, the replay of a recording that has no boundaries in it. Everybody else takes the boundaries as items,
among the hops and in their order: the sync buffer, which makes windows of utterances, and the recogniser
stage, which cuts the same utterances out of the sound. So what is lost between two threads moves no boundary.
"""

from dataclasses import replace

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import (
    HOP_NS,
    Boundary,
    Change,
    Closed,
    Opened,
    State,
    UtteranceState,
    VoiceFeatures,
)
from fsrf_live.stream.flow.settings import WindowSettings

ONSET_PROBABILITY = 0.5
OFFSET_PROBABILITY = 0.35
"""Less than the onset's: a voice that fades within a sentence must not end it."""
ONSET_HOPS = 2
"""A single loud hop is a click, not speech."""


class UtteranceDetector:
    """Takes the hops of a microphone and its changes of state, in order; gives them back with boundaries.

    An utterance opens after two hops of speech, at the first of them less the pre-roll, and closes after
    `hold_s` of silence, at `longest_s` (the next one then opens right there if the voice goes on), or when
    the microphone is not live any more. Utterances never overlap, and none begins before the first hop that
    was heard since the last interruption. How long the voice has been silent in an open one shows in each
    hop: from `heard.voiced_ns` to the hop's end.
    """

    def __init__(self, settings: WindowSettings) -> None:
        self._pre_roll_ns = round(settings.pre_roll_s * NS)
        self._hold_ns = round(settings.hold_s * NS)
        self._longest_ns = round(settings.longest_s * NS)
        self._state = State.STARTING
        self._last_ns: int | None = None
        self._floor_ns = 0
        self._heard_ns: int | None = None
        self._onset_ns: int | None = None
        self._onset_hops = 0
        self._start_ns: int | None = None
        self._voiced_ns = 0

    def push(self, voice: VoiceFeatures) -> list[VoiceFeatures | Boundary]:
        """Take the next hop; gives it and the boundaries that it brought, in order of time.

        Hops count while the microphone is live. One that is out of order is handed on unheard. If hops are
        missing for longer than the hold, the utterance ends.
        """
        if self._state is State.DISABLED or (self._last_ns is not None and voice.time_ns <= self._last_ns):
            return [voice]
        self._last_ns = voice.time_ns
        if self._state is not State.LIVE:
            return [voice]
        boundaries = self._hear(voice)
        # The hop goes first: the window that a boundary closes may still need it.
        return [replace(voice, heard=UtteranceState(self._voiced_ns, self._undecided_ns())), *boundaries]

    def change(self, change: Change) -> list[Change | Boundary]:
        """Take a change of the microphone's state; gives it, and the end of the utterance that it interrupts.

        The change goes first: it says why the rest of the window is missing.
        """
        was_live, self._state = self._state is State.LIVE, change.state
        if was_live and change.state is not State.LIVE:
            return [change, *self._interrupt(change.time_ns)]
        return [change]

    def _undecided_ns(self) -> int:
        """No utterance that is open, or opens from now on, begins before this moment."""
        if self._start_ns is not None:
            return self._start_ns
        known_ns = self._onset_ns if self._onset_ns is not None else self._heard_ns or 0
        return max(known_ns - self._pre_roll_ns, self._floor_ns)

    def _hear(self, voice: VoiceFeatures) -> list[Boundary]:
        boundaries: list[Boundary] = []
        if self._heard_ns is not None and voice.time_ns - self._heard_ns > self._hold_ns:
            boundaries += self._interrupt(voice.time_ns)
        if self._heard_ns is None:
            self._floor_ns = max(self._floor_ns, voice.time_ns)
        self._heard_ns = voice.time_ns + HOP_NS
        if self._start_ns is None:
            return boundaries + self._listen(voice)
        return boundaries + self._follow(self._start_ns, voice)

    def _interrupt(self, time_ns: int) -> list[Boundary]:
        """Close what is open and forget what was heard: the sound broke off, as was noticed at `time_ns`."""
        start_ns = self._start_ns
        self._heard_ns = self._onset_ns = None
        self._onset_hops = 0
        if start_ns is None:
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
