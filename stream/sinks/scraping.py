"""A server for who asks now and then, and gets one answer: bounded, and without a word on the terminal."""

import contextlib
import io
import socket
from socketserver import ThreadingMixIn
from typing import Any, TextIO
from weakref import WeakKeyDictionary
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from fsrf_live.fsrf.common.address import Address
from fsrf_live.stream.flow.clock import NS, Clock
from fsrf_live.stream.flow.gate import FIRST_WORD_S, Gate

MOST_SCRAPES = 20
"""At a time: each has a thread."""


class ScrapeServer(ThreadingMixIn, WSGIServer):
    """Leaves who has not asked, or has not read the answer, after `FIRST_WORD_S`. Run `serve_forever`."""

    daemon_threads = True
    request_queue_size = 128
    """Who knocks; of the usual 5 a crowd leaves none to others, whom the system then has wait for seconds."""

    def __init__(self, address: Address, answer: Any, clock: Clock) -> None:
        """Listen, and answer by a WSGI application; raises OSError, as for a port in use."""
        self._clock = clock
        self._since_ns: WeakKeyDictionary[socket.socket, int] = WeakKeyDictionary()
        self.address_family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        super().__init__((address.host, address.port), _Quiet)
        self.socket = Gate(self.socket, MOST_SCRAPES)
        self.set_app(answer)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection."""
        way, address = super().get_request()
        self._since_ns[way] = self._clock.now_ns()
        return way, address

    def service_actions(self) -> None:
        """Leave those whose time is over; `serve_forever` calls it twice a second."""
        latest_ns = self._clock.now_ns() - FIRST_WORD_S * NS
        self._leave([way for way, since_ns in self._since_ns.items() if since_ns <= latest_ns])

    def server_close(self) -> None:
        """Release the port, and leave everybody."""
        super().server_close()
        self._leave(list(self._since_ns))

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing, as of a stranger who goes in the middle."""

    def _leave(self, ways: list[socket.socket]) -> None:
        """Have their threads see an end; these close them."""
        for way in ways:
            with contextlib.suppress(OSError):  # it may have been closed since
                way.shutdown(socket.SHUT_RDWR)


class _Quiet(WSGIRequestHandler):
    """What strangers ask, and what fails by it, is told to them alone."""

    def log_message(self, format: str, *args: object) -> None:
        pass

    def get_stderr(self) -> TextIO:
        return io.StringIO()
