"""The server of the viewer: recordings for browsers of this machine, with the guards of the page."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from fsrf_live.fsrf.common.address import THIS_MACHINE
from fsrf_live.fsrf.common.errors import FsrfError, UsageError
from fsrf_live.stream.flow.clock import MonotonicClock
from fsrf_live.stream.flow.pace import Pace
from fsrf_live.stream.flow.records import as_line
from fsrf_live.stream.page.guard.admission import Admission
from fsrf_live.stream.page.guard.entrance import SAFE_HEADERS, Entrance
from fsrf_live.stream.page.guard.files import WebFiles, files_of, page_files
from fsrf_live.stream.page.guard.serving import guarded_server, guarded_socket
from fsrf_live.stream.viewer.asking import LONGEST_EDIT
from fsrf_live.stream.viewer.desk import Desk

_STATIC = Path(__file__).parent / "static"
_OF_THE_LIVE_PAGE = (
    *("/page.html", "/page.js", "/controls.js", "/feed.js", "/view.js", "/overlay"),
    *("/lending.js", "/capture.js", "/microphone.js", "/jpeg.js", "/picture.js"),
)
"""Its files that show a session, or ask a browser for devices; all others are shared."""
_MOMENT_DIGITS = 6

_log = logging.getLogger(__name__)
_Answer = Callable[[Request], Awaitable[Response]]


class ViewerServer:
    """Listens from the moment that it is made, and answers while it serves."""

    def __init__(self, folder: Path, port: int) -> None:
        """Raises UsageError if there is no such folder, OSError as for a port in use."""
        self._desk = Desk(folder)
        self._socket = guarded_socket(THIS_MACHINE, port)
        self._admission = Admission(port)
        self._pace = Pace(MonotonicClock())
        self._entrance = Entrance(self._admission, viewer_files(), lambda request: "/viewer.html")
        self.address = self._admission.invite()
        """Where it is; it works once."""
        self._server = guarded_server(self._asgi(), LONGEST_EDIT)

    def serve(self) -> None:
        """Answer until `stop`, or a signal."""
        try:
            asyncio.run(self._server.serve([self._socket]))
        finally:
            self._socket.close()
            self._desk.close()

    def stop(self) -> None:
        """End `serve`, from another thread."""
        self._server.should_exit = True

    def _asgi(self) -> Starlette:
        routes: dict[str, tuple[str, _Answer]] = {
            "/recordings": ("GET", self._list),
            "/recordings/{id}": ("GET", self._show),
            "/recordings/{id}/state": ("GET", self._state),
            "/recordings/{id}/picture": ("GET", self._picture),
            "/recordings/{id}/sound.wav": ("GET", self._sound),
            "/recordings/{id}/edits": ("POST", self._edit),
            "/address": ("POST", self._invite),
        }
        guarded = [
            Route(path, self._guarded(answer), methods=[way]) for path, (way, answer) in routes.items()
        ]
        return Starlette(routes=[*guarded, Route("/{path:path}", self._file, methods=["GET"])])

    def _guarded(self, answer: _Answer) -> _Answer:
        """For those who may ask alone; whatever goes wrong is one line."""

        async def guarded(request: Request) -> Response:
            refusal = self._entrance.refusal(request)
            if refusal is not None:
                return refusal
            try:
                return await answer(request)
            except UsageError as error:
                return _json({"refused": str(error)}, 400)
            except FsrfError as error:
                return _json({"refused": str(error)}, 404)
            except Exception as error:  # noqa: BLE001 - the outermost edge: the viewer goes on
                _log.debug("the viewer could not answer", exc_info=error)
                return _json({"refused": f"that failed: {error}"}, 500)

        return guarded

    async def _file(self, request: Request) -> Response:
        return self._entrance.file(request)

    async def _list(self, request: Request) -> Response:
        return _json(await run_in_threadpool(self._desk.list))

    async def _state(self, request: Request) -> Response:
        return _json(await run_in_threadpool(self._desk.state, request.path_params["id"]))

    async def _show(self, request: Request) -> Response:
        start_s, end_s = (_moment(request, name) for name in ("from", "to"))
        shown = await run_in_threadpool(self._desk.show, request.path_params["id"], start_s, end_s)
        return await run_in_threadpool(_json, shown)

    async def _edit(self, request: Request) -> Response:
        if not self._pace.may_ask():
            return _json({"refused": "this page asks too much: wait a second"}, 429)
        message = await _body(request)
        return _json(await run_in_threadpool(self._desk.edit, request.path_params["id"], message))

    async def _picture(self, request: Request) -> Response:
        time_s = _moment(request, "at")
        if time_s is None:
            raise UsageError("a picture is of a moment: ask for at=SECONDS")
        now, after = await run_in_threadpool(self._desk.picture, request.path_params["id"], time_s)
        moments = {"Next-At": after, "Picture-At": now}
        told = {name: f"{round(still.at_s, _MOMENT_DIGITS)}" for name, still in moments.items() if still}
        if now is None:
            return Response(status_code=204, headers={**SAFE_HEADERS, **told})
        return Response(now.jpeg, 200, {**SAFE_HEADERS, **told}, "image/jpeg")

    async def _sound(self, request: Request) -> Response:
        asked = request.headers.get("range")
        content, part, size = await run_in_threadpool(self._desk.sound, request.path_params["id"], asked)
        headers = {**SAFE_HEADERS, "Accept-Ranges": "bytes"}
        if part is None:
            return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
        headers["Content-Length"] = str(part.end - part.first)
        if asked is None:
            return StreamingResponse(content, 200, headers, "audio/wav")
        headers["Content-Range"] = f"bytes {part.first}-{part.end - 1}/{size}"
        return StreamingResponse(content, 206, headers, "audio/wav")

    async def _invite(self, request: Request) -> Response:
        if not self._pace.may_ask():
            return _json({"refused": "this page asks too much: wait a second"}, 429)
        return _json({"address": self._admission.invite()})


def viewer_files() -> WebFiles:
    """The files of the viewer, and those that it shares with the page."""
    shared = {path: file for path, file in page_files().items() if not path.startswith(_OF_THE_LIVE_PAGE)}
    return {**shared, **files_of(_STATIC)}


def _json(values: dict[str, Any], status: int = 200) -> Response:
    return Response(as_line(values), status, SAFE_HEADERS, "application/json")


def _moment(request: Request, name: str) -> float | None:
    """A number of seconds in the address, None if there is none; raises UsageError if it is no number."""
    given = request.query_params.get(name)
    if given is None:
        return None
    try:
        moment = float(given)
    except ValueError:
        moment = math.nan
    if not math.isfinite(moment):
        raise UsageError(f"{name} is a number of seconds")
    return moment


async def _body(request: Request) -> bytes:
    """What is asked for; raises UsageError if it is too long, without reading it to its end."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST_EDIT:
            raise UsageError(f"this request is longer than {LONGEST_EDIT} bytes")
    return body
