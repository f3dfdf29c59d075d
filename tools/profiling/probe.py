"""Looks at one session from the inside, as its journal: what each reading cost."""

import threading
from dataclasses import dataclass

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import Clock, Pair
from fsrf_live.stream.flow.queues import InboxItem
from fsrf_live.stream.flow.records import Latency, Reading, Record
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.windows.window import Window
from fsrf_live.tools.profiling.tracing import ReadingSpan, Tracer


@dataclass(frozen=True, slots=True)
class Timed:
    """Latency of one reading, and when it was there."""

    at_ns: int
    final: bool
    latency: Latency


class Probe:
    """The journal of one profiled session: keeps latencies, and spans if there is a tracer."""

    def __init__(self, clock: Clock, stream: int, measuring: threading.Event, tracer: Tracer | None) -> None:
        self.kept: list[Timed] = []
        self._clock = clock
        self._stream = stream
        self._measuring = measuring
        self._tracer = tracer
        self._window: tuple[Window, int] | None = None

    def begin(self, modalities: frozenset[Modality], windows: WindowSettings) -> None:
        """Nothing to take down."""

    def epoch(self, epoch_ns: int) -> None:
        """Nothing to take down."""

    def pair(self, pair: Pair) -> None:
        """Nothing to take down."""

    def op(self, op: InboxItem) -> None:
        """Nothing to take down."""

    def advance(self, now_ns: int) -> None:
        """Nothing to take down."""

    def read(self, window: Window, begun_ns: int) -> None:
        """Remember what is read, and since when."""
        self._window = window, begun_ns

    def record(self, record: Record) -> None:
        """Keep the parts of a reading's latency."""
        if not isinstance(record, Reading) or self._window is None or not self._measuring.is_set():
            return
        (window, begun_ns), now_ns = self._window, self._clock.now_ns()
        self.kept.append(Timed(now_ns, record.final, record.latency_ms))
        if self._tracer is not None:
            self._tracer.readings.append(
                ReadingSpan(self._stream, window, begun_ns, now_ns, record.latency_ms)
            )

    def finish(self, now_ns: int) -> None:
        """Nothing to take down."""

    def close(self) -> None:
        """Nothing to release."""
