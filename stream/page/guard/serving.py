"""How browsers are served: bounded, and without a word on the terminal."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from fsrf_live.stream.flow.gate import FIRST_WORD_S, Gate, gate_at, tell_once
from fsrf_live.stream.page.guard.place import Tls

if TYPE_CHECKING:
    from starlette.applications import Starlette

MOST_CONNECTIONS = 100
"""Of whatever kind: a stranger on this machine must not use up the files that a program may open."""
MOST_LET_IN = 2 * MOST_CONNECTIONS
"""With those who have not said yet, in the words of TLS, who they are."""


def guarded_server(app: "Starlette", longest_message: int, tls: Tls | None = None) -> uvicorn.Server:
    """A server of an application; a message to it, as of a WebSocket, has at most so many bytes."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            ssl_certfile=None if tls is None else tls.certificate,
            ssl_keyfile=None if tls is None else str(tls.key),
            http=_Bounded,
            ws="websockets-sansio",
            ws_max_size=longest_message,
            ws_ping_interval=10.0,
            ws_ping_timeout=10.0,
            ws_per_message_deflate=False,
            lifespan="off",
            access_log=False,
            log_config=None,
            # Strangers who knock must not fill the user's terminal.
            log_level=logging.CRITICAL + 1,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
    )


def guarded_socket(host: str, port: int) -> Gate:
    """One that listens there; raises OSError, as for a port in use."""
    return gate_at(host, port, MOST_LET_IN)


class GuardedLoop(asyncio.SelectorEventLoop):
    """Leaves who connects and never says the first words of TLS, for whom asyncio would wait a minute."""

    def __init__(self) -> None:
        super().__init__()
        tell_once(self)

    async def create_server(self, *args: Any, **options: Any) -> Any:
        """As of any loop."""
        timeout_s = None if options.get("ssl") is None else FIRST_WORD_S
        return await super().create_server(*args, ssl_handshake_timeout=timeout_s, **options)


class _Bounded(H11Protocol):
    """HTTP for at most `MOST_CONNECTIONS`, and for nobody who never asks for anything, or only half."""

    _silence: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
            return
        self._wait_for_words()

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._hush()

    def handle_websocket_upgrade(self, event: Any) -> None:
        self._hush()
        super().handle_websocket_upgrade(event)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            self._wait_for_words()  # else the next request has come already

    def connection_lost(self, exc: Exception | None) -> None:
        self._hush()
        super().connection_lost(exc)

    def _wait_for_words(self) -> None:
        self._hush()
        self._silence = self.loop.call_later(FIRST_WORD_S, self.timeout_keep_alive_handler)

    def _hush(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
