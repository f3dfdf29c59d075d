"""One source, driven by one thread that opens, reads and closes it, and watched by another that never blocks.

A read that hangs holds up nobody: the watcher leaves the hung thread behind by counting up the generation,
whatever that thread still brings is dropped, and a new thread with a fresh source takes over.
"""

import logging
import threading
from collections.abc import Callable

from engines.contract import Modality
from stream.clock import NS, Clock
from stream.cpu import name_this_thread
from stream.errors import MediaError, SourceError
from stream.items import Item
from stream.settings import StallSettings
from stream.snapshot import SourceView
from stream.sources.source import EndOfSource, Opener, Source, health_of
from stream.supervision import Change, Role, Supervisor, retry_after_s

WATCH_EVERY_S = 0.05
OPEN_HANGS_AFTER_S = 12.0
MOST_LEFT_BEHIND = 4

log = logging.getLogger(__name__)


class _Run:
    """One generation: a thread, its source, and since when it has been opening."""

    def __init__(self, source: Source, now_ns: int) -> None:
        self.source = source
        self.over = threading.Event()
        self.opening_since_ns: int | None = now_ns
        self.left_behind = False
        self.thread: threading.Thread | None = None


class Capture:
    """Keeps one source going for a session."""

    def __init__(
        self,
        opener: Opener,
        role: Role,
        clock: Clock,
        deliver: Callable[[Item], None],
        notify: Callable[[Change], None],
        stall: StallSettings | None = None,
    ) -> None:
        """Prepare; nothing runs before `start`.

        `deliver` gets each new item and `notify` each change of state, in order, from threads of ours and
        under our lock: they put things into a channel and never call back.
        """
        source = opener()
        self._opener = opener
        self._clock = clock
        self._deliver = deliver
        self._notify = notify
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._fresh: Source | None = source
        self._name = source.name
        self._modality: Modality = source.modality
        self._late = 0
        self._drops_before = 0
        self._run: _Run | None = None
        self._left: list[threading.Thread] = []
        self._watcher: threading.Thread | None = None
        self._supervisor = Supervisor(role, clock.now_ns(), stall, health_of(source).finite)

    @property
    def role(self) -> Role:
        """``camera``, ``mic`` or ``text``."""
        return self._supervisor.role

    def start(self) -> None:
        """Begin to capture."""
        with self._lock:
            self._begin()
        self._watcher = threading.Thread(target=self._watch, name=f"{self.role}-watch", daemon=True)
        self._watcher.start()

    def cut(self) -> None:
        """Disable the source; the device is released."""
        with self._lock:
            self._tell(self._supervisor.cut(self._clock.now_ns()))
            self._end_run()

    def restore(self) -> None:
        """Enable it again."""
        with self._lock:
            changes = self._supervisor.restore(self._clock.now_ns())
            self._tell(changes)
            if changes:
                self._begin()

    def follow(self, leader: Change) -> None:
        """Take note of a change of the source whose items this one is made of; see `Supervisor.follow`."""
        with self._lock:
            self._tell(self._supervisor.follow(leader.time_ns, leader))

    def stop(self, timeout_s: float = 2.0) -> bool:
        """Stop and release everything; False where a hung thread had to be left behind."""
        self._stopped.set()
        with self._lock:
            self._end_run()
            threads = [*self._left, *([self._watcher] if self._watcher else [])]
        deadline_ns = self._clock.now_ns() + round(timeout_s * NS)
        for thread in threads:
            thread.join(max(0.0, (deadline_ns - self._clock.now_ns()) / NS))
        return not any(thread.is_alive() for thread in threads)

    def view(self, now_ns: int) -> SourceView:
        """What a person should see of it. Drops are those below us and the late items of hung threads."""
        with self._lock:
            supervisor = self._supervisor
            health = health_of(self._run.source if self._run else None)
            return SourceView(
                source=self.role,
                modality=self._modality,
                name=self._name,
                state=supervisor.state,
                reason=supervisor.reason,
                rate_hz=supervisor.rate_hz(now_ns),
                age_s=supervisor.age_s(now_ns),
                drops=self._late + self._drops_before + health.drops,
                reconnects=supervisor.reconnects,
                drift_ppm=health.drift_ppm,
            )

    # Under the lock.

    def _begin(self) -> None:
        """Start a new generation; the one before it is left to end by itself."""
        before = self._end_run()
        source, self._fresh = self._fresh or self._opener(), None
        run = self._run = _Run(source, self._clock.now_ns())
        run.thread = threading.Thread(target=self._drive, args=(run, before), name=self.role, daemon=True)
        run.thread.start()

    def _end_run(self) -> threading.Thread | None:
        """Let the present generation go; returns its thread."""
        self._left = [thread for thread in self._left if thread.is_alive()]
        run, self._run = self._run, None
        if run is None or run.thread is None:
            return None
        run.over.set()
        self._drops_before += health_of(run.source).drops
        if run.thread.is_alive():
            self._left.append(run.thread)
        return run.thread

    def _tell(self, changes: list[Change]) -> None:
        for change in changes:
            log.info("%s: %s (%s)", change.source, change.state.value, change.reason)
            self._notify(change)

    # In the thread of a generation.

    def _drive(self, run: _Run, before: threading.Thread | None) -> None:
        if before is not None and before is not threading.current_thread():
            before.join(0.5)
        attempt = 0
        while not run.over.is_set():
            try:
                name_this_thread(self.role)
                self._open(run)
                attempt = 0
                self._pump(run)
            except EndOfSource:
                self._end(run, None)
            except MediaError as error:
                self._end(run, str(error))
            except SourceError as error:
                self._fail(run, str(error))
            except Exception as error:  # the edge of a thread: a mistake of ours must not end the session
                log.exception("%s: unexpected", self.role)
                self._fail(run, f"{type(error).__name__}: {error}")
            finally:
                run.source.close()
            run.over.wait(retry_after_s(attempt))
            attempt += 1

    def _open(self, run: _Run) -> None:
        with self._lock:
            if run.over.is_set():
                return
            run.opening_since_ns = self._clock.now_ns()
            self._tell(self._supervisor.retrying(run.opening_since_ns))
        run.source.open()
        with self._lock:
            if not run.over.is_set():
                run.opening_since_ns = None
                self._name = run.source.name
                self._tell(self._supervisor.opened(self._clock.now_ns()))

    def _pump(self, run: _Run) -> None:
        while not run.over.is_set():
            item = run.source.read()
            if item is None:
                continue
            with self._lock:
                if run.over.is_set():
                    self._late += run.left_behind
                    return
                self._supervisor.finite = health_of(run.source).finite
                new, changes = self._supervisor.item(self._clock.now_ns(), item)
                self._tell(changes)
                if new:
                    self._deliver(item)

    def _end(self, run: _Run, reason: str | None) -> None:
        with self._lock:
            if not run.over.is_set():
                run.over.set()
                self._tell(self._supervisor.ended(self._clock.now_ns(), reason))

    def _fail(self, run: _Run, reason: str) -> None:
        with self._lock:
            if not run.over.is_set():
                self._tell(self._supervisor.failed(self._clock.now_ns(), reason))

    # In the watcher's thread.

    def _watch(self) -> None:
        name_this_thread(f"{self.role}-watch")
        while not self._stopped.wait(WATCH_EVERY_S):
            with self._lock:
                if self._run is not None and not self._run.over.is_set() and not self._stopped.is_set():
                    self._look(self._run, self._clock.now_ns())

    def _look(self, run: _Run, now_ns: int) -> None:
        supervisor = self._supervisor
        opening_ns = run.opening_since_ns
        hung = opening_ns is not None and now_ns - opening_ns > OPEN_HANGS_AFTER_S * NS
        if hung:
            self._tell(supervisor.failed(now_ns, f"opening it took more than {OPEN_HANGS_AFTER_S:.0f} s"))
        self._tell(supervisor.tick(now_ns))
        self._left = [thread for thread in self._left if thread.is_alive()]
        if len(self._left) < MOST_LEFT_BEHIND and (supervisor.should_reopen(now_ns) or hung):
            run.left_behind = True
            self._begin()
