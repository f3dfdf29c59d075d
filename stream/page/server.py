"""The server of the page: a sink whose readers are browsers of this machine.

It has a thread of its own with one event loop, in which all of it happens; records are handed over to it.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from fsrf_live.stream.flow.clock import NS, Clock, MonotonicClock
from fsrf_live.stream.flow.items import Looked
from fsrf_live.stream.flow.records import Record
from fsrf_live.stream.flow.snapshot import Snapshot
from fsrf_live.stream.flow.threads import name_this_thread
from fsrf_live.stream.page.app import PageApp
from fsrf_live.stream.page.browser.device import BrowserDevice, LentRole
from fsrf_live.stream.page.browser.sources import BrowserCamera, BrowserMicrophone
from fsrf_live.stream.page.browser.wire import LONGEST_PIECE
from fsrf_live.stream.page.controls import Controls
from fsrf_live.stream.page.guard.admission import Admission
from fsrf_live.stream.page.guard.place import PagePlace
from fsrf_live.stream.page.guard.serving import GuardedLoop, guarded_server, guarded_socket
from fsrf_live.stream.page.messages import LONGEST_ACT, answer_to, hello, past, record_line, status
from fsrf_live.stream.page.pictures import Pictures
from fsrf_live.stream.page.viewers import KEPT, Viewers

if TYPE_CHECKING:
    from fsrf_live.stream.dashboard.state import Actions

STATUS_EVERY_S = 0.25
PAGE_LEAVES_S = 1.0

_log = logging.getLogger(__name__)


class PageServer:
    """Serves from the moment that it is made. Before `show`, a page has records only."""

    closed = False

    def __init__(self, place: PagePlace, asks: Collection[LentRole] = ()) -> None:
        """Listen; raises OSError, as for a port in use.

        `asks` are the devices that the session has no other source for than a browser.
        """
        self._socket = guarded_socket(place.address.host, place.address.port)
        clock = MonotonicClock()
        self._clock = clock
        self._admission = Admission(place.address.port, place.names, secure=place.tls is not None)
        self._devices: dict[str, BrowserDevice] = {role: BrowserDevice(role) for role in asks}
        self._viewers = Viewers(clock, lambda records: (hello(KEPT, self._devices), past(records)))
        self._controls: Controls | None = None
        self._snapshot_of: Callable[[], Snapshot] | None = None
        self._failed = False
        self.address = self._admission.invite()
        """Where the page is; it works once."""
        self._pictures = Pictures(clock, self._time_of)
        app = PageApp(self._admission, self._viewers, self._answer, self._devices, clock, self._pictures)
        self._server = guarded_server(app.asgi, LONGEST_PIECE if asks else LONGEST_ACT, place.tls)
        self._loop = GuardedLoop()
        self._closing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="page", daemon=True)
        self._thread.start()

    def show(self, snapshot_of: Callable[[], Snapshot], actions: "Actions") -> None:
        """Show a session, and let viewers act on it.

        `snapshot_of` is called by any thread, `actions` by that of the page alone.
        """
        self._controls = Controls(snapshot_of, actions, self._admission, self._clock)
        self._snapshot_of = snapshot_of

    def camera(self, _clock: Clock) -> BrowserCamera:
        """A source of what browsers see; one that was asked for."""
        return BrowserCamera(self._devices["camera"])

    def microphone(self, _clock: Clock) -> BrowserMicrophone:
        """A source of what browsers hear; one that was asked for."""
        return BrowserMicrophone(self._devices["mic"])

    def see(self, looked: Looked) -> None:
        """Show a picture that was read, if anybody wants to see it; returns at once."""
        self._pictures.see(looked)

    def emit(self, record: Record) -> None:
        """Tell every viewer; does not wait for them."""
        self._loop.call_soon_threadsafe(self._viewers.tell_record, record_line(record))

    def close(self) -> None:
        """Bring what is left, say goodbye, and release the port; once is enough."""
        with self._closing:
            if self._loop.is_closed():
                return
            if self._thread.is_alive():
                asyncio.run_coroutine_threadsafe(self._say_goodbye(), self._loop).result()
            self._thread.join()
            self._pictures.close()
            self._loop.close()

    # In the thread of the loop.

    def _run(self) -> None:
        name_this_thread("page")
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        telling = asyncio.create_task(self._tell_status())
        await self._server.serve([self._socket])
        telling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await telling

    async def _tell_status(self) -> None:
        while True:
            await asyncio.sleep(STATUS_EVERY_S)
            if len(self._viewers):
                self._look()

    def _look(self) -> None:
        if self._snapshot_of is None:
            return
        try:
            self._viewers.tell_status(status(self._snapshot_of()))
        except Exception as error:  # noqa: BLE001 - the outermost edge: the session goes on
            if not self._failed:  # it may come again four times a second, for hours
                _log.warning("the page could not be told how the session stands: %s", error)
            self._failed = True

    def _time_of(self, time_ns: int) -> float:
        """Seconds of the session at a time of the clock."""
        now_s = 0.0 if self._snapshot_of is None else self._snapshot_of().time_s
        return now_s - (self._clock.now_ns() - time_ns) / NS

    def _answer(self, message: str) -> str:
        if self._controls is None:
            return answer_to(None, refused="the session has not begun")
        return self._controls.answer(message)

    async def _say_goodbye(self) -> None:
        self._look()
        self._viewers.end()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PAGE_LEAVES_S):
                while len(self._viewers):
                    await asyncio.sleep(0.01)
        self._server.should_exit = True
