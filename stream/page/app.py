"""The page as an ASGI application: its files, the exchange of an address for a cookie, and the feed."""

import asyncio
import contextlib
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from fsrf_live.stream.page.admission import Admission
from fsrf_live.stream.page.files import page_files
from fsrf_live.stream.page.viewers import MOST_VIEWERS, Viewer, Viewers

GOING_AWAY, POLICY, TRY_AGAIN = 1001, 1008, 1013
"""Codes of RFC 6455, section 7.4, and of IANA's list."""
_REFUSED = {"host": 421, "origin": 403, "cookie": 403}
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_NOTHING_FROM_ELSEWHERE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self' ws://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class PageApp:
    """Serves one session. `answer` is called with each message of a viewer and gives what to say to it."""

    def __init__(self, admission: Admission, viewers: Viewers, answer: Callable[[str], str]) -> None:
        self._admission = admission
        self._viewers = viewers
        self._answer = answer
        self.asgi = Starlette(
            routes=[
                WebSocketRoute("/feed", self._feed),
                Route("/{path:path}", self._file, methods=["GET"]),
            ]
        )

    async def _file(self, request: Request) -> Response:
        """A file of the page; the page itself also for the token of an address that nobody has used."""
        refusal = self._admission.refusal(request.headers)
        cookie = None
        if refusal == "cookie" and request.url.path == "/":
            cookie = self._admission.exchange(request.query_params.get("token", ""))
        if refusal is not None and cookie is None:
            return self._refused(refusal)
        path = request.url.path
        if path == "/":
            path = "/overlay.html" if request.query_params.get("overlay") == "1" else "/page.html"
        if path not in page_files():
            return Response("there is no such file\n", 404, _HEADERS, "text/plain")
        content, kind = page_files()[path]
        policy = _NOTHING_FROM_ELSEWHERE.format(host=request.headers["host"])
        response = Response(content, 200, {**_HEADERS, "Content-Security-Policy": policy}, kind)
        if cookie is not None:
            name = self._admission.cookie
            response.set_cookie(name, cookie, httponly=True, samesite="strict", path="/")
        return response

    def _refused(self, refusal: str) -> Response:
        content, kind = page_files()["/refused.html"]
        if refusal != "cookie":
            content, kind = f"the {refusal} of this request is none of ours\n".encode(), "text/plain"
        policy = "default-src 'none'; frame-ancestors 'none'"
        headers = {**_HEADERS, "Content-Security-Policy": policy}
        return Response(content, _REFUSED[refusal], headers, kind)

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
                if not viewer.may_ask():
                    await socket.close(POLICY, "this page asks too much")
                    return
                viewer.tell(self._answer(said.get("text") or ""))
