"""One source kept going, a step at a time: no thread, no lock, and no clock but the time that is given.

A *run* is one generation: a source of its own, opened, read and closed by one driver, which goes round

    keeper.prepare(run, now)          judge
    came = run.act()                  open or read: the one thing that may take long, or hang
    wait_s = keeper.take(run, came, now)
    run.release() and wait, if there is something to wait for

until the run is over. A watcher calls `look` now and then. It leaves a run behind whose source gives nothing,
however long its `act` takes, and begins another; what the old one still brings is dropped and counted.
"""

import logging
import threading
from collections.abc import Callable

from fsrf_live.fsrf.common.errors import MediaError, RehearsedError, SourceError
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import Change, Item, State
from fsrf_live.stream.flow.settings import StallSettings
from fsrf_live.stream.flow.snapshot import SourceView
from fsrf_live.stream.sources.source import HEALTHY, EndOfSource, Health, Source, SourceSpec
from fsrf_live.stream.supervision.supervisor import Supervisor, retry_after_s

OPEN_HANGS_AFTER_S = 12.0
"""Longer than any opening of a device that succeeds: an address that does not answer takes several timeouts
of 2 s. What is finite may take longer, as loading a recogniser does, and opening it again is no help."""

Came = Item | Exception | None
"""The outcome of an act: an item, None (nothing new, or the source is open now), or what was raised."""

_log = logging.getLogger(__name__)


class Run:
    """One generation. Its driver alone makes and touches the source; `over` asks it to let go and leave."""

    def __init__(self, make: Callable[[], Source]) -> None:
        self._make = make
        self.source: Source | None = None
        self.over = threading.Event()
        self.is_open = False
        self.attempts = 0
        self.opening_since_ns: int | None = None
        self.left_behind = False
        self._held = False

    @property
    def health(self) -> Health:
        """That of the source, once it is made."""
        return HEALTHY if self.source is None else self.source.health

    def act(self) -> Came:
        """Open the source or, once it is open, read from it. Raises nothing."""
        try:
            if self.source is None:
                self.source = self._make()
            if self.is_open:
                return self.source.read()
            # Before opening: one that fails halfway, or hangs and returns late, has something to release.
            self._held = True
            self.source.open()
        except Exception as error:  # noqa: BLE001 - the edge of a thread: a mistake must not end the session
            return error
        return None

    def release(self) -> None:
        """Close the source if it may be open. Raises nothing."""
        if self.source is not None and self._held:
            self._held = False
            try:
                self.source.close()
            except Exception:  # noqa: BLE001 - as above: what could not be closed is opened anew all the same
                _log.exception("%s cannot be closed", self.source.name)


