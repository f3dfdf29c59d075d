"""The sync buffer: items and the time go in, windows come out. Pure logic, one clock, no threads.

While the microphone is live, windows are utterances, whose boundaries come as items: the buffer does not
decide where one ends (`stream.windows.utterances` does). While it is not (absent, lost, stalled, disabled),
windows are fixed stretches, one after the other. Between utterances there is no window; but a person who sits
there silently must not be invisible for ever, so after a silence as long as a fixed window the silence itself
becomes one, without its sound, and so on until somebody speaks. In silence a window ends where the next
utterance could begin at the earliest: one pre-roll ago (that is its `hold_ns`).

Laws, whatever comes in: windows never overlap and follow each other in time; a final window is final but
for words that come late, which yield its next revision; an item is in one final window at most; memory is
bounded.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import (
    HOP_NS,
    MODALITY_OF,
    Boundary,
    Change,
    Closed,
    FaceFeatures,
    Opened,
    Reason,
    State,
    VoiceFeatures,
    Words,
)
from fsrf_live.stream.flow.queues import InboxItem
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.windows.finals import Finals
from fsrf_live.stream.windows.presence import Outages, of_faces, of_silence, of_text, of_voices, of_words
from fsrf_live.stream.windows.track import Counts, Track
from fsrf_live.stream.windows.window import Presence, Span, Window
from fsrf_live.stream.windows.wordless import without_wordless_voice

MOST_FACES, MOST_VOICES = 1024, 1024
"""Items that wait for their window: some 40 s of hops, three times the longest utterance."""
TIMED: frozenset[Modality] = frozenset(("audio", "video"))
"""What gives windows their time; without it each piece of text is a window."""
PATIENCE_NS = NS
"""How long a microphone may take to give its first hop before windows go on without it."""


@dataclass(slots=True)
class _Open:
    """The window that is open: an utterance, or (not spoken) a fixed stretch."""

    start_ns: int
    spoken: bool
    next_ns: int
    id: int | None = None
    revision: int = 0
    read_to_ns: int = 0


class SyncBuffer:
    """See the module. Not thread-safe: one thread owns it. All times are on the one clock."""

    def __init__(self, settings: WindowSettings, modalities: frozenset[Modality]) -> None:
        """`modalities` are those that the session has a source for; the others are absent throughout."""
        self._modalities = modalities
        self._pre_roll_ns = round(settings.pre_roll_s * NS)
        self._partial_ns = round(settings.partial_every_s * NS)
        self._fixed_ns = round(settings.fixed_s * NS)
        self._late_ns = round(settings.late_text_s * NS)
        self._wordless_ns = round(settings.wordless_s * NS)
        self._deaf_ns = round(settings.longest_s * NS)
        self._health = {m: Outages(m in modalities) for m in MODALITIES}
        self._faces: Track[FaceFeatures] = Track(MOST_FACES)
        self._voices: Track[VoiceFeatures] = Track(MOST_VOICES)
        self._finals = Finals(round(settings.late_text_s * NS))
        self._silence = False  # the window that closed last was a fixed one
        self._begun_ns = 0
        self._live_ns: int | None = None
        # What the last hop that counts said; the first two are None while nothing is heard.
        self._heard_ns: int | None = None
        self._undecided_ns: int | None = None
        self._voiced_ns = 0
        # When it became known that no utterance covers what came before: nothing is due from before that.
        self._unheard_ns = 0
        self._now_ns = 0
        self._last_end_ns: int | None = None
        self._open: _Open | None = None
        self._ready: list[Window] = []
        self._next_id = 0

    @property
    def counts(self) -> dict[Modality, Counts]:
        """What became of every item pushed so far."""
        voices, faces = replace(self._voices.counts), replace(self._faces.counts)
        return {"text": self._finals.counts, "audio": voices, "video": faces}

    @property
    def unbound(self) -> int:
        """Pieces of text that no window has yet."""
        return self._finals.unbound

    def push_face(self, face: FaceFeatures) -> None:
        """Take the features of one frame."""
        self._begin(face.time_ns)
        self._faces.push(face, self._closed_to_ns, self._cut("video"))

    def push_voice(self, voice: VoiceFeatures) -> None:
        """Take the next hop of sound, as `UtteranceDetector` gives it."""
        self._begin(voice.time_ns)
        self._voices.push(voice, self._closed_to_ns, self._cut("audio"))
        if voice.heard is not None:
            self._heard_ns = voice.time_ns + HOP_NS
            self._voiced_ns, self._undecided_ns = voice.heard.voiced_ns, voice.heard.undecided_ns

    def push_boundary(self, boundary: Boundary) -> None:
        """Take the beginning or the end of an utterance, after the hop or the change that brought it."""
        if isinstance(boundary, Opened):
            self._open_utterance(boundary)
        else:
            self._close_utterance(boundary)

    def push_words(self, words: Words) -> None:
        """Take words, also `unclear` ones; others without a text say nothing, and change nothing.

        If each piece of text is a window of its own, it is never too late for one.
        """
        now_ns = self._now_ns
        if not self._modalities & TIMED:
            self._begin(words.start_ns)
            now_ns = words.end_ns
        self._finals.push(words, now_ns, self._cut("text"))

    def source_state(self, modality: Modality, state: State, reason: Reason | None, time_ns: int) -> None:
        """Take a source's new state, and why its modality is missing from `time_ns` on."""
        if state is not State.STARTING:
            self._begin(time_ns)
        health = self._health[modality]
        last_ns = {"text": None, "audio": self._voices.last_ns, "video": self._faces.last_ns}[modality]
        was_live = health.live
        health.change(state, reason, time_ns, last_ns)
        if modality == "audio" and health.live and not was_live:
            self._live_ns = time_ns
        if modality == "audio" and was_live and not health.live:
            self._hear_nothing(time_ns)  # the end of an open utterance is the next item

    def advance(self, now_ns: int) -> list[Window]:
        """Give the windows that are due by now, in order; time never goes back."""
        self._now_ns = max(self._now_ns, now_ns)
        if self._last_end_ns is not None:
            self._run()
            self._give(self._finals.revise(self._now_ns, self._settled_ns()))
            self._prune()
        ready, self._ready = self._ready, []
        return ready

    def finish(self, now_ns: int) -> list[Window]:
        """Close what is open, because the session is over, and give the last windows."""
        ready = self.advance(now_ns)
        self._break_off(self._now_ns)
        if self._open is None and self._is_worth(self._closed_to_ns):
            self._open = self._opened(self._closed_to_ns, spoken=False)
        if self._open is not None and (self._open.revision > 0 or self._is_worth(self._open.start_ns)):
            self._close(max(self._now_ns, self._open.read_to_ns), self._now_ns, 0)
        self._give(self._finals.revise_last(self._now_ns))
        ready += self._ready
        self._ready = []
        return ready

    @property
    def _closed_to_ns(self) -> int:
        return self._last_end_ns or 0

    def _begin(self, time_ns: int) -> None:
        if self._last_end_ns is None:
            self._last_end_ns = self._begun_ns = time_ns

    def _cut(self, modality: Modality) -> bool:
        return self._health[modality].state is State.DISABLED

    def _opened(self, start_ns: int, spoken: bool) -> _Open:
        return _Open(start_ns, spoken, start_ns + self._partial_ns, read_to_ns=start_ns)

    def _open_utterance(self, boundary: Opened) -> None:
        start_ns = max(boundary.start_ns, self._closed_to_ns)
        if self._open is not None:
            # What a reading has shown of the window before stays in it: an end never moves back.
            start_ns = max(start_ns, self._open.read_to_ns)
            if self._open.revision > 0:
                self._close(start_ns, max(start_ns, self._now_ns), 0)
        self._open = self._opened(start_ns, spoken=True)

    def _close_utterance(self, boundary: Closed) -> None:
        if self._open is None or not self._open.spoken:  # it was broken off already, or was empty
            return
        end_ns = max(boundary.end_ns, self._open.read_to_ns)
        if end_ns <= self._open.start_ns:
            self._open = None
            return
        self._finals.confirm(boundary.end_ns, self._now_ns, self._cut("text"))
        self._close(end_ns, max(boundary.due_ns, end_ns), boundary.hold_ns)

    def _run(self) -> None:
        if not self._modalities & TIMED:
            self._only_words()
            return
        # Hops that stay away while the microphone counts as live (their thread hangs) bring no boundary
        # either. After as long as an utterance may last, windows go on without them.
        if self._heard_ns is not None and self._now_ns - self._heard_ns > self._deaf_ns:
            self._hear_nothing(self._now_ns)
            self._break_off(self._now_ns)
        if self._open is not None and self._open.spoken:
            self._read(self._open, self._now_ns, self._voiced_ns, 0)
        else:
            self._continue_fixed()

    def _hear_nothing(self, time_ns: int) -> None:
        """Go on without hops: only at `time_ns` is it known that no utterance covers what came before."""
        self._unheard_ns = max(self._unheard_ns, time_ns)
        self._heard_ns = self._undecided_ns = None

    def _break_off(self, time_ns: int) -> None:
        """Close an open utterance whose end does not come in time, where its speech ended so far.

        That is where its boundary will say that it ended, if that still comes.
        """
        if self._open is not None and self._open.spoken:
            due_ns = max(time_ns, self._voiced_ns)
            self._close_utterance(
                Closed(self._open.start_ns, self._voiced_ns, due_ns, due_ns - self._voiced_ns)
            )

    def _continue_fixed(self) -> None:
        """Run fixed windows up to now, or, with a microphone, to where no utterance can begin any more."""
        undecided_ns = self._undecided_ns
        if undecided_ns is None and self._is_waiting():
            self._unheard_ns = self._now_ns
            return
        limit_ns = self._now_ns if undecided_ns is None else min(undecided_ns, self._now_ns)
        hold_ns = 0 if undecided_ns is None else self._pre_roll_ns
        while True:
            if self._open is None:
                if undecided_ns is not None and not self._is_quiet(limit_ns):
                    return
                self._open = self._opened(self._skip_to(limit_ns), spoken=False)
            end_ns = self._open.start_ns + self._fixed_ns
            if limit_ns < end_ns:
                break
            due_ns = max(end_ns + hold_ns, self._unheard_ns)
            self._close(end_ns, due_ns, due_ns - end_ns)
        self._read(self._open, limit_ns, limit_ns, hold_ns)

    def _is_waiting(self) -> bool:
        """Say whether the microphone has only just begun, so that its first hop is on its way."""
        state = self._health["audio"].state
        begins = state is State.LIVE or (state is State.STARTING and self._live_ns is None)
        since_ns = self._begun_ns if self._live_ns is None else self._live_ns
        return begins and self._open is None and self._now_ns - since_ns < PATIENCE_NS

    def _is_quiet(self, limit_ns: int) -> bool:
        """Say whether a fixed window may open though the microphone is live."""
        if "video" not in self._modalities and not self._finals.has_words:
            return False
        return self._silence or limit_ns - self._closed_to_ns >= self._fixed_ns

    def _skip_to(self, limit_ns: int) -> int:
        """Say where the next fixed window starts: where the last one ended, unless that is long ago.

        The computer may have slept, and nobody wants an hour of empty windows at once.
        """
        if limit_ns - self._closed_to_ns <= self._late_ns:
            return self._closed_to_ns
        return limit_ns - self._fixed_ns

    def _read(self, window: _Open, limit_ns: int, end_ns: int, hold_ns: int) -> None:
        """Give a partial reading if one is due by `limit_ns`; instead of several, one, due with the first."""
        if limit_ns < window.next_ns:
            return
        first_ns = window.next_ns
        last_ns = first_ns + (limit_ns - first_ns) // self._partial_ns * self._partial_ns
        window.next_ns = last_ns + self._partial_ns
        span = (window.start_ns, max(min(end_ns, last_ns), window.read_to_ns))
        if span[0] == span[1]:
            return
        words = self._finals.so_far(span)
        faces, voices = self._faces.between(*span), self._voices.between(*span)
        presence = self._presence(window, span, faces, voices, words)
        if any(p.coverage > 0 for p in presence.values()):
            voices = voices if window.spoken else ()
            due_ns = first_ns + hold_ns
            due_ns = due_ns if window.spoken else max(due_ns, self._unheard_ns)
            times = (*span, due_ns, hold_ns)
            self._emit(window, Window(0, 0, False, *times, faces, voices, words, presence))

    def _close(self, end_ns: int, due_ns: int, hold_ns: int) -> None:
        window = self._open
        assert window is not None
        self._open, self._last_end_ns, self._silence = None, end_ns, not window.spoken
        span = (window.start_ns, end_ns)
        words = self._finals.take(span)
        faces, voices = self._faces.use(*span), self._voices.use(*span) if window.spoken else ()
        presence = self._presence(window, span, faces, voices, words)
        times = (*span, due_ns, hold_ns)
        self._finals.close(self._emit(window, Window(0, 0, True, *times, faces, voices, words, presence)))

    def _emit(self, window: _Open, reading: Window) -> Window:
        if window.id is None:
            window.id, self._next_id = self._next_id, self._next_id + 1
        reading = replace(reading, id=window.id, revision=window.revision)
        window.revision += 1
        window.read_to_ns = max(window.read_to_ns, reading.end_ns)
        self._give([reading])
        return reading

    def _give(self, windows: Iterable[Window]) -> None:
        self._ready += (without_wordless_voice(window, self._wordless_ns) for window in windows)

    def _presence(
        self,
        window: _Open,
        span: Span,
        faces: tuple[FaceFeatures, ...],
        voices: tuple[VoiceFeatures, ...],
        words: tuple[Words, ...],
    ) -> dict[Modality, Presence]:
        health = self._health
        return {
            "text": of_words(words, span, window.spoken, health["text"]),
            "audio": of_voices(voices, span, health["audio"])
            if window.spoken
            else of_silence(span, health["audio"]),
            "video": of_faces(faces, span, health["video"]),
        }

    def _settled_ns(self) -> int:
        """No window that opens from now on, or is open, begins before this moment."""
        if self._open is not None:
            return self._open.start_ns
        return max(self._closed_to_ns, self._undecided_ns or 0)

    def _only_words(self) -> None:
        """Without a camera and a microphone, each piece of text is a window of its own."""
        for words in self._finals.take_all():
            presence = {m: Presence(0.0, self._health[m].reason) for m in MODALITIES}
            presence["text"] = of_text([words])
            start_ns = max(words.start_ns, self._closed_to_ns)
            self._last_end_ns = max(words.end_ns, start_ns)
            times = (start_ns, self._last_end_ns, self._last_end_ns, 0)
            window = self._opened(start_ns, spoken=False)
            self._emit(window, Window(0, 0, True, *times, (), (), (words,), presence))

    def _is_worth(self, start_ns: int) -> bool:
        """Say whether what is left from `start_ns` on deserves a window of its own at the end."""
        length_ns = self._now_ns - start_ns
        if self._last_end_ns is None or length_ns <= 0 or not self._modalities & TIMED:
            return False
        if self._next_id == 0:
            return True
        faces = self._faces.between(start_ns, self._now_ns)
        return length_ns >= self._partial_ns and any(face.vector is not None for face in faces)

    def _prune(self) -> None:
        """Forget what no window can take any more."""
        start_ns = self._closed_to_ns if self._open is None else self._open.start_ns
        self._faces.forget(start_ns)
        spoken = self._open is not None and self._open.spoken
        undecided_ns = self._now_ns if self._undecided_ns is None else self._undecided_ns
        self._voices.forget(start_ns if spoken else max(start_ns, undecided_ns))


def feed(sync: SyncBuffer, item: InboxItem) -> None:
    """Give one item to the sync buffer: the same way live, offline and in a replay; a marker changes none."""
    if isinstance(item, FaceFeatures):
        sync.push_face(item)
    elif isinstance(item, VoiceFeatures):
        sync.push_voice(item)
    elif isinstance(item, Words):
        sync.push_words(item)
    elif isinstance(item, Opened | Closed):
        sync.push_boundary(item)
    elif isinstance(item, Change):
        sync.source_state(MODALITY_OF[item.source], item.state, item.cause, item.time_ns)
