"""Where records go: what a sink is, the sinks that are built in, and the queue before each of them."""

import contextlib
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TextIO, runtime_checkable

from fsrf_live.fsrf.common.errors import SinkError, UsageError
from fsrf_live.stream.flow.outputs import Appended, reader_gone
from fsrf_live.stream.flow.plugins import find_plugin, load_plugin
from fsrf_live.stream.flow.queues import BoundedQueue, drop_oldest
from fsrf_live.stream.flow.records import Record, encode

SINKS = {
    "jsonl": "fsrf_live.stream.flow.sinks:open_json_file",
    "csv": "fsrf_live.stream.sinks.csv_file:open_csv",
    "mqtt": "fsrf_live.stream.sinks.mqtt:open_mqtt",
    "ws": "fsrf_live.stream.sinks.ws:open_ws",
    "osc": "fsrf_live.stream.sinks.osc:open_osc",
    "metrics": "fsrf_live.stream.sinks.metrics:open_metrics",
    "otlp": "fsrf_live.stream.sinks.otlp:open_otlp",
    "parquet": "fsrf_live.stream.sinks.parquet:open_parquet",
    "lsl": "fsrf_live.stream.sinks.lsl:open_lsl",
}
"""Built-in sinks by name. Each names a callable that takes what follows the name, and gives the sink."""
TO_FILES, TO_FOLDERS = ("jsonl", "csv"), ("parquet",)
"""Those whose target is a file, and those whose target is a folder of files."""

MOST_RECORDS = 1024
"""What may wait for a sink: minutes of a session, at two or three records a second."""
RETRY_S = 2.0
"""Between two attempts to bring a record that nobody takes."""
LOOK_EVERY_S = 0.2
"""Between two looks at whether a sink is closed, while no record comes: its reader may go in silence."""

_log = logging.getLogger(__name__)


class Sink(Protocol):
    """Takes the records of a session, all from one thread that does nothing else.

    In a live session that thread is the sink's own, behind a bounded queue: a sink that is slow or hangs
    delays no reading, it loses the oldest records that wait for it, and the session counts them. If `emit`
    raises SinkError, the same record is brought again every `RETRY_S`, and the session goes on meanwhile; any
    other error that `emit` or `close` raises ends the session and is reported by it.
    """

    @property
    def closed(self) -> bool:
        """True once nobody takes records any more; a session that records nothing ends if all its sinks are.

        Looked at by the same thread, before each record and every `LOOK_EVERY_S`.
        """

    def emit(self, record: Record) -> None:
        """Take one record."""

    def close(self) -> None:
        """Release what is held; no more records will come."""


@runtime_checkable
class Watcher(Protocol):
    """What a sink may also be: a session gives it what asks for its counts of what was dropped."""

    def watch(self, drops: Callable[[], Mapping[str, int]]) -> None:
        """Take what may be called from any thread, at any time, for as long as the session runs."""


class RecordQueue:
    """A sink that only keeps the newest `MOST_RECORDS` records until another thread takes them.

    This is all that the core of a session ever waits for. One thread emits and closes, one takes.
    """

    def __init__(self, notify: Callable[[], None]) -> None:
        """`notify` is called by the thread that emits, after each and at the end; it must not block."""
        self._waiting: BoundedQueue[Record] = BoundedQueue(drop_oldest(MOST_RECORDS), notify)
        self._left = threading.Event()

    @property
    def closed(self) -> bool:
        """True once whoever takes records has left."""
        return self._left.is_set()

    @property
    def drops(self) -> int:
        """Records that were dropped because nobody took them in time."""
        return self._waiting.drops

    @property
    def over(self) -> bool:
        """True once the last record is in the queue. Look at this first, then `take` until there is none."""
        return self._waiting.over

    def emit(self, record: Record) -> None:
        """Leave a record; never blocks. After `leave` it goes nowhere."""
        if not self._left.is_set():
            self._waiting.put(record)

    def close(self) -> None:
        """Say that no more records will come."""
        self._waiting.finish()

    def take(self) -> Record | None:
        """The oldest record, or None; does not wait."""
        return self._waiting.take()

    def wait(self, timeout_s: float = threading.TIMEOUT_MAX) -> Record | None:
        """The oldest record, as soon as there is one; None after the last, or if none comes in time."""
        return self._waiting.take(timeout_s)

    def leave(self) -> None:
        """Say that nobody takes records any more."""
        self._left.set()


