"""A recording behind a queue: whoever has something to record never waits for the disk."""

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from fsrf_live.fsrf.common.errors import RecordingError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import Pair
from fsrf_live.stream.flow.queues import BoundedQueue, InboxItem, drop_oldest
from fsrf_live.stream.flow.records import Record
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.flow.threads import name_this_thread
from fsrf_live.stream.recording.recording import Recorder
from fsrf_live.stream.windows.window import Window

MOST_CALLS = 8192
"""What may wait for the disk: about a minute of a session, some megabytes."""
CLOSE_WITHIN_S = 2.0
"""How long the end of a session waits for the disk: less than whoever stops it waits for its threads."""


class QueuedRecorder:
    """A `Recorder` that a thread of its own drives, with the same calls in the same order.

    One thread calls. Each call gives up what was recorded if an earlier one has failed, and raises why.
    """

    def __init__(self, recorder: Recorder, close_within_s: float = CLOSE_WITHIN_S) -> None:
        """The recorder is ours from now on; `close` waits `close_within_s` for the disk."""
        self._recorder = recorder
        self._close_within_s = close_within_s
        self._calls: BoundedQueue[Callable[[], None]] = BoundedQueue(drop_oldest(MOST_CALLS))
        self._problem: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def begin(self, modalities: frozenset[Modality], windows: WindowSettings) -> None:
        """Write down at once what the session is; if that fails, nothing is left."""
        self._recorder.begin(modalities, windows)

    def epoch(self, epoch_ns: int) -> None:
        """Times in records count from here from now on."""
        self._put(partial(self._recorder.epoch, epoch_ns))

    def pair(self, pair: Pair) -> None:
        """Record which wall clock belongs to which time from now on."""
        self._put(partial(self._recorder.pair, pair))

    def op(self, op: InboxItem) -> None:
        """Record an item that was given to the sync buffer."""
        self._put(partial(self._recorder.op, op))

    def advance(self, now_ns: int) -> None:
        """Record that windows were asked for."""
        self._put(partial(self._recorder.advance, now_ns))

    def read(self, window: Window, begun_ns: int) -> None:
        """Record that a reading was made of a window."""
        self._put(partial(self._recorder.read, window, begun_ns))

    def record(self, record: Record) -> None:
        """Record what was answered."""
        self._put(partial(self._recorder.record, record))

    def finish(self, now_ns: int) -> None:
        """Record that the session is over."""
        self._put(partial(self._recorder.finish, now_ns))

    def close(self) -> None:
        """Write out what waits and let the folder go; raises RecordingError if that fails or takes too long.

        Then the thread is left behind: it goes on if the disk does, as long as the program runs.
        """
        if self._thread.ident is None:
            self._recorder.close()
            return
        self._calls.finish()
        self._thread.join(self._close_within_s)
        if self._thread.is_alive():
            raise self._too_slow()
        if self._problem is not None:
            raise self._problem

    def _put(self, call: Callable[[], None]) -> None:
        if self._problem is not None:
            raise self._problem
        # Before it is put: if the oldest goes, the rest cannot be replayed.
        if len(self._calls) >= MOST_CALLS:
            raise self._too_slow()
        if self._thread.ident is None:
            self._thread.start()
        self._calls.put(call)

    def _too_slow(self) -> RecordingError:
        return self._recorder.refused("the disk takes too long", "name a folder on a faster one")

    def _run(self) -> None:
        name_this_thread(self._thread.name)
        try:
            while (call := self._calls.take(threading.TIMEOUT_MAX)) is not None:
                call()
            self._recorder.close()
        except Exception as error:  # noqa: BLE001 - the edge of a thread: whoever calls next gets it
            self._problem = error
            with suppress(Exception):  # what it still holds it may not be able to keep
                self._recorder.close()
