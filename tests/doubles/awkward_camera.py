"""A network camera on 127.0.0.1 that does what cameras do: changes its pictures, sends junk, refuses."""

import http.server
import ssl
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Self

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]
USER, PASSWORD = "ann", "p@ss"


class Turns:
    """A camera that has them sends a part for each turn that it is given; when they are over, it hangs up."""

    def __init__(self) -> None:
        self._given, self._sent = threading.Semaphore(0), threading.Semaphore(0)
        self._over = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._over.set()
        self._given.release()

    def give(self, count: int = 1) -> None:
        """Let it send so many, and wait until it has."""
        self._given.release(count)
        for _ in range(count):
            assert self._sent.acquire(timeout=20)

    def take(self) -> None:
        """Wait for a turn; raises OSError when they are over."""
        self._given.acquire()
        if self._over.is_set():
            raise ConnectionAbortedError

    def taken(self) -> None:
        """Tell that the part was sent."""
        self._sent.release()


def multipart(
    parts: list[bytes], *, chunked: bool = False, lengths: bool = True, turns: Turns | None = None
) -> Answer:
    """A stream of these parts, the last one again and again; all at once, or in their turns."""

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.protocol_version = "HTTP/1.1" if chunked else "HTTP/1.0"
        request.send_response(200)
        request.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        if chunked:
            request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        for body in [*parts, *parts[-1:] * 1000]:
            length = b"Content-Length: %d\r\n" % len(body) if lengths else b""
            data = b"--frame\r\nContent-Type: image/jpeg\r\n" + length + b"\r\n" + body + b"\r\n"
            if turns is not None:
                turns.take()
            for piece in (b"%x\r\n" % len(data), data, b"\r\n") if chunked else (data,):
                request.wfile.write(piece)
            if turns is not None:
                turns.taken()

    return answer


def once(body: bytes, content_type: str = "image/jpeg") -> Answer:
    """One body a request."""

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", content_type)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


def refusal(status: int) -> Answer:
    """An error with a page."""

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_error(status)

    return answer


def guarded(inside: Answer) -> Answer:
    """The answer for those who know the password."""
    wanted = f"Basic {b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        if request.headers.get("Authorization") == wanted:
            inside(request)
            return
        request.send_response(401)
        request.send_header("WWW-Authenticate", 'Basic realm="camera"')
        request.end_headers()

    return answer


@contextmanager
def serving(answer: Answer, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """A server that gives this answer to every request, over TLS with a context; yields host and port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(OSError):
                answer(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = False  # closing the server then waits for those who still answer
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
