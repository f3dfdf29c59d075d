"""A camera on the network that sends JPEG pictures over HTTP: a multipart stream, or one picture a request.

Each picture is decoded by itself, so a camera may change size, sampling or colour, or turn its pictures by
EXIF, whenever it likes. What is no picture is left out and counted. Of those that have come only the newest
is decoded: what waits in the buffers of the network would be older and older. Video over HTTP, as HLS or a
transport stream, is OpenCV's work, as other addresses are (`camera`).
"""

import http.client
import select
import socket
import ssl
import urllib.error
import urllib.request
from collections import deque
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import numpy as np

from fsrf_live.fsrf.common.aliases import Image
from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import NS, Clock, wait_until
from fsrf_live.stream.flow.items import Frame
from fsrf_live.stream.sources.camera import Camera, redacted
from fsrf_live.stream.sources.multipart import LONGEST_PART, Multipart, boundary_of
from fsrf_live.stream.sources.source import Health

_CONNECT_S = 2.0
_ANSWER_S = 5.0
"""More than a network takes that is 2 s late: it would be given up each time just before its answer."""
_CHUNK = 1 << 16
_MOST_AT_ONCE = 4 << 20
"""Ten large pictures: more than come while one is decoded. Who sends without end is seen too."""
_SNAPSHOT_NS = NS // 10
"""Least time from one request for a snapshot to the next: faces are looked at ten times a second."""
_JPEG, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_TEXT = ("text/", "application/json", "application/xml", "application/xhtml")
_CAUSES = {
    401: "it asks for a user and a password, or refuses those in the address",
    403: "it does not allow this",
    404: "there is nothing at this path",
}


class NetworkCamera:
    """The newest picture of a camera at an ``http`` or ``https`` address. Only one thread may use it."""

    modality: Modality = "video"

    def __init__(self, address: str, clock: Clock) -> None:
        """`address` may hold a user and a password, for basic or digest authentication."""
        self.name = redacted(address)
        self._address = address
        self._clock = clock
        self._response: _Response | None = None
        self._parts: Multipart | None = None
        self._pictures: deque[bytes] = deque(maxlen=1)
        self._asked_ns: int | None = None
        self._drops = 0
        self._video: Camera | None = None

    @property
    def health(self) -> Health:
        """Drops are parts that were no pictures."""
        return Health(drops=self._drops)

    def open(self) -> None:
        """Ask for the stream; raises SourceError that says what the camera, or the network, answered."""
        self.close()
        response = self._ask()
        kind = response.headers.get_content_type()
        boundary = boundary_of(response.headers.get("Content-Type", ""))
        self._response = response
        if boundary is not None:
            self._parts = Multipart(boundary)
        elif kind.startswith("image/"):
            self._keep(self._body(response))
        elif kind.startswith(_TEXT):
            self.close()
            raise SourceError(f"camera {self.name!r} sends {kind}, no pictures: is the path right?")
        else:
            self.close()
            self._video = Camera(self._address, self._clock)
            self._video.open()

    def read(self) -> Frame | None:
        """Wait for a picture and stamp it, None if what came is none; raises SourceError if nothing comes."""
        if self._video is not None:
            return self._video.read()
        if self._response is None:
            raise SourceError(f"camera {self.name!r} is not open")
        if not self._pictures:
            self._fetch(self._response)
        if not self._pictures:
            return None
        image = decoded(self._pictures.popleft())
        if image is None:
            self._drops += 1
            return None
        return Frame(self._clock.now_ns(), image)

    def close(self) -> None:
        """Close the connection."""
        response, self._response, self._parts = self._response, None, None
        video, self._video = self._video, None
        self._pictures.clear()
        if video is not None:
            video.close()
        if response is not None:
            response.close()

    def _fetch(self, response: "_Response") -> None:
        """Wait for something, then take all that has come by then: the newest picture of it is kept."""
        if self._parts is None:
            if wait_until(self._clock, (self._asked_ns or 0) + _SNAPSHOT_NS):
                self._keep(self._body(self._ask()))
            return
        try:
            data = response.read1(_CHUNK)
        except (OSError, http.client.HTTPException) as error:
            raise SourceError(f"camera {self.name!r} sends nothing any more ({_cause(error)})") from error
        if not data:
            raise SourceError(f"camera {self.name!r} has ended its stream")
        for part in self._parts.push(data + _what_waits(response, _MOST_AT_ONCE)):
            self._keep(part)

    def _keep(self, picture: bytes) -> None:
        """Keep a picture in place of an older one that nobody has read."""
        if not is_jpeg(picture):
            self._drops += 1
            return
        self._pictures.append(picture)

    def _body(self, response: http.client.HTTPResponse) -> bytes:
        try:
            with response:
                return response.read(LONGEST_PART)
        except (OSError, http.client.HTTPException) as error:
            raise SourceError(f"camera {self.name!r} sends nothing any more ({_cause(error)})") from error

    def _ask(self) -> "_Response":
        self._asked_ns = self._clock.now_ns()
        try:
            response = _opener(self._address).open(_without_user(self._address), timeout=_CONNECT_S)
        except urllib.error.HTTPError as error:
            error.close()
            cause = _CAUSES.get(error.code, error.reason)
            raise SourceError(f"camera {self.name!r} answers {error.code}: {cause}") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SourceError(f"camera {self.name!r} cannot be opened: {_cause(error)}") from error
        assert isinstance(response, _Response)
        return response


