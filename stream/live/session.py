"""A live session: what comes in is read by one core; what is heavy is loaded in the background."""

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.faults.spec import FaultBoard
from fsrf_live.stream.flow.clock import NS, Clock
from fsrf_live.stream.flow.items import Looked, Marked, State
from fsrf_live.stream.flow.markers import MarkerSource, checked_marker, checked_rating
from fsrf_live.stream.flow.records import Summary
from fsrf_live.stream.flow.settings import StallSettings, WindowSettings
from fsrf_live.stream.flow.sinks import Outlet, RecordQueue, Sink, Watcher
from fsrf_live.stream.flow.snapshot import Snapshot
from fsrf_live.stream.flow.threads import Threads
from fsrf_live.stream.live.core import Core
from fsrf_live.stream.live.intake import Intake
from fsrf_live.stream.live.journal import Journal
from fsrf_live.stream.live.parts import Makers, Sources

if TYPE_CHECKING:
    from fsrf_live.stream.recording.media_recorder import MediaRecorder

STOP_S = 3.0


class LiveSession:
    """Use: `start`, then look at `snapshot` and `wait`; `stop` gives the summary, and raises what went wrong.

    The session ends by itself when every camera and microphone has ended (every text source, if there is
    neither), after `duration_s`, when every sink is closed and nothing is recorded, or when a thread fails.
    Each sink has a thread of its own behind a queue; a `RecordQueue` is taken as it is, for whoever made it
    takes the records itself.
    """

    def __init__(
        self,
        sources: Sources,
        makers: Makers,
        clock: Clock,
        sinks: Sequence[Sink] = (),
        *,
        windows: WindowSettings | None = None,
        faults: FaultBoard | None = None,
        journal: Journal | None = None,
        media: "MediaRecorder | None" = None,
        duration_s: float | None = None,
    ) -> None:
        """Prepare; nothing runs before `start`. Raises RecordingError if the journal cannot begin."""
        self._epoch = sources.epoch
        self._duration_s = duration_s or sources.duration_s
        self._make_analyst = makers.analyst
        self._clock = clock
        self._faults = faults or FaultBoard()
        self._recording = journal is not None
        self._media = media
        windows, stall = windows or WindowSettings(), StallSettings()
        self._intake = Intake(sources, makers, clock, windows, stall, self._faults, media)
        self._outlets = [Outlet(sink) for sink in sinks if not isinstance(sink, RecordQueue)]
        own = [sink for sink in sinks if isinstance(sink, RecordQueue)]
        self._queues = [*(outlet.queue for outlet in self._outlets), *own]
        self._core = Core(self._intake.inbox, self._intake.modalities, windows, clock, self._queues, journal)
        self._ending = Ending(self._core, self._intake, duration_s=duration_s, media_s=sources.duration_s)
        for sink in sinks:
            if isinstance(sink, Watcher):
                sink.watch(lambda: self.drops)
        self._threads = Threads()
        self._playing = threading.Event()
        self._lock = threading.Lock()

    @property
    def ended(self) -> bool:
        """True once the session is over by itself, or was stopped."""
        return self._threads.ended.is_set()

    @property
    def drops(self) -> dict[str, int]:
        """What was too much so far: by source, features that the core had no time for, readings overtaken.

        With sinks, ``records`` are those that a sink had no time for.
        """
        views = self._intake.views(self._clock.now_ns())
        drops = {view.source: view.drops for view in views}
        drops |= {"features": self._intake.inbox.drops, "readings": self._core.board.skipped}
        drops |= {"records": self._dropped_records} if self._queues else {}
        return drops if self._media is None else {**drops, "media": self._media.drops}

    def start(self) -> None:
        """Begin; returns at once."""
        self._set_epoch(self._clock.now_ns())
        over = self._threads.over
        for name, work in self._intake.work.items():
            self._threads.run(name, partial(work, over))
        if self._media is not None:
            self._threads.run("media", partial(self._media.run, self._intake.modalities, over))
        self._threads.run("loader", self._load)
        self._threads.run("core", self._run_core)
        # After the core: `stop` waits for the threads in order, and it feeds these.
        for outlet in self._outlets:
            self._threads.run("sink", outlet.run)
        if self._epoch is None:
            self._play()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the session is over; True once it is."""
        return self._threads.ended.wait(timeout_s)

    def stop(self) -> Summary | None:
        """End the session if it has not ended; gives its summary. Raises, once, what ended it by mistake."""
        with self._lock:
            self._threads.over.set()
        self._intake.stop()
        self._threads.join(STOP_S)
        self._threads.raise_once()
        return self._core.board.summary

    def cut(self, modality: Modality) -> None:
        """Take a modality out until it is restored; its device is released."""
        self._intake.cut(modality)

    def restore(self, modality: Modality) -> None:
        """Undo `cut`."""
        self._intake.restore(modality)

    def mark(
        self, name: str, source: MarkerSource, time_ns: int | None = None, rating: float | None = None
    ) -> float:
        """Name a moment, and perhaps rate it: that of `time_ns` on the session's clock, else this one.

        Gives its seconds. Raises UsageError if this is no name or no rating, or the session is over.
        """
        rating = None if rating is None else checked_rating(rating)
        now_ns = self._clock.now_ns()
        marked = Marked(now_ns if time_ns is None else time_ns, checked_marker(name), source, rating)
        if self.ended:
            raise UsageError("the session is over: it takes no markers any more")
        self._intake.inbox.put(marked)
        return (marked.time_ns - self._core.epoch_ns) / NS

    def show_looks(self, show: Callable[[Looked], None]) -> None:
        """Call `show` with each picture that was read from now on; it must return at once."""
        self._intake.show_looks(show)

    def next_fault(self) -> str:
        """Rehearse the next fault of a fixed round, and name it."""
        return str(self._faults.rehearse(self._clock.now_ns()))

    def snapshot(self) -> Snapshot:
        """Everything a person should see now; cheap, from any thread."""
        now_ns = self._clock.now_ns()
        views = self._intake.views(now_ns)
        media = self._media
        notices = self._notices()
        shown = self._core.board.shown()
        return Snapshot(
            **{**shown, "messages": (*shown["messages"], *notices)},
            time_s=(now_ns - self._core.epoch_ns) / NS,
            loading=self._loading(),
            sources=views,
            faults=self._faults.names(now_ns),
            recording=self._recording,
            duration_s=self._duration_s,
            ended=self.ended,
            recording_media=media is not None and media.problem is None,
        )

    def _notices(self) -> list[str]:
        """What was lost because the machine or a sink is too slow, and which sinks or server are away."""
        lost, unsent = self._intake.inbox.drops, self._dropped_records
        features = f"{lost} features were passed over: the machine is too slow for them" if lost else None
        records = f"{unsent} records were passed over: a sink is too slow for them" if unsent else None
        media = self._media.notice if self._media is not None else None
        away = [outlet.problem for outlet in self._outlets]
        engine = self._core.board.away
        return [notice for notice in (features, records, media, engine, *away) if notice is not None]

    @property
    def _dropped_records(self) -> int:
        return sum(queue.drops for queue in self._queues)

    def _loading(self) -> str | None:
        engine = [] if self._core.analyst is not None else ["engine and text encoder"]
        return None if self.ended else ", ".join([*self._intake.loading, *engine]) or None

    def _set_epoch(self, epoch_ns: int) -> None:
        self._core.epoch_ns = self._faults.epoch_ns = epoch_ns

    # Threads.

    def _load(self) -> None:
        analyst = self._make_analyst()
        self._intake.wait_until_loaded(self._threads.over)
        self._core.analyst = analyst
        if self._epoch is not None and not self._threads.over.is_set():
            self._set_epoch(self._epoch.fix())
            self._play()

    def _play(self) -> None:
        with self._lock:
            if self._threads.over.is_set():
                return
            self._intake.start()
        self._playing.set()

    def _run_core(self) -> None:
        try:
            while not self._threads.over.is_set() and not self._is_over():
                self._core.turn()
            self._core.finish()
        finally:
            try:
                self._core.close()
            finally:
                self._let_go()

    def _let_go(self) -> None:
        """Release every source, for nobody may call `stop`."""
        with self._lock:  # so that `_play` starts nothing after this
            self._threads.end()
        self._intake.stop()

    def _is_over(self) -> bool:
        return self._ending.is_over(self._clock.now_ns(), playing=self._playing.is_set())


DRAIN_S = 5.0
LINGER_S = 0.5
"""How long after its end a file may take to say that it has ended."""


class Ending:
    """Asked at every turn by the thread of the core, and by no other."""

    def __init__(
        self, core: Core, intake: Intake, *, duration_s: float | None, media_s: float | None
    ) -> None:
        """`duration_s` is how long the session may last, `media_s` how long its files do; None: no end."""
        self._core = core
        self._intake = intake
        self._duration_s = duration_s
        self._media_s = media_s
        self._ended_at_ns: int | None = None
        self._empties: tuple[int, ...] = ()

    def is_over(self, now_ns: int, *, playing: bool) -> bool:
        """Whether it is; what ended sources have left is read before that, once the engine is there."""
        time_s = (now_ns - self._core.epoch_ns) / NS
        if self._core.deserted or self._core.problem is not None:
            return True
        if not playing:
            return False
        if self._duration_s is not None and time_s >= self._duration_s:
            return True
        played = self._media_s is not None and time_s >= self._media_s + LINGER_S
        ended = played or self._have_sources_ended()
        return ended and self._core.analyst is not None and self._is_drained(now_ns)

    def _have_sources_ended(self) -> bool:
        """Every camera and microphone has; every text source, if there is neither."""
        states = self._core.states
        timed = {m: state for m, state in states.items() if m != "text"} or states
        over = all(state in (State.ENDED, State.DISABLED) for state in timed.values())
        return over and State.ENDED in timed.values()

    def _is_drained(self, now_ns: int) -> bool:
        """Whether the workers have come to the end of what the ended sources left them."""
        empties = self._intake.empties
        if self._ended_at_ns is None:
            self._ended_at_ns, self._empties = now_ns, empties
        if now_ns - self._ended_at_ns > DRAIN_S * NS:
            return True
        working = any(now == before for now, before in zip(empties, self._empties, strict=True))
        if working or len(self._intake.inbox):
            return False
        if not self._intake.finish_recognition():
            return True
        return self._core.states["text"] in (State.ENDED, State.DISABLED)
