"""How a browser of this machine is served: bounded, and without a word on the terminal."""

import asyncio
import logging
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.applications import Starlette

MOST_CONNECTIONS = 100
"""Of whatever kind: a stranger on this machine must not use up the files that a program may open."""
FIRST_WORD_S = 10
"""How long somebody who connects may say nothing."""


def guarded_server(app: "Starlette", longest_message: int) -> uvicorn.Server:
    """A server of an application; a message to it, as of a WebSocket, has at most so many bytes."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
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


class _Bounded(H11Protocol):
    """HTTP for at most `MOST_CONNECTIONS`, and for nobody who never says anything."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
            return
        self.timeout_keep_alive_task = self.loop.call_later(FIRST_WORD_S, self.timeout_keep_alive_handler)