def decoded(jpeg: bytes) -> Image | None:
    """A picture ``[H, W, 3] uint8`` BGR, turned as its EXIF says; None if it is damaged."""
    import cv2

    try:
        image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if image is None else np.asarray(image, np.uint8)


def is_jpeg(data: bytes) -> bool:
    """Whether it begins and ends as a JPEG; half of one would be decoded with grey below."""
    return data.startswith(_JPEG) and _JPEG_END in data[-64:]


def _what_waits(response: "_Response", most: int) -> bytes:
    """What can be read without waiting, about `most` of it, up to where the stream ends or breaks off."""
    came = bytearray()
    # Who reads next is told of an end, or of what broke: what came before that is not lost.
    with suppress(OSError, http.client.HTTPException):
        while len(came) < most and response.has_more() and (data := response.read1(_CHUNK)):
            came += data
    return bytes(came)


class _Response(http.client.HTTPResponse):
    """One that knows whether more of it has come."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self._from = sock

    def has_more(self) -> bool:
        """Whether something can be read without waiting."""
        if self.isclosed():
            return False
        self._from.settimeout(0)
        try:
            come = self.fp.peek()
        except ssl.SSLWantReadError:
            return False
        finally:
            self._from.settimeout(_ANSWER_S)
        if come.strip(b"\r\n"):
            return True
        # If nothing but the end of a chunk has come, whoever reads on waits for the next one.
        return bool(come and select.select([self._from], [], [], 0)[0])


class _Connection(http.client.HTTPConnection):
    """One that takes longer for its answers than for being made."""

    response_class = _Response

    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(_ANSWER_S)


class _SecureConnection(http.client.HTTPSConnection):
    """The same, encrypted."""

    response_class = _Response

    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(_ANSWER_S)


class _Http(urllib.request.HTTPHandler):
    def http_open(self, req: Any) -> Any:
        return self.do_open(_Connection, req)


class _Https(urllib.request.HTTPSHandler):
    def https_open(self, req: Any) -> Any:
        return self.do_open(_SecureConnection, req)


def _opener(address: str) -> urllib.request.OpenerDirector:
    parts = urlsplit(address)
    if parts.username is None:
        return urllib.request.build_opener(_Http, _Https)
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    user, password = unquote(parts.username), unquote(parts.password or "")
    passwords.add_password(None, _without_user(address), user, password)
    return urllib.request.build_opener(_Http, _Https, _Basic(passwords), _Digest(passwords))


class _Basic(urllib.request.HTTPBasicAuthHandler):
    """As urllib has it, but the answer that asked for the password is closed."""

    def http_error_401(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        fp.close()
        return super().http_error_401(req, fp, code, msg, headers)


class _Digest(urllib.request.HTTPDigestAuthHandler):
    """As urllib has it, but the answer that asked for the password is closed."""

    def http_error_401(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        fp.close()
        return super().http_error_401(req, fp, code, msg, headers)


def _without_user(address: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _cause(error: Exception) -> str:
    """What a person can do something about, in the words of the network."""
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({reason.verify_message})"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror.lower()
    # Last, for an untrusted certificate is a ValueError too. The text of these may hold a password.
    if isinstance(reason, http.client.InvalidURL | ValueError):
        return "it is no address; write / # ? @ in a password as %2F %23 %3F %40"
    return str(reason) or type(reason).__name__
