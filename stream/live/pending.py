"""Windows that wait for the engine: while it is being loaded, and while its server is away."""

import logging
from collections import deque
from collections.abc import Callable, Sequence

from fsrf_live.fsrf.common.errors import EngineAwayError
from fsrf_live.stream.flow.clock import NS, Clock
from fsrf_live.stream.windows.window import Window

MOST_WINDOWS = 128
"""How many are kept for an engine that answers none yet, or none now; the oldest goes first."""
ASK_AGAIN_S = 2.0
"""Between two attempts to have a server read: one may take a second, in which the core does nothing."""

_log = logging.getLogger(__name__)


class Pending:
    """The queue before the engine, in the thread of the core.

    `skipped` counts windows that were passed over; `problem` is why the engine answers none now, None if it
    does. Windows that were due before `since_ns` may have waited for a server.
    """

    def __init__(self, clock: Clock) -> None:
        self.skipped = 0
        self.problem: str | None = None
        self.since_ns = 0
        self._clock = clock
        self._windows: deque[Window] = deque()
        self._again_ns = 0

    def __len__(self) -> int:
        return len(self._windows)

    def put(self, windows: Sequence[Window], *, loaded: bool) -> None:
        """Queue windows; a partial reading that a newer one of its window follows is passed over."""
        for window in windows:
            for older in [w for w in self._windows if w.id == window.id and not w.final]:
                self._skip(older)
            self._windows.append(window)
            if len(self._windows) > MOST_WINDOWS and (self.problem is not None or not loaded):
                self._skip(self._windows[0])

    def read(self, answer: Callable[[Window], None]) -> None:
        """Have windows answered until none is left, or `EngineAwayError` says that they have to wait."""
        if self.problem is not None:
            now_ns = self._clock.now_ns()
            if now_ns < self._again_ns:
                return
            self.since_ns = now_ns
        while self._windows:
            try:
                answer(self._windows[0])
            except EngineAwayError as error:
                self._note(str(error))
                return
            self._windows.popleft()
            if self.problem is not None:
                _log.warning("this is over: %s", self.problem)
                self.problem = None

    def read_last(self, answer: Callable[[Window], None]) -> None:
        """As `read`, now and for the last time: what the engine does not answer is passed over."""
        self._again_ns = 0
        self.read(answer)
        if self._windows:
            _log.warning("%s; %d windows were not read", self.problem, len(self._windows))
        self.skipped += len(self._windows)
        self._windows.clear()

    def _skip(self, window: Window) -> None:
        self._windows.remove(window)
        self.skipped += 1

    def _note(self, problem: str) -> None:
        """Keep the state, and say it once for an outage, not for each attempt."""
        if self.problem is None:
            _log.warning("%s; windows wait for it", problem)
        self.problem = problem
        self._again_ns = self._clock.now_ns() + round(ASK_AGAIN_S * NS)
