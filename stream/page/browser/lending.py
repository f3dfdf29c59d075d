"""The way of one page to the device that it lends: it brings, we ask its clock and say whether we take.

All of this belongs to the loop of the page.
"""

import asyncio
import contextlib
from collections.abc import Callable

from starlette.websockets import WebSocket, WebSocketDisconnect

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.flow.clock import NS, Clock
from fsrf_live.stream.page.browser.device import LENT_NAMES, Brought, BrowserDevice, LentRole
from fsrf_live.stream.page.browser.offset import BrowserOffset
from fsrf_live.stream.page.browser.wire import (
    Here,
    LentPiece,
    Told,
    clock_question,
    piece_of,
    report_of,
    wanted_message,
)

LENDING_POLICY, LENT_ALREADY = 1008, 1013
"""Codes of RFC 6455, section 7.4, and of IANA's list."""
PIECES_A_SECOND: dict[LentRole, int] = {"camera": 60, "mic": 100}
"""Twice what a page sends; as many more may come at once, as after a page had no time for a second."""
LONGEST_PAGE = 64
MOST_EXCESS = 600
"""Pieces beyond that, which are dropped, until a page is sent away."""
_FIRST_QUESTIONS, _SOON_S, _LATER_S = 5, 0.2, 1.0


class Lender:
    """One page: what it may send, and what time its clock shows."""

    def __init__(self, device: BrowserDevice, holder: int, clock: Clock) -> None:
        """`holder` is the number that the device gave to the page."""
        self._device = device
        self._holder = holder
        self._clock = clock
        self._offset = BrowserOffset()
        self._rate = PIECES_A_SECOND[device.role]
        self._may = float(self._rate)
        self._heard_ns = clock.now_ns()
        self._lost = 0
        self._asked = 0
        self._asked_ns = 0

    def question(self) -> str:
        """Ask for its time, now."""
        self._asked += 1
        self._asked_ns = self._clock.now_ns()
        return clock_question(self._asked)

    @property
    def question_after_s(self) -> float:
        """How long to wait with the next question: the first answers are wanted soon."""
        return _SOON_S if self._asked < _FIRST_QUESTIONS else _LATER_S

    def says(self, message: str) -> None:
        """Hear what it says; raises UsageError if it makes no sense, or says too much."""
        self._count()
        report = report_of(message)
        if isinstance(report, Told):
            if report.asked == self._asked:
                self._offset.answered(self._asked_ns, report.now_ms, self._clock.now_ns())
        elif isinstance(report, Here):
            self._device.here(self._holder, report)
        else:
            self._device.away(self._holder, report)

    def brings(self, message: bytes) -> None:
        """Take a piece; raises UsageError if it brings far too many."""
        piece = piece_of(message) if self._count() else None
        if piece is None:
            self._device.dropped()
            return
        self._device.dropped(self._lost_before(piece))
        time_ns = self._offset.ours(piece.time_ms, self._clock.now_ns())
        self._device.put(self._holder, Brought(time_ns, piece.count, piece.data))

    def _lost_before(self, piece: LentPiece) -> int:
        """What the page left out since the last piece; it may say anything, so not more than is sane."""
        lost, self._lost = piece.lost - self._lost, piece.lost
        return min(max(lost, 0), MOST_EXCESS)

    def _count(self) -> bool:
        """Whether it sends slowly enough to be heard."""
        now_ns = self._clock.now_ns()
        earned = self._rate * (now_ns - self._heard_ns) / NS
        self._may, self._heard_ns = min(self._rate, self._may + earned) - 1, now_ns
        if self._may < -MOST_EXCESS:
            raise UsageError(f"the page that was the {LENT_NAMES[self._device.role]} sent far too much")
        return self._may >= 0


async def lend(socket: WebSocket, device: BrowserDevice, clock: Clock) -> None:
    """Serve an accepted WebSocket of a page that wants to be a device, until either has enough."""
    changed, loop = asyncio.Event(), asyncio.get_running_loop()
    asked = socket.query_params
    holder = device.join(
        _from_any_thread(loop, changed.set),
        take_over=asked.get("take") == "1",
        page=asked.get("page", "")[:LONGEST_PAGE],
    )
    if holder is None:
        await socket.close(LENT_ALREADY, f"another page is the {LENT_NAMES[device.role]}")
        return
    lender = Lender(device, holder, clock)
    ways = (_tell(socket, device, holder, lender, changed), _hear(socket, device, holder, lender))
    work = [asyncio.create_task(way) for way in ways]
    try:
        await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
    finally:
        device.leave(holder)
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)


async def _tell(
    socket: WebSocket, device: BrowserDevice, holder: int, lender: Lender, changed: asyncio.Event
) -> None:
    told: bool | None = None
    with contextlib.suppress(WebSocketDisconnect):
        while device.holds(holder):
            changed.clear()
            if device.wanted != told:
                told = device.wanted
                await socket.send_text(wanted_message(on=told))
            await socket.send_text(lender.question())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(lender.question_after_s):
                    await changed.wait()
        await socket.close(LENDING_POLICY, f"another page has become the {LENT_NAMES[device.role]}")


async def _hear(socket: WebSocket, device: BrowserDevice, holder: int, lender: Lender) -> None:
    with contextlib.suppress(WebSocketDisconnect):
        try:
            while (said := await socket.receive())["type"] != "websocket.disconnect":
                if said.get("bytes") is not None:
                    lender.brings(said["bytes"])
                else:
                    lender.says(said.get("text") or "")
        except UsageError as error:
            device.refuse(holder, str(error))
            await socket.close(LENDING_POLICY, str(error))


def _from_any_thread(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> Callable[[], None]:
    def tell() -> None:
        with contextlib.suppress(RuntimeError):  # the page is over: there is nobody to tell
            loop.call_soon_threadsafe(call)

    return tell