class Outlet:
    """A sink behind a queue: give `queue` to the core, and `run` to a thread.

    `problem` is why the sink takes no records now, None if it does; any thread may look.
    """

    def __init__(self, sink: Sink, retry_s: float = RETRY_S) -> None:
        self._sink = sink
        self._retry_s = retry_s
        self._ending = threading.Event()
        self.queue = RecordQueue(self._look)
        self.problem: str | None = None

    def run(self) -> None:
        """Emit until the queue is over and empty, or the sink is closed; raises the sink's other errors."""
        try:
            while not self._sink.closed and self._bring_next():
                pass
        finally:
            self.queue.leave()
            self._sink.close()

    def _bring_next(self) -> bool:
        """Bring a record if one comes in time; False after the last, or if the session ends meanwhile."""
        over = self.queue.over
        record = self.queue.wait(LOOK_EVERY_S)
        return not over if record is None else self._bring(record)

    def _bring(self, record: Record) -> bool:
        """Emit a record, again and again while the sink takes none; False if the session ends meanwhile."""
        while True:
            try:
                self._sink.emit(record)
            except SinkError as error:
                self._tell(str(error))
                if self._ending.wait(self._retry_s):
                    left = 1 + sum(1 for _ in iter(self.queue.take, None))
                    _log.warning("%s; %d records were not brought", error, left)
                    return False
            else:
                self._tell(None)
                return True

    def _tell(self, problem: str | None) -> None:
        """Keep the state, and say when it changes: once for an outage, not for each attempt."""
        if problem is not None and self.problem is None:
            _log.warning("%s; records wait for it", problem)
        elif problem is None and self.problem is not None:
            _log.warning("this is over: %s", self.problem)
        self.problem = problem

    def _look(self) -> None:
        if self.queue.over:
            self._ending.set()


class JsonLines:
    """Writes each record at once as one line of JSON. A reader that goes away (a broken pipe) is no error."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._closed = False

    @property
    def closed(self) -> bool:
        """True once the reader has gone, also if nothing was written since."""
        self._closed = self._closed or reader_gone(self._stream)
        return self._closed

    def emit(self, record: Record) -> None:
        """Write one record; raises OSError, as for a full disk."""
        if self._closed:
            return
        try:
            self._stream.write(encode(record) + "\n")
            self._stream.flush()
        except BrokenPipeError:
            self._closed = True
            self._into_the_void()

    def close(self) -> None:
        """Do nothing: the stream is not ours."""

    def _into_the_void(self) -> None:
        """Send what is still buffered to the null device: Python would report it as an error at its end."""
        void = os.open(os.devnull, os.O_WRONLY)
        os.dup2(void, self._stream.fileno())
        os.close(void)


class JsonFile:
    """JSON lines in a file, each written at once and whole; every error names it.

    `closed` once the reader of a named pipe has gone.
    """

    def __init__(self, path: Path) -> None:
        """Begin the file, in place of an old one; raises OSError if it cannot be written."""
        self._path = path
        self._file = Appended(path)
        self.closed = False

    def emit(self, record: Record) -> None:
        """Append one line; raises SinkError with the file's name, as for a full disk."""
        try:
            self._file.append(f"{encode(record)}\n".encode())
        except BrokenPipeError:
            self.closed = True
        except OSError as error:
            raise SinkError(f"{self._path}: {error.strerror}") from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class MemorySink:
    """Keeps the last records."""

    closed = False

    def __init__(self, capacity: int = 10_000) -> None:
        self.records: deque[Record] = deque(maxlen=capacity)

    def emit(self, record: Record) -> None:
        """Keep one record."""
        self.records.append(record)

    def close(self) -> None:
        """Do nothing: the records stay."""


def open_json_file(target: str) -> Sink:
    """The sink ``jsonl:FILE``; raises OSError, and UsageError without a file."""
    return JsonFile(file_of("jsonl", target))


def file_of(name: str, target: str) -> Path:
    """The file that a sink writes; raises UsageError if none was given."""
    if not target:
        raise UsageError(f"sink {name} writes to a file: give it as {name}:FILE")
    return Path(target)


def open_sink(spec: str) -> Sink:
    """The sink of ``NAME`` or ``NAME:TARGET``, built in or added by a package; raises UsageError."""
    name, _, target = spec.partition(":")
    make = load_plugin("fsrf_live.sinks", name, SINKS)
    try:
        sink: Sink = make(target)
    except OSError as error:
        raise UsageError(f"sink {spec}: {error.strerror or error}; choose another target") from error
    return sink


def open_sinks(wanted: Sequence[str | Sink]) -> list[Sink]:
    """Each sink, opened if it comes by its name; raises UsageError, and then closes those before it."""
    sinks: list[Sink] = []
    with contextlib.ExitStack() as opened:
        for sink in wanted:
            sinks.append(open_sink(sink) if isinstance(sink, str) else sink)
            opened.callback(sinks[-1].close)
        opened.pop_all()
    return sinks


def check_sink(spec: str) -> str:
    """Give the ``NAME[:TARGET]`` back; raises UsageError if there is no sink of that name."""
    find_plugin("fsrf_live.sinks", spec.partition(":")[0], SINKS)
    return spec