class Keeper:
    """Not thread-safe: several threads that drive it hold a lock round all but `act` and `release`."""

    def __init__(
        self,
        spec: SourceSpec,
        now_ns: int,
        deliver: Callable[[Item], None],
        notify: Callable[[Change], None],
        stall: StallSettings | None = None,
    ) -> None:
        """`deliver` gets each new item and `notify` each change of state, in order."""
        self.run: Run | None = None
        self.supervisor = Supervisor(spec.role, now_ns, stall, spec.finite)
        self._spec = spec
        self._deliver = deliver
        self._notify = notify
        self._name = spec.name
        self._late = 0
        self._drops_before = 0

    def begin(self) -> Run:
        """Begin a new run; the one before it is over."""
        self.end()
        self.run = Run(self._spec.make)
        return self.run

    def end(self) -> None:
        """Let the present run go."""
        run, self.run = self.run, None
        if run is not None:
            run.over.set()
            self._drops_before += run.health.drops

    def cut(self, now_ns: int) -> None:
        """Disable the source."""
        self._tell(self.supervisor.cut(now_ns))
        self.end()

    @property
    def is_cut(self) -> bool:
        """Whether the source is disabled."""
        return self.supervisor.state is State.DISABLED

    def restore(self, now_ns: int) -> bool:
        """Enable it again; True if it was cut: `begin` a run then."""
        changes = self.supervisor.restore(now_ns)
        self._tell(changes)
        return bool(changes)

    def follow(self, leader: Change) -> None:
        """The source whose items this one is made of has changed; see `Supervisor.follow`."""
        self._tell(self.supervisor.follow(leader.time_ns, leader))

    def prepare(self, run: Run, now_ns: int) -> None:
        """Call before each act: a run that is about to open its source is timed from now."""
        if not run.is_open and not run.over.is_set():
            run.opening_since_ns = now_ns
            self._tell(self.supervisor.retrying(now_ns))

    def take(self, run: Run, came: Came, now_ns: int) -> float | None:
        """Judge the outcome of a run's act; gives the seconds to wait before the next, None for none."""
        if run.over.is_set():
            # Another run has taken over, so this item is out of order; count it as the loss that it is.
            self._late += run.left_behind and not isinstance(came, Exception | None)
        elif isinstance(came, EndOfSource | MediaError):
            run.over.set()
            self._tell(self.supervisor.ended(now_ns, str(came) or None))
        elif isinstance(came, Exception):
            return self._failed(run, came, now_ns)
        elif not run.is_open:
            run.is_open, run.opening_since_ns, run.attempts = True, None, 0
            self._name = self._name if run.source is None else run.source.name
            self._tell(self.supervisor.opened(now_ns))
        elif came is not None:
            self._judge(run, came, now_ns)
        return None

    def look(self, now_ns: int, *, may_leave: bool = True) -> Run | None:
        """Judge the time; gives a new run to drive if the present one is hopeless and may be left."""
        run, supervisor = self.run, self.supervisor
        if run is None or run.over.is_set():
            return None
        opening_ns = None if self._spec.finite else run.opening_since_ns
        hung = opening_ns is not None and now_ns - opening_ns > OPEN_HANGS_AFTER_S * NS
        if hung:
            self._tell(supervisor.failed(now_ns, f"opening it took more than {OPEN_HANGS_AFTER_S:.0f} s"))
        self._tell(supervisor.tick(now_ns))
        if not may_leave or not (supervisor.should_reopen(now_ns) or hung):
            return None
        run.left_behind = True
        return self.begin()

    def view(self, now_ns: int) -> SourceView:
        """What a person should see of it. Drops are those below us and the late items of runs left behind."""
        supervisor = self.supervisor
        health = self.run.health if self.run else HEALTHY
        return SourceView(
            source=supervisor.role,
            modality=self._spec.modality,
            name=self._name,
            state=supervisor.state,
            reason=supervisor.reason,
            rate_hz=supervisor.rate_hz(now_ns),
            age_s=supervisor.age_s(now_ns),
            drops=self._late + self._drops_before + health.drops,
            reconnects=supervisor.reconnects,
            drift_ppm=health.drift_ppm,
            rehearsed=supervisor.rehearsed,
        )

    def _judge(self, run: Run, item: Item, now_ns: int) -> None:
        self.supervisor.finite = self._spec.finite and not run.health.faulty
        new, changes = self.supervisor.item(now_ns, item)
        self._tell(changes)
        if new:
            self._deliver(item)

    def _failed(self, run: Run, error: Exception, now_ns: int) -> float:
        # A mistake of ours in one source is treated as a failure of the device: the session goes on.
        known = isinstance(error, SourceError)
        if not known:
            _log.error("%s: unexpected", self.supervisor.role, exc_info=error)
        reason = str(error) if known else f"{type(error).__name__}: {error}"
        self._tell(self.supervisor.failed(now_ns, reason, isinstance(error, RehearsedError)))
        run.is_open, run.attempts = False, run.attempts + 1
        return retry_after_s(run.attempts - 1)

    def _tell(self, changes: list[Change]) -> None:
        for change in changes:
            _log.info("%s: %s (%s)", change.source, change.state.value, change.reason)
            self._notify(change)
