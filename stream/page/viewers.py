"""Those who look: what each has still to be told, and what one who comes later has missed.

Nobody waits for a viewer. What waits for one is bounded; one that fell so far behind that something had to go
is sent away, and its page comes back to the present. All of this belongs to the loop of the page.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from fsrf_live.stream.flow.clock import Clock
from fsrf_live.stream.flow.pace import Pace
from fsrf_live.stream.flow.queues import Backlog, drop_oldest

MOST_VIEWERS = 20
KEPT = 2000
"""Records that a page shows when it is opened later: a quarter of an hour of somebody who does not pause."""
MOST_WAITING = 256
"""Messages that may wait for a viewer: 40 s of them."""


class Viewer:
    """One open page."""

    def __init__(self, clock: Clock) -> None:
        self._waiting: Backlog[str] = drop_oldest(MOST_WAITING)
        self._news = asyncio.Event()
        self._over = False
        self._pace = Pace(clock)

    @property
    def behind(self) -> bool:
        """Whether it has missed something."""
        return self._waiting.drops > 0

    def tell(self, message: str) -> None:
        """Leave a message for it."""
        self._waiting.put(message)
        self._news.set()

    def end(self) -> None:
        """Say that no more will come."""
        self._over = True
        self._news.set()

    async def next(self) -> str | None:
        """The oldest message, once there is one; None after the last, and once it is `behind`."""
        while not self.behind:
            message = self._waiting.take()
            if message is not None or self._over:
                return message
            self._news.clear()
            await self._news.wait()
        return None

    def may_ask(self) -> bool:
        """Whether it asks slowly enough to be heard; counts."""
        return self._pace.may_ask()


class Viewers:
    """All of them, and the records that they have seen."""

    def __init__(self, clock: Clock, greeting: Callable[[Iterable[str]], Iterable[str]]) -> None:
        """`greeting` gives what a viewer is told first, from the records so far."""
        self._clock = clock
        self._greeting = greeting
        self._all: set[Viewer] = set()
        self._kept: deque[str] = deque(maxlen=KEPT)
        self._status: str | None = None
        self._over = False

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Viewer]:
        return iter(list(self._all))

    def join(self) -> Viewer | None:
        """One more, who is told what has been; None if there is no room."""
        if len(self._all) >= MOST_VIEWERS:
            return None
        viewer = Viewer(self._clock)
        for message in self._greeting(self._kept):
            viewer.tell(message)
        if self._status is not None:
            viewer.tell(self._status)
        self._all.add(viewer)
        if self._over:
            viewer.end()
        return viewer

    def leave(self, viewer: Viewer) -> None:
        """One less."""
        self._all.discard(viewer)

    def tell_record(self, message: str) -> None:
        """Tell all of a record, and those who come later."""
        self._kept.append(message)
        self._tell(message)

    def tell_status(self, message: str) -> None:
        """Tell all how it stands; who comes later gets the newest."""
        self._status = message
        self._tell(message)

    def end(self) -> None:
        """Nothing more will come."""
        self._over = True
        for viewer in self:
            viewer.end()

    def _tell(self, message: str) -> None:
        for viewer in self._all:
            viewer.tell(message)
