"""How much of a modality is real in a stretch of time, and why the rest is missing. Pure logic."""

from collections import deque
from collections.abc import Collection, Sequence

from fsrf_live.fsrf.common.cleaning import clean_text
from fsrf_live.stream.flow.items import HOP_NS, FaceFeatures, Reason, State, VoiceFeatures, Words
from fsrf_live.stream.windows.window import Presence, Span, overlap

FRAME_HOLDS_NS = 250_000_000
"""A frame speaks for the time until the next one, but not for longer than this.

Faces are looked at every 100 ms, with a slow camera every 200: in a longer gap nobody knows what was there.
"""
WHOLE = 0.95
"""From this coverage on nothing is said to be missing: a hop or a frame at the edge of a window always is."""
TRUSTED = 0.2
"""Confidence below which a word is taken for one that was not heard (`docs/speech.md`)."""
OUTAGES = 32
"""Outages that are remembered: more than there can well be in a window of 12 s."""


# Why nothing comes of a source in a state, if its change did not say so.
_CAUSES = {
    State.STARTING: Reason.ABSENT,
    State.STALLED: Reason.STALLED,
    State.LOST: Reason.LOST,
    State.RECONNECTING: Reason.LOST,
    State.DISABLED: Reason.DISABLED,
    State.ENDED: Reason.ABSENT,
}


class Outages:
    """What became of one source over time: its state now, and its last outages with their reasons."""

    def __init__(self, present: bool) -> None:
        """`present` is False for a source that this session does not have."""
        self.state = State.STARTING if present else State.ENDED
        self._reason: Reason | None = Reason.ABSENT
        self._since_ns = 0
        self._outages: deque[tuple[int, int, Reason]] = deque(maxlen=OUTAGES)

    @property
    def live(self) -> bool:
        """True while the source gives new items."""
        return self.state is State.LIVE

    @property
    def reason(self) -> Reason | None:
        """Why there is nothing now; None while the source is live."""
        return self._reason

    def change(self, state: State, reason: Reason | None, time_ns: int, last_item_ns: int | None) -> None:
        """Take a new state, and close the outage that ends with it.

        An outage is noticed late: what is missing has been missing since the last item, not since `time_ns`.
        If none has come since the outage before, it begins where that one ended.
        """
        if self._reason is not None:
            self._outages.append((self._since_ns, time_ns, self._reason))
        since_ns = time_ns
        if self._reason is None and last_item_ns is not None:
            since_ns = max(self._since_ns, min(time_ns, last_item_ns))
        self.state, self._since_ns = state, since_ns
        self._reason = None if state is State.LIVE else reason or _CAUSES[state]

    def reasons_in(self, span: Span) -> dict[Reason, int]:
        """How many ns of the span each reason cost."""
        costs: dict[Reason, int] = {}
        outages = list(self._outages)
        if self._reason is not None:
            outages.append((self._since_ns, span[1], self._reason))
        for start_ns, end_ns, reason in outages:
            cost = overlap((start_ns, end_ns), span)
            if cost > 0:
                costs[reason] = costs.get(reason, 0) + cost
        return costs


def is_read(words: Words, languages: Collection[str] | None) -> bool:
    """Whether words are in one of these languages; None is any, and one that is not known counts as read."""
    return languages is None or words.language is None or words.language in languages


def trusted(words: Words) -> list[bool]:
    """Which of these words are clear enough to be read."""
    return [confidence >= TRUSTED for _, confidence in words.said]


def of_text(words: Sequence[Words], languages: Collection[str] | None = None) -> Presence:
    """Presence of the text of which there are these words: the share that is read, by their letters.

    Words of which nothing can be seen (`clean_text`) are none. `languages` are those of who reads them; a
    window does not know who will.
    """
    letters = dict.fromkeys((None, Reason.LANGUAGE, Reason.UNCLEAR), 0)
    for each in words:
        for (word, _), clear in zip(each.said, trusted(each), strict=True):
            letters[_unread(each, clear, languages)] += len(word) if clean_text(word) else 0
    whole = sum(letters.values())
    coverage = letters[None] / whole if whole else 0.0
    if coverage >= WHOLE:
        return Presence(coverage, None)
    foreign = letters[Reason.LANGUAGE] > letters[Reason.UNCLEAR]
    return Presence(coverage, Reason.LANGUAGE if foreign else Reason.UNCLEAR)


def _unread(words: Words, clear: bool, languages: Collection[str] | None) -> Reason | None:
    """Why a word is not read; None if it is."""
    if not is_read(words, languages):
        return Reason.LANGUAGE
    return None if clear else Reason.UNCLEAR


def of_words(words: Sequence[Words], span: Span, spoken: bool, health: Outages) -> Presence:
    """Presence of the text; without words it is on its way (`spoken`: somebody spoke), or nobody spoke."""
    if words:
        return of_text(words)
    return Presence(0.0, _main_reason(health, span, Reason.PENDING if spoken else Reason.NO_SPEECH))


def of_silence(span: Span, health: Outages) -> Presence:
    """Presence of the sound while nobody spoke: none, because of that or of its source."""
    return Presence(0.0, _main_reason(health, span, Reason.NO_SPEECH))


def of_faces(faces: Sequence[FaceFeatures], span: Span, health: Outages) -> Presence:
    """Presence of the video in a span, from its frames in order of time."""
    start_ns, end_ns = span
    costs = health.reasons_in(span)
    real_ns = 0
    for index, face in enumerate(faces):
        begin_ns = face.time_ns
        if index == 0 and begin_ns - start_ns <= FRAME_HOLDS_NS:
            begin_ns = start_ns  # the frame that held until this one is in the window before
        until_ns = faces[index + 1].time_ns if index + 1 < len(faces) else end_ns
        held_ns = min(until_ns, face.time_ns + FRAME_HOLDS_NS) - begin_ns
        if face.vector is not None:
            real_ns += held_ns
        elif face.reason is not None:
            costs[face.reason] = costs.get(face.reason, 0) + held_ns
    return _presence(real_ns, span, costs)


def of_voices(voices: Sequence[VoiceFeatures], span: Span, health: Outages) -> Presence:
    """Presence of the sound in the span of an utterance, from its hops."""
    costs = health.reasons_in(span)
    silent = sum(voice.silent for voice in voices)
    if silent:
        costs[Reason.SILENT] = silent * HOP_NS
    return _presence((len(voices) - silent) * HOP_NS, span, costs)


def _main_reason(health: Outages, span: Span, otherwise: Reason) -> Reason:
    """Why a source gave nothing for at least half of the span; else `otherwise`.

    A shorter outage does not explain that there is nothing at all.
    """
    if span[0] >= span[1]:
        return health.reason or otherwise
    costs = health.reasons_in(span)
    main = max(costs, key=lambda reason: costs[reason], default=otherwise)
    return main if 2 * costs.get(main, 0) >= span[1] - span[0] else otherwise


def _presence(real_ns: int, span: Span, costs: dict[Reason, int]) -> Presence:
    length_ns = span[1] - span[0]
    coverage = min(1.0, real_ns / length_ns) if length_ns > 0 else float(real_ns > 0)
    if coverage >= WHOLE:
        return Presence(coverage, None)
    # A live source without a known outage gave too little: it stalled for less than it takes to notice.
    return Presence(coverage, max(costs, key=lambda reason: costs[reason]) if costs else Reason.STALLED)
