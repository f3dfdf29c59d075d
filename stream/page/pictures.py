"""The pictures that were read, for those who want to see them.

While nobody does, none is kept, encoded or sent. A thread of its own encodes them, five a second at most;
what reads faces only leaves a picture here, and who is slow to take one gets a newer one next.
"""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from starlette.websockets import WebSocket, WebSocketDisconnect

from fsrf_live.stream.flow.clock import NS, Clock
from fsrf_live.stream.flow.items import Looked
from fsrf_live.stream.flow.records import as_line

SHOWN_EVERY_NS = NS // 5
MOST_WATCHERS = 20
SHOWN_SIDE, SHOWN_QUALITY = 640, 80
WATCHERS_ENOUGH, NOTHING_TO_SAY = 1013, 1008
"""Codes of RFC 6455, section 7.4, and of IANA's list."""


class Pictures:
    """`see` is for the thread that reads faces; the rest belongs to the loop of the page."""

    def __init__(self, clock: Clock, time_of: Callable[[int], float]) -> None:
        """`time_of` gives the seconds of the session at a time of the clock; it is called while encoding."""
        self._clock = clock
        self._time_of = time_of
        self._thread = ThreadPoolExecutor(1, "pictures")
        self._watchers: set[_Watcher] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._encoding = False
        self._shown_ns = clock.now_ns() - SHOWN_EVERY_NS

    def see(self, looked: Looked) -> None:
        """Leave a picture; returns at once."""
        # Set by the loop, read here without a lock: one picture more or less is all that may come of it.
        loop = self._loop
        now_ns = self._clock.now_ns()
        if loop is None or self._encoding or now_ns - self._shown_ns < SHOWN_EVERY_NS:
            return
        self._encoding, self._shown_ns = True, now_ns
        with contextlib.suppress(RuntimeError):  # the page has just closed: nobody sees it any more
            self._thread.submit(self._encode, looked, loop)

    async def show(self, socket: WebSocket) -> None:
        """Send pictures to an accepted WebSocket until it closes; what it says is not heard."""
        if len(self._watchers) >= MOST_WATCHERS:
            await socket.close(WATCHERS_ENOUGH, f"no more than {MOST_WATCHERS} pages may show the picture")
            return
        watcher = _Watcher()
        self._watchers.add(watcher)
        self._loop = asyncio.get_running_loop()
        work = [asyncio.create_task(watcher.send(socket)), asyncio.create_task(_until_it_leaves(socket))]
        try:
            await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._watchers.discard(watcher)
            if not self._watchers:
                self._loop = None
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)

    def close(self) -> None:
        """End the thread; once the loop is over."""
        self._thread.shutdown(cancel_futures=True)

    def _encode(self, looked: Looked, loop: asyncio.AbstractEventLoop) -> None:
        try:
            message = picture_message(self._time_of(looked.frame.time_ns), looked, _jpeg_of(looked))
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._tell, message)
        finally:
            self._encoding = False

    def _tell(self, message: bytes) -> None:
        for watcher in self._watchers:
            watcher.tell(message)


def picture_message(time_s: float, looked: Looked, jpeg: bytes) -> bytes:
    """A picture that was read: the length of what is said of it, as 4 bytes, that, and the picture."""
    said = as_line(
        {
            "time_s": round(time_s, 3),
            "took_ms": round(looked.took_ns / 1e6, 1),
            "box": None if looked.box is None else [round(share, 4) for share in looked.box],
            "reason": looked.reason,
        }
    ).encode()
    return len(said).to_bytes(4, "little") + said + jpeg


class _Watcher:
    """One who sees the newest picture."""

    def __init__(self) -> None:
        self._newest: bytes | None = None
        self._news = asyncio.Event()

    def tell(self, message: bytes) -> None:
        self._newest = message
        self._news.set()

    async def send(self, socket: WebSocket) -> None:
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                await self._news.wait()
                self._news.clear()
                message, self._newest = self._newest, None
                if message is not None:
                    await socket.send_bytes(message)


async def _until_it_leaves(socket: WebSocket) -> None:
    if (await socket.receive())["type"] != "websocket.disconnect":
        await socket.close(NOTHING_TO_SAY, "here is nothing to say")


def _jpeg_of(looked: Looked) -> bytes:
    import cv2

    image = looked.frame.image
    scale = SHOWN_SIDE / max(image.shape[:2])
    if scale < 1:
        size = tuple(max(1, round(side * scale)) for side in image.shape[1::-1])
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype("uint8", copy=False)
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, SHOWN_QUALITY])[1])
