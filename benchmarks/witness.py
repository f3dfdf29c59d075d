"""Observes a live session while its devices fail: every new item, change of state and reading."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import pairwise

from benchmarks.metronome import Span
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.stream.flow.clock import Clock, Pair
from fsrf_live.stream.flow.items import MODALITY_OF, ROLES, Change, Item, Role, State, Words
from fsrf_live.stream.flow.queues import InboxItem
from fsrf_live.stream.flow.records import Reading, Record
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.sources.source import HEALTHY, Around, Source, SourceSpec
from fsrf_live.stream.supervision.novelty import Novelty
from fsrf_live.stream.windows.window import Window

KEPT = 10_000
TICK_S = 0.02


class Witness:
    """The journal of one session, and an observer of its sources. Queried from another thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._items: dict[Role, deque[int]] = {role: deque(maxlen=KEPT) for role in ROLES}
        self._new: dict[Role, deque[int]] = {role: deque(maxlen=KEPT) for role in ROLES}
        self._novelty: dict[Role, Novelty] = {role: Novelty() for role in ROLES}
        self._changes: deque[Change] = deque(maxlen=KEPT)
        self._read: deque[tuple[int, dict[Modality, int]]] = deque(maxlen=KEPT)
        self._newest: dict[Modality, int] = {}
        self._lock = threading.Lock()

    def eye(self, spec: SourceSpec) -> SourceSpec:
        """The same source, seen."""
        return spec.inside(lambda source: Seen(source, lambda item: self._see(spec.role, item)))

    def last_item_ns(self, role: Role, before_ns: int) -> int:
        """When the last new item before a moment arrived; 0 if there was none."""
        with self._lock:
            return max((at for at in self._new[role] if at < before_ns), default=0)

    def pauses(self, role: Role, start_ns: int, end_ns: int) -> list[Span]:
        """The times without any item that ended within a stretch of time, or last at its end.

        Silence counts as an item: it is no pause of the program.
        """
        with self._lock:
            times = [at for at in self._items[role] if at <= end_ns]
        times = [*(times or [start_ns]), end_ns]
        return [(early, late) for early, late in pairwise(times) if late > start_ns]

    def change(self, role: Role, since_ns: int, wanted: Callable[[State], bool]) -> Change | None:
        """The first change of a source into a wanted state since a moment."""
        with self._lock:
            fitting = (c for c in self._changes if c.source == role and c.time_ns >= since_ns)
            return next((c for c in fitting if wanted(c.state)), None)

    def state(self, role: Role) -> State:
        """The session's state of a source."""
        with self._lock:
            return next((c.state for c in reversed(self._changes) if c.source == role), State.STARTING)

    def reading_ns(self, role: Role, since_ns: int) -> int | None:
        """When the first reading was made that used anything of a source from `since_ns` on."""
        modality = MODALITY_OF[role]
        with self._lock:
            return next((at for at, newest in self._read if newest.get(modality, 0) >= since_ns), None)

    def _see(self, role: Role, item: Item) -> None:
        new, now_ns = self._novelty[role].fault_of(item) is None, self._clock.now_ns()
        with self._lock:
            self._items[role].append(now_ns)
            if new:
                self._new[role].append(now_ns)

    # The journal.

    def begin(self, modalities: frozenset[Modality], windows: WindowSettings) -> None:
        """Nothing to record."""

    def epoch(self, epoch_ns: int) -> None:
        """Nothing to record."""

    def pair(self, pair: Pair) -> None:
        """Nothing to record."""

    def op(self, op: InboxItem) -> None:
        """Keep a change of state."""
        if isinstance(op, Change):
            with self._lock:
                self._changes.append(op)

    def advance(self, now_ns: int) -> None:
        """Nothing to record."""

    def read(self, window: Window, begun_ns: int) -> None:
        """Keep how recent the data of a reading is, for each available modality."""
        real: dict[Modality, Sequence[int]] = {
            "video": [face.time_ns for face in window.faces if face.vector is not None],
            "audio": [voice.time_ns for voice in window.voices if not voice.silent],
            "text": [words.end_ns for words in window.words],
        }
        self._newest = {m: max(real[m]) for m in MODALITIES if real[m]}

    def record(self, record: Record) -> None:
        """Keep when a reading was made."""
        if isinstance(record, Reading):
            with self._lock:
                self._read.append((self._clock.now_ns(), self._newest))

    def finish(self, now_ns: int) -> None:
        """Nothing to record."""

    def close(self) -> None:
        """Nothing to release."""


class Seen(Around):
    """A source whose items are observed as they are read."""

    def __init__(self, source: Source, look: Callable[[Item], None]) -> None:
        super().__init__(source)
        self._look = look

    def read(self) -> Item | None:
        """Read from it."""
        item = self._source.read()
        if item is not None:
            self._look(item)
        return item


class Ticker:
    """A text source that says nothing fifty times a second: it shows how long a text source would wait."""

    modality: Modality = "text"
    name = "ticker"
    health = HEALTHY

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def open(self) -> None:
        """Nothing is held."""

    def read(self) -> Words:
        """Empty words."""
        self._clock.sleep(TICK_S)
        now_ns = self._clock.now_ns()
        return Words(now_ns, now_ns, "")

    def close(self) -> None:
        """Nothing is held."""
