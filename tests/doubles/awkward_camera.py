"""A network camera on 127.0.0.1 that does what cameras do: changes its pictures, sends junk, refuses."""

import http.server
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]
USER, PASSWORD = "ann", "p@ss"


def multipart(parts: list[bytes], *, chunked: bool = False, lengths: bool = True) -> Answer:
    """A stream of these parts, the last one again and again."""

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
            request.wfile.write(b"%x\r\n%s\r\n" % (len(data), data) if chunked else data)

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
def serving(answer: Answer) -> Iterator[str]:
    """A server that gives this answer to every request; yields host and port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(OSError):
                answer(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False  # closing the server then waits for those who still answer
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
