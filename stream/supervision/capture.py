"""One source in one thread that opens, reads and closes it, watched by another that never blocks.

What they do is in `stream.supervision.keeper`; here are the threads and the lock. A read that hangs holds up
nobody: its thread is left behind, whatever it still brings is dropped, and a new one with a fresh source
takes over. When too many are left behind, the next one waits until one of them has come back.
"""

import threading
from collections.abc import Callable

from fsrf_live.stream.flow.clock import NS, Clock
from fsrf_live.stream.flow.items import Change, Item
from fsrf_live.stream.flow.settings import StallSettings
from fsrf_live.stream.flow.snapshot import SourceView
from fsrf_live.stream.flow.threads import name_this_thread
from fsrf_live.stream.sources.source import SourceSpec
from fsrf_live.stream.supervision.keeper import Keeper, Run

WATCH_EVERY_S = 0.05
"""Ten looks within the shortest stall (0.5 s): it is noticed on time, and a look costs microseconds."""

MOST_LEFT_BEHIND = 4
"""A thread that hangs in a driver cannot be ended. So many hold four devices open at most."""
HANDOVER_S = 0.5
"""How long a new thread waits for the one before it to release the device."""


class Capture:
    """Keeps one source going for a session."""

    def __init__(
        self,
        spec: SourceSpec,
        clock: Clock,
        deliver: Callable[[Item], None],
        notify: Callable[[Change], None],
        stall: StallSettings | None = None,
    ) -> None:
        """Prepare; nothing runs before `start`.

        `deliver` gets each new item and `notify` each change of state, in order, from our threads and under
        our lock: they must put things into a queue and return, and must not call this or another capture.
        """
        self.role = spec.role
        self._clock = clock
        self._lock = threading.Lock()
        self._keeper = Keeper(spec, clock.now_ns(), deliver, notify, stall)
        self._started, self._stopped = False, threading.Event()
        self._threads: list[threading.Thread] = []
        self._waiting: Run | None = None
        self._watcher: threading.Thread | None = None

    def start(self) -> None:
        """Begin to capture, unless the source was cut before: then `restore` does."""
        with self._lock:
            self._started = True
            if not self._keeper.is_cut:
                self._spawn(self._keeper.begin())
        self._watcher = threading.Thread(target=self._watch, name=f"{self.role}-watch", daemon=True)
        self._watcher.start()

    def cut(self) -> None:
        """Disable the source; the device is released."""
        with self._lock:
            self._keeper.cut(self._clock.now_ns())

    def restore(self) -> None:
        """Enable it again."""
        with self._lock:
            was_cut = self._keeper.restore(self._clock.now_ns())
            if was_cut and self._started and not self._stopped.is_set():
                self._spawn(self._keeper.begin())

    def follow(self, leader: Change) -> None:
        """The source whose items this one is made of has changed; see `Supervisor.follow`."""
        with self._lock:
            self._keeper.follow(leader)

    def stop(self, timeout_s: float = 2.0) -> bool:
        """Stop and release everything; False if a hung thread had to be left behind."""
        self._stopped.set()
        with self._lock:
            # Under the lock, so that a watcher that looks just now spawns nothing after it.
            self._keeper.end()
            threads = [*self._threads, *([self._watcher] if self._watcher else [])]
        deadline_ns = self._clock.now_ns() + round(timeout_s * NS)
        for thread in threads:
            thread.join(max(0.0, (deadline_ns - self._clock.now_ns()) / NS))
        return not any(thread.is_alive() for thread in threads)

    def view(self, now_ns: int) -> SourceView:
        """What a person should see of it."""
        with self._lock:
            return self._keeper.view(now_ns)

    def _spawn(self, run: Run) -> None:
        """Drive a run in a thread of its own as soon as there may be one more; under the lock."""
        self._waiting = run
        self._spawn_waiting()

    def _spawn_waiting(self) -> None:
        run = self._waiting
        if run is None or not self._may_spawn():
            return
        self._waiting = None
        before = self._threads[-1] if self._threads else None
        thread = threading.Thread(target=self._drive, args=(run, before), name=self.role, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _drive(self, run: Run, before: threading.Thread | None) -> None:
        """Go round with one run until it is over."""
        # Most devices refuse to be opened twice; one that hangs is not waited for longer than this.
        if before is not None:
            before.join(HANDOVER_S)
        name_this_thread(self.role)
        while not run.over.is_set():
            if not run.is_open:
                with self._lock:
                    self._keeper.prepare(run, self._clock.now_ns())
            # The one call outside the lock: it may hang, and the watcher must still be able to look.
            came = run.act()
            with self._lock:
                wait_s = self._keeper.take(run, came, self._clock.now_ns())
            if wait_s is not None:
                run.release()
                run.over.wait(wait_s)
        run.release()

    def _watch(self) -> None:
        name_this_thread(f"{self.role}-watch")
        while not self._stopped.wait(WATCH_EVERY_S):
            with self._lock:
                if not self._stopped.is_set():
                    self._look()

    def _look(self) -> None:
        self._spawn_waiting()
        run = self._keeper.look(self._clock.now_ns(), may_leave=self._may_spawn())
        if run is not None:
            self._spawn(run)

    def _may_spawn(self) -> bool:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        return len(self._threads) <= MOST_LEFT_BEHIND
