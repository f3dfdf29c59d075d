"""What is answered over HTTP: files to whoever may have them, and why not to everybody else."""

from collections.abc import Callable, Collection

from starlette.requests import Request
from starlette.responses import Response

from fsrf_live.stream.page.guard.admission import Admission
from fsrf_live.stream.page.guard.files import WebFiles, page_files

SAFE_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Of every answer."""
_DEVICES = ("camera", "microphone", "geolocation")
_REFUSED = {"host": 421, "origin": 403, "cookie": 403}
_NOTHING_FROM_ELSEWHERE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self' {ws}://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Entrance:
    """Gives `files`; the address itself gives the one that `first_of` names."""

    def __init__(
        self,
        admission: Admission,
        files: WebFiles,
        first_of: Callable[[Request], str],
        features: Collection[str] = (),
    ) -> None:
        """`features` are the devices of a browser that its pages may ask for: ``camera``, ``microphone``."""
        self._admission = admission
        allowed = [f"{device}=({'self' if device in features else ''})" for device in _DEVICES]
        self._headers = {**SAFE_HEADERS, "Permissions-Policy": ", ".join(allowed)}
        self._files = files
        self._first_of = first_of

    def file(self, request: Request) -> Response:
        """A file; the first one also for the token of an address that nobody has used."""
        refusal = self._admission.refusal(request.headers)
        cookie = None
        if refusal == "cookie" and request.url.path == "/":
            cookie = self._admission.exchange(request.query_params.get("token", ""))
        if refusal is not None and cookie is None:
            return _refused(refusal)
        path = self._first_of(request) if request.url.path == "/" else request.url.path
        if path not in self._files:
            return Response("there is no such file\n", 404, self._headers, "text/plain")
        content, kind = self._files[path]
        policy = _NOTHING_FROM_ELSEWHERE.format(
            host=request.headers["host"], ws="wss" if self._admission.secure else "ws"
        )
        response = Response(content, 200, {**self._headers, "Content-Security-Policy": policy}, kind)
        if cookie is not None:
            name = self._admission.cookie
            response.set_cookie(
                name, cookie, httponly=True, samesite="strict", path="/", secure=self._admission.secure
            )
        return response

    def refusal(self, request: Request) -> Response | None:
        """Why somebody gets nothing else either, None if they may have it.

        What asks for a change must say from where it comes, as browsers do.
        """
        refusal = self._admission.refusal(request.headers, must_tell_origin=request.method != "GET")
        return None if refusal is None else _refused(refusal)


def _refused(refusal: str) -> Response:
    content, kind = page_files()["/refused.html"]
    if refusal != "cookie":
        content, kind = f"the {refusal} of this request is none of ours\n".encode(), "text/plain"
    policy = "default-src 'none'; frame-ancestors 'none'"
    return Response(content, _REFUSED[refusal], {**SAFE_HEADERS, "Content-Security-Policy": policy}, kind)
