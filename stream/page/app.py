"""The page as an ASGI application: its files, the exchange of an address for a cookie, and the feed."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from fsrf_live.stream.flow.clock import Clock
from fsrf_live.stream.page.browser.device import LENT_NAMES, BrowserDevice
from fsrf_live.stream.page.browser.lending import lend
from fsrf_live.stream.page.guard.admission import Admission
from fsrf_live.stream.page.guard.entrance import Entrance
from fsrf_live.stream.page.guard.files import page_files
from fsrf_live.stream.page.messages import LONGEST_ACT
from fsrf_live.stream.page.pictures import Pictures
from fsrf_live.stream.page.viewers import MOST_VIEWERS, Viewer, Viewers

GOING_AWAY, POLICY, TOO_LONG, TRY_AGAIN = 1001, 1008, 1009, 1013
"""Codes of RFC 6455, section 7.4, and of IANA's list."""


class PageApp:
    """Serves one session."""

    def __init__(
        self,
        admission: Admission,
        viewers: Viewers,
        answer: Callable[[str], str],
        devices: Mapping[str, BrowserDevice],
        clock: Clock,
        pictures: Pictures,
    ) -> None:
        """`answer` is called with each message of a viewer and gives what to say to it.

        `devices` are those that the session asks of browsers, by their role.
        """
        self._pictures = pictures
        self._admission = admission
        features = [LENT_NAMES[device.role] for device in devices.values()]
        self._entrance = Entrance(admission, page_files(), _first_of, features)
        self._viewers = viewers
        self._answer = answer
        self._devices = devices
        self._clock = clock
        self.asgi = Starlette(
            routes=[
                WebSocketRoute("/feed", self._feed),
                WebSocketRoute("/devices/{role}", self._lend),
                WebSocketRoute("/pictures", self._show),
                Route("/{path:path}", self._file, methods=["GET"]),
            ]
        )

    async def _file(self, request: Request) -> Response:
        return self._entrance.file(request)

    async def _feed(self, socket: WebSocket) -> None:
        if self._admission.refusal(socket.headers, must_tell_origin=True) is not None:
            await socket.close()  # before it is accepted, this is 403
            return
        await socket.accept()
        viewer = self._viewers.join()
        if viewer is None:
            await socket.close(TRY_AGAIN, f"no more than {MOST_VIEWERS} pages may be open")
            return
        work = [asyncio.create_task(part(socket, viewer)) for part in (self._tell, self._hear)]
        try:
            await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._viewers.leave(viewer)
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)

    async def _lend(self, socket: WebSocket) -> None:
        device = self._devices.get(socket.path_params["role"])
        if device is None or self._admission.refusal(socket.headers, must_tell_origin=True) is not None:
            await socket.close()
            return
        await socket.accept()
        await lend(socket, device, self._clock)

    async def _show(self, socket: WebSocket) -> None:
        if self._admission.refusal(socket.headers, must_tell_origin=True) is not None:
            await socket.close()
            return
        await socket.accept()
        await self._pictures.show(socket)

    async def _tell(self, socket: WebSocket, viewer: Viewer) -> None:
        with contextlib.suppress(WebSocketDisconnect):
            while (message := await viewer.next()) is not None:
                await socket.send_text(message)
            if viewer.behind:
                await socket.close(TRY_AGAIN, "this page is too slow")
            else:
                await socket.close(GOING_AWAY, "the session is over")

    async def _hear(self, socket: WebSocket, viewer: Viewer) -> None:
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                said = await socket.receive()
                if said["type"] == "websocket.disconnect":
                    return
                text = said.get("text") or ""
                if len(text) > LONGEST_ACT:
                    await socket.close(TOO_LONG, f"an act has at most {LONGEST_ACT} letters")
                    return
                if not viewer.may_ask():
                    await socket.close(POLICY, "this page asks too much")
                    return
                viewer.tell(self._answer(text))


def _first_of(request: Request) -> str:
    return "/overlay.html" if request.query_params.get("overlay") == "1" else "/page.html"
