"""One camera or microphone that the session asks of browsers: a page brings, a source takes.

At most one page is the device. What it brings waits in a bounded queue; what is too much is dropped and
counted. Whatever is wrong is one reason, which the source raises as any device that fails. Thread-safe.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ
from fsrf_live.stream.flow.queues import BoundedQueue, drop_oldest, newest_only
from fsrf_live.stream.page.browser.wire import PASSING, WHYS, Away, Here

LentRole = Literal["camera", "mic"]
LENT_NAMES: dict[LentRole, str] = {"camera": "camera", "mic": "microphone"}
MOST_LENT_BLOCKS = 64
"""1.3 s of sound: longer than any wait of the thread that takes it."""
_WAIT_S = 0.1


@dataclass(frozen=True, slots=True)
class Brought:
    """A piece on our clock; the rest is as of a `LentPiece`."""

    time_ns: int
    count: int
    data: bytes


class BrowserDevice:
    """Who brings holds a number, which `join` gives; once another page has joined, it is of no use."""

    def __init__(self, role: LentRole) -> None:
        self.role = role
        self._lock = threading.Lock()
        self._brought = self._fresh_queue()
        self._drops = 0
        self._holder = 0
        self._held = False
        self._page = ""
        self._opened_for: int | None = None
        # Why it is not there, None if it is; and whether that still holds when the page has gone.
        self._why: str | None = f"waiting for a browser: press 'Use this {LENT_NAMES[role]}' on the page"
        self._stays = False
        self._here = Here("", SAMPLE_RATE_HZ)
        self._changed: Callable[[], None] = lambda: None

    @property
    def name(self) -> str:
        """The browser's name for it, once it is known."""
        with self._lock:
            label = self._here.label
        return f"browser: {label}" if label else f"{LENT_NAMES[self.role]} of the browser"

    @property
    def rate_hz(self) -> int:
        """Samples a second that come."""
        return self._here.rate_hz or SAMPLE_RATE_HZ

    @property
    def drops(self) -> int:
        """Pieces that were too many, or that were nothing."""
        with self._lock:
            return self._drops + self._brought.drops

    @property
    def wanted(self) -> bool:
        """Whether a source takes what comes."""
        return self._opened_for is not None

    def dropped(self, pieces: int = 1) -> None:
        """Count pieces that nobody will see."""
        with self._lock:
            self._drops += pieces

    # The page.

    def join(self, changed: Callable[[], None], *, take_over: bool, page: str = "") -> int | None:
        """Become the device; None if another page is it, and is not to be sent away.

        `page` is what a page calls itself: one that lost its way comes back before anybody has noticed.
        `changed` is called, by any thread, if `wanted` or the holder changes.
        """
        with self._lock:
            if self._held and not take_over and (not page or page != self._page):
                return None
            self._page = page
            before, self._changed = self._changed, changed
            self._held, self._holder = True, self._holder + 1
            self._why, self._stays = f"the browser has not given the {LENT_NAMES[self.role]} yet", False
            self._empty()
            holder = self._holder
        before()
        return holder

    def holds(self, holder: int) -> bool:
        """Whether this page is still the device."""
        return self._held and holder == self._holder

    def here(self, holder: int, here: Here) -> None:
        """It works."""
        with self._lock:
            if self.holds(holder):
                self._here, self._why = here, None

    def away(self, holder: int, why: Away) -> None:
        """It does not."""
        reason = WHYS[why].format(device=LENT_NAMES[self.role])
        self._lose(holder, reason, stays=why not in PASSING)

    def refuse(self, holder: int, reason: str) -> None:
        """The page is sent away."""
        self._lose(holder, reason, stays=True)

    def leave(self, holder: int) -> None:
        """The page has gone."""
        with self._lock:
            if not self.holds(holder):
                return
            self._held, self._changed = False, lambda: None
            if self._why is None or not self._stays:
                self._why = f"the page that was the {LENT_NAMES[self.role]} was closed: give it again"
            self._empty()

    def put(self, holder: int, brought: Brought) -> None:
        """Bring a piece; it counts as dropped if nobody could take it."""
        with self._lock:
            if self.holds(holder) and self._why is None and self.wanted:
                self._brought.put(brought)

    # The source.

    def open(self) -> None:
        """Begin to take; raises SourceError with the reason if it is not there."""
        with self._lock:
            if self._why is not None:
                raise SourceError(self._why)
            self._opened_for, changed = self._holder, self._changed
            self._empty()
        changed()

    def take(self) -> Brought | None:
        """The next piece, or None within 100 ms; raises SourceError with the reason if there will be none."""
        with self._lock:
            why, queue = self._why, self._brought
            if self._opened_for != self._holder:
                why = f"another page has become the {LENT_NAMES[self.role]}"
        if why is not None:
            raise SourceError(why)
        return queue.take(_WAIT_S)

    def close(self) -> None:
        """Take no more: the page then sends no more."""
        with self._lock:
            self._opened_for, changed = None, self._changed
            self._empty()
        changed()

    def _lose(self, holder: int, reason: str, *, stays: bool) -> None:
        with self._lock:
            if self.holds(holder):
                self._why, self._stays = reason, stays
                self._empty()

    # Under the lock.

    def _empty(self) -> None:
        self._drops += self._brought.drops
        self._brought = self._fresh_queue()

    def _fresh_queue(self) -> BoundedQueue[Brought]:
        return BoundedQueue(newest_only() if self.role == "camera" else drop_oldest(MOST_LENT_BLOCKS))
