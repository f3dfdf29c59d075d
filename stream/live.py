"""A live session: captures, workers, and one core that reads; what is heavy is loaded in the background."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from engines.contract import Modality
from stream.capture import Capture
from stream.channels import Latest, Ring
from stream.clock import NS, Clock
from stream.core import Core, Journal
from stream.cpu import name_this_thread
from stream.faults import FaultBoard
from stream.inbox import MODALITY_OF, ROLE_OF, Inbox
from stream.injection import FaultySource
from stream.items import Frame, Item, Samples, State
from stream.media_recorder import MediaRecorder
from stream.parts import Makers, Sources
from stream.recognition import RecogniserSource, UtteranceCutter, Utterances
from stream.records import Summary
from stream.settings import StallSettings, WindowSettings
from stream.sinks import Sink
from stream.snapshot import Snapshot, SourceView
from stream.sources.source import Opener
from stream.supervision import Change, Role
from stream.workers import FaceWorker, VoiceWorker

BLOCKS = 256
DRAIN_S = 5.0
LINGER_S = 0.5
"""How long after its end a file may take to say that it has ended."""
STOP_S = 3.0

log = logging.getLogger(__name__)


class LiveSession:
    """Use: `start`, then look at `snapshot` and `wait`; `stop` gives the summary, and raises what went wrong.

    The session ends by itself when every camera and microphone has ended (every text source, where there is
    neither), after `duration_s`, when every sink has lost its reader, or when a thread fails.
    """

    def __init__(
        self,
        sources: Sources,
        makers: Makers,
        clock: Clock,
        sinks: Sequence[Sink] = (),
        *,
        windows: WindowSettings | None = None,
        stall: StallSettings | None = None,
        faults: FaultBoard | None = None,
        journal: Journal | None = None,
        media: MediaRecorder | None = None,
        duration_s: float | None = None,
    ) -> None:
        """Prepare; nothing runs before `start`. The openers are called here, and may raise what they like."""
        self.faults = faults or FaultBoard()
        self._sources = sources
        self._makers = makers
        self._clock = clock
        self._windows = windows or WindowSettings()
        self._recording = journal is not None
        self._media = media
        self._duration_s = duration_s
        self._inbox = Inbox()
        self._frames: Latest[Frame] = Latest()
        self._blocks: Ring[Samples] = Ring(BLOCKS)
        recognises = sources.recogniser is not None and sources.mic is not None
        self._utterances = Utterances() if recognises else None
        self._captures = self._make_captures(stall or StallSettings())
        modalities = frozenset(MODALITY_OF[role] for role in self._captures)
        self._core = Core(self._inbox, modalities, self._windows, clock, sinks, journal)
        self._face = FaceWorker(makers.faces, self._frames, self._inbox)
        cutter = UtteranceCutter(self._windows)
        self._voice = VoiceWorker(makers.voices, self._blocks, self._inbox, clock, cutter, self._utterances)
        self._over = threading.Event()
        self._ended = threading.Event()
        self._playing = threading.Event()
        self._lock = threading.Lock()
        self._error: BaseException | None = None
        self._raised = False
        self._ended_at_ns: int | None = None
        self._empties = (0, 0)
        self._threads: list[threading.Thread] = []

    @property
    def ended(self) -> bool:
        """True once the session is over by itself, or was stopped."""
        return self._ended.is_set()

    @property
    def drops(self) -> dict[str, int]:
        """What was too much so far: by source, features that the core had no time for, readings overtaken."""
        now_ns = self._clock.now_ns()
        by_source: dict[str, int] = {role: self._view(role, now_ns).drops for role in self._captures}
        drops = {**by_source, "features": self._inbox.drops, "readings": self._core.board.skipped}
        return drops if self._media is None else {**drops, "media": self._media.drops}

    def start(self) -> None:
        """Begin; returns at once."""
        self._set_epoch(self._clock.now_ns())
        if "camera" in self._captures:
            self._run("faces", lambda: self._face.run(self._over))
        if "mic" in self._captures:
            self._run("voices", lambda: self._voice.run(self._over))
        if self._media is not None:
            self._run("media", self._record_media)
        self._run("loader", self._load)
        self._run("core", self._run_core)
        if self._sources.epoch is None:
            self._play()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the session is over; True once it is."""
        return self._ended.wait(timeout_s)

    def stop(self) -> Summary | None:
        """End the session if it has not ended; gives its summary. Raises, once, what ended it by mistake."""
        self._over.set()
        for capture in self._captures.values():
            capture.stop()
        for thread in self._threads:
            thread.join(STOP_S)
        with self._lock:
            error, self._raised = (None if self._raised else self._error), True
        if error is not None:
            raise error
        return self._core.board.summary

    def cut(self, modality: Modality) -> None:
        """Take a modality out until it is restored; its device is released."""
        if ROLE_OF[modality] in self._captures:
            self._captures[ROLE_OF[modality]].cut()

    def restore(self, modality: Modality) -> None:
        """Undo `cut`."""
        if ROLE_OF[modality] in self._captures:
            self._captures[ROLE_OF[modality]].restore()

    def next_fault(self) -> str | None:
        """Rehearse the next fault of a fixed round, and name it."""
        return str(self.faults.rehearse(self._clock.now_ns()))

    def snapshot(self) -> Snapshot:
        """Everything a person should see now; cheap, from any thread."""
        now_ns = self._clock.now_ns()
        board = self._core.board
        views = tuple(self._view(role, now_ns) for role in self._captures)
        media = self._media
        notices = () if media is None or media.notice is None else (media.notice,)
        with board.lock:
            return Snapshot(
                time_s=(now_ns - self._core.epoch_ns) / NS,
                loading=self._loading(),
                reading=board.reading,
                history=tuple(board.history),
                sources=views,
                words=board.words,
                latency=dict(board.latency),
                engine=board.engine,
                faults=self.faults.names(now_ns),
                recording=self._recording,
                duration_s=self._duration_s or self._sources.duration_s,
                messages=(*board.messages, *notices),
                ended=self.ended,
                recording_media=media is not None and media.problem is None,
            )

    # Making.

    def _make_captures(self, stall: StallSettings) -> dict[Role, Capture]:
        openers: dict[Role, Opener | None] = {
            "camera": self._sources.camera,
            "mic": self._sources.mic,
            "text": self._text_opener(),
        }
        return {
            role: Capture(self._faulty(opener, role), role, self._clock, self._deliver, self._notify, stall)
            for role, opener in openers.items()
            if opener is not None
        }

    def _text_opener(self) -> Opener | None:
        utterances, load = self._utterances, self._sources.recogniser
        if utterances is None or load is None:
            return self._sources.text
        return lambda: RecogniserSource(utterances, load, self._sources.recogniser_name)

    def _faulty(self, opener: Opener, role: Role) -> Opener:
        return lambda: FaultySource(opener(), role, self.faults, self._clock)

    def _set_epoch(self, epoch_ns: int) -> None:
        self._core.epoch_ns = self.faults.epoch_ns = epoch_ns

    # Called by the captures, under their locks.

    def _deliver(self, item: Item) -> None:
        if self._media is not None:
            self._media.put(item)
        if isinstance(item, Frame):
            self._frames.put(item)
        elif isinstance(item, Samples):
            self._blocks.put(item)
        else:
            self._inbox.put(item)

    def _notify(self, change: Change) -> None:
        self._inbox.put(change)
        if change.source == "mic" and change.state is not State.LIVE:
            self._voice.gone.set()
        if change.source == "mic" and self._utterances is not None:
            self._captures["text"].follow(change)

    # Threads.

    def _run(self, name: str, work: Callable[[], None]) -> None:
        def guarded() -> None:
            name_this_thread(name)
            try:
                work()
            except Exception as error:
                log.debug("%s failed", name, exc_info=True)
                self._fail(error)

        thread = threading.Thread(target=guarded, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _fail(self, error: BaseException) -> None:
        with self._lock:
            self._error = self._error or error
        self._over.set()
        self._ended.set()

    def _record_media(self) -> None:
        assert self._media is not None
        self._media.run(frozenset(self._core.states), self._over)

    def _load(self) -> None:
        analyst = self._makers.analyst()
        waits = {"camera": self._face.loaded, "mic": self._voice.loaded}
        for role in self._captures:
            while role in waits and not self._over.is_set() and not waits[role].wait(0.05):
                pass
        self._core.analyst = analyst
        if self._sources.epoch is not None and not self._over.is_set():
            self._set_epoch(self._sources.epoch.fix())
            self._play()

    def _play(self) -> None:
        with self._lock:
            if self._over.is_set():
                return
            for capture in self._captures.values():
                capture.start()
        self._playing.set()

    def _run_core(self) -> None:
        try:
            while not self._over.is_set() and not self._is_over():
                self._core.turn()
            self._core.finish()
        finally:
            self._core.close()
            self._over.set()
            self._ended.set()

    def _is_over(self) -> bool:
        now_ns = self._clock.now_ns()
        time_s = (now_ns - self._core.epoch_ns) / NS
        if self._core.deserted:
            return True
        if not self._playing.is_set():
            return False
        if self._duration_s is not None and time_s >= self._duration_s:
            return True
        played = self._sources.duration_s is not None and time_s >= self._sources.duration_s + LINGER_S
        return (played or self._have_sources_ended()) and self._is_drained(now_ns)

    def _have_sources_ended(self) -> bool:
        states = self._core.states
        timed = {m: state for m, state in states.items() if m != "text"} or states
        over = all(state in (State.ENDED, State.DISABLED) for state in timed.values())
        return over and State.ENDED in timed.values()

    def _is_drained(self, now_ns: int) -> bool:
        """Whether the workers have come to the end of what the ended sources left them."""
        empties = (self._face.empties, self._voice.empties)
        if self._ended_at_ns is None:
            self._ended_at_ns, self._empties = now_ns, empties
        if now_ns - self._ended_at_ns > DRAIN_S * NS:
            return True
        working = [
            empties[index] == self._empties[index]
            for index, role in enumerate(("camera", "mic"))
            if role in self._captures
        ]
        if any(working) or len(self._inbox):
            return False
        if self._utterances is None:
            return True
        self._utterances.finish()
        return self._core.states["text"] in (State.ENDED, State.DISABLED)

    # For people.

    def _loading(self) -> str | None:
        if self.ended:
            return None
        loaded = {
            "face mesh": "camera" not in self._captures or self._face.loaded.is_set(),
            "voice activity": "mic" not in self._captures or self._voice.loaded.is_set(),
            "engine and text encoder": self._core.analyst is not None,
        }
        return ", ".join(name for name, is_loaded in loaded.items() if not is_loaded) or None

    def _view(self, role: Role, now_ns: int) -> SourceView:
        """A source with the drops of its channel added to its own."""
        view = self._captures[role].view(now_ns)
        drops = {"camera": self._frames.drops, "mic": self._blocks.drops, "text": 0}[role]
        return replace(view, drops=view.drops + drops)
