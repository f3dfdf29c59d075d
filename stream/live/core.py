"""The core of a session: the one thread that owns the sync buffer, the analyst and the sinks."""

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fsrf_live.fsrf.common.errors import RecordingError
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.stream.flow.clock import NS, Clock, Pair, paired
from fsrf_live.stream.flow.items import MODALITY_OF, Change, Marked, State, Words
from fsrf_live.stream.flow.queues import Inbox, InboxItem
from fsrf_live.stream.flow.records import Event, Marker, Reading, Record, Summary, timed
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.flow.sinks import Sink
from fsrf_live.stream.flow.snapshot import HistoryPoint, Percentiles
from fsrf_live.stream.flow.text import agreed_and_rest
from fsrf_live.stream.live.journal import Journal
from fsrf_live.stream.live.pending import Pending
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.reading.latency import LatencyRecorder
from fsrf_live.stream.reading.person import Person
from fsrf_live.stream.reading.summary import NOTHING_READ
from fsrf_live.stream.windows.buffer import TIMED
from fsrf_live.stream.windows.window import Window

TURN_S = 0.01
HISTORY = 1200
MESSAGES = 20
PERCENTILES_EVERY_NS = NS

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Board:
    """What the core shows to other threads: fields are replaced whole, or appended to under `lock`."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    reading: Reading | None = None
    words: str = ""
    tentative: str = ""
    engine: str = ""
    history: deque[HistoryPoint] = field(default_factory=lambda: deque(maxlen=HISTORY))
    messages: deque[str] = field(default_factory=lambda: deque(maxlen=MESSAGES))
    latency: dict[str, Percentiles] = field(default_factory=dict)
    skipped: int = 0
    away: str | None = None
    summary: Summary | None = None

    def shown(self) -> dict[str, Any]:
        """What a `Snapshot` has of it, of one moment."""
        with self.lock:
            return {
                "reading": self.reading,
                "words": self.words,
                "tentative": self.tentative,
                "engine": self.engine,
                "history": tuple(self.history),
                "messages": tuple(self.messages),
                "latency": dict(self.latency),
            }


class Core:
    """One thread drives it; `board` and the inbox are for any thread.

    What takes its time delays the next reading, so a session gives it sinks and a journal that only queue. A
    journal that fails is given up: `problem` says why, and the session ends, but not without its summary.
    """

    def __init__(
        self,
        inbox: Inbox,
        modalities: frozenset[Modality],
        windows: WindowSettings,
        clock: Clock,
        sinks: Sequence[Sink],
        journal: Journal | None = None,
    ) -> None:
        self.board = Board()
        self.epoch_ns = 0
        """Times in records count from here; set from any thread, it holds from the next turn on."""
        self._epoch_ns = 0
        self.states: dict[Modality, State] = dict.fromkeys(modalities, State.STARTING)
        self.analyst: Analyst | None = None
        self.problem: RecordingError | None = None
        self._inbox = inbox
        self._person = Person(windows, modalities)
        self._timed = bool(modalities & TIMED)
        self._clock = clock
        self._pair: Pair | None = None
        self._sinks = sinks
        self._journal = journal
        if journal:
            journal.begin(modalities, windows)
        self._pending = Pending(clock)
        self._warm_ns: int | None = None
        self._latency = LatencyRecorder()
        self._percentiles_ns = 0

    @property
    def deserted(self) -> bool:
        """True once every sink is closed and nothing is recorded: nobody takes records any more."""
        taken = self._journal is not None or not self._sinks
        return not taken and all(sink.closed for sink in self._sinks)

    def turn(self) -> None:
        """Take what is there, cut what is due, read it. Returns after `TURN_S` if nothing comes."""
        self._take(TURN_S)
        now_ns = self._clock.now_ns()
        self._note(lambda journal: journal.advance(now_ns))
        self._wait_for(self._person.advance(now_ns))
        self._read()
        self._inbox.keep(self._person.unbound + (0 if self._timed else len(self._pending)))

    def finish(self) -> Summary:
        """Read the last windows and sum up."""
        self._take(0.0)
        now_ns = self._clock.now_ns()
        self._note(lambda journal: journal.finish(now_ns))
        self._wait_for(self._person.finish(now_ns))
        if self.analyst is not None:
            self._pending.read_last(self._answered_by(self.analyst))
            self.board.skipped = self._pending.skipped
        summary = self._person.summary((now_ns - self._epoch_ns) / NS, self._why_nothing())
        summary = timed(summary, self._pair, self._epoch_ns)
        self._emit(summary)
        with self.board.lock:
            self.board.summary = summary
            self.board.latency = self._latency.percentiles()
        return summary

    def close(self) -> None:
        """Close the sinks and the journal; raises RecordingError if that has failed, now or before."""
        for sink in self._sinks:
            sink.close()
        if self._journal:
            self._journal.close()
        if self.problem is not None:
            raise self.problem

    def _note(self, take_down: Callable[[Journal], None]) -> None:
        """Have the journal take something down, unless it has failed."""
        if self._journal is None:
            return
        try:
            take_down(self._journal)
        except RecordingError as error:
            self.problem = error
            with contextlib.suppress(RecordingError):  # what it still holds it may not be able to keep
                self._journal.close()
            self._journal = None

    def _take(self, timeout_s: float) -> None:
        ops = self._inbox.take_all(timeout_s)
        if self._epoch_ns != self.epoch_ns:
            self._epoch_ns = self.epoch_ns
            self._note(lambda journal: journal.epoch(self._epoch_ns))
        self._look_at_the_wall_clock()
        for op in ops:
            self._feed(op)

    def _look_at_the_wall_clock(self) -> None:
        pair = paired(self._clock, self._pair)
        if pair != self._pair:
            self._pair = pair
            self._note(lambda journal: journal.pair(pair))

    def _feed(self, op: InboxItem) -> None:
        self._note(lambda journal: journal.op(op))
        self._person.feed(op)
        if isinstance(op, Change):
            self.states[MODALITY_OF[op.source]] = op.state
            self._tell(Event.of(op, self._epoch_ns))
        elif isinstance(op, Marked):
            self._tell(Marker.of(op, self._epoch_ns))
        elif isinstance(op, Words):
            with self.board.lock:
                self.board.words, self.board.tentative = agreed_and_rest(op)

    def _tell(self, record: Event | Marker) -> None:
        """Show what has happened, and bring it to the sinks."""
        with self.board.lock:
            self.board.messages.append(message_of(record))
        self._emit(timed(record, self._pair, self._epoch_ns))

    def _wait_for(self, windows: list[Window]) -> None:
        self._pending.put(windows, loaded=self.analyst is not None)
        self.board.skipped = self._pending.skipped

    def _read(self) -> None:
        if self.analyst is None:
            return
        if self._warm_ns is None:
            self._warm_ns = self._clock.now_ns()
            self.board.engine = self.analyst.engine.name
        self._pending.read(self._answered_by(self.analyst))
        self.board.away = self._pending.problem

    def _answered_by(self, analyst: Analyst) -> Callable[[Window], None]:
        return lambda window: self._answer(analyst, window)

    def _why_nothing(self) -> str:
        if self.analyst is None:
            return "the engine was not loaded yet"
        return self._pending.problem or NOTHING_READ

    def _answer(self, analyst: Analyst, window: Window) -> None:
        begun_ns = self._clock.now_ns()
        reading = self._person.read(analyst, window, self._epoch_ns)
        reading = timed(reading, self._pair, self._epoch_ns)
        self._note(lambda journal: journal.read(window, begun_ns))  # what is away has read nothing
        # Windows that waited for an engine tell of the wait, not of how fast readings are.
        if window.due_ns >= max(self._warm_ns or 0, self._pending.since_ns):
            self._latency.add(reading.latency_ms)
        self._show(reading)
        self._emit(reading)

    def _show(self, reading: Reading) -> None:
        missing = tuple(m for m in MODALITIES if reading.modalities[m].state == "missing")
        point = HistoryPoint(
            *(reading.end_s, reading.score, reading.low, reading.high, reading.final, missing),
            trend=None if reading.trend is None else reading.trend.score,
        )
        now_ns = self._clock.now_ns()
        fresh = now_ns - self._percentiles_ns >= PERCENTILES_EVERY_NS
        percentiles = self._latency.percentiles() if fresh else None
        with self.board.lock:
            if self.board.reading is None or reading.end_s >= self.board.reading.end_s:
                self.board.reading = reading
                self.board.history.append(point)
            if percentiles is not None:
                self.board.latency, self._percentiles_ns = percentiles, now_ns

    def _emit(self, record: Record) -> None:
        for sink in self._sinks:
            sink.emit(record)
        self._note(lambda journal: journal.record(record))


def message_of(record: Event | Marker) -> str:
    """What has happened, for people."""
    if isinstance(record, Marker):
        return f"{record.time_s:.1f} s  marker: {record.name}"
    reason = f": {record.reason}" if record.reason else ""
    return f"{record.time_s:.1f} s  {record.source} {record.state.value}{reason}"
