"""``ws:[127.0.0.1:]PORT``: a WebSocket server, for programs on this machine that come and go.

The first message is ``{"type":"hello","version":1}``, then come the newest reading and the state of each
source, then each record as it comes, all as in JSON lines. The version changes if a client that ignores
what it does not know would no longer understand. What clients say is not heard.
"""

import asyncio
import json
import logging
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from http import HTTPStatus
from typing import Any, TypeVar

from fsrf_live.fsrf.common.address import Address
from fsrf_live.stream.flow.gate import FIRST_WORD_S, Gate, gate_at, tell_once
from fsrf_live.stream.flow.records import Event, Marker, Record, encode
from fsrf_live.stream.flow.sinks import Sink
from fsrf_live.stream.flow.threads import name_this_thread
from fsrf_live.stream.sinks.address import listening_address
from fsrf_live.stream.sinks.library import library_of

WS_PORT = 8765
WS_VERSION = 1
MOST_CLIENTS = 50
MOST_WAYS = 2 * MOST_CLIENTS
"""With those who have not said yet, in the words of HTTP, what they want."""
LONGEST_MESSAGE = 1024
"""Bytes of what a client may say, though nobody listens."""
PING_S = 10.0
"""A client that reads nothing for twice as long is left: what waits for it is bounded by that."""
LEAVE_S = 1.0

_T = TypeVar("_T")


class WsServer:
    """Serves in a thread of its own; a client that is slow or dead delays nobody."""

    closed = False

    def __init__(self, address: Address) -> None:
        """Listen; raises UsageError without websockets, and OSError, as for a port in use."""
        self._websockets = library_of("ws", "websockets.asyncio.server")
        gate = gate_at(address.host, address.port, MOST_WAYS)
        self._loop = asyncio.new_event_loop()
        tell_once(self._loop)
        self._clients: set[Any] = set()
        self._newest: dict[str, str] = {}
        self._thread = threading.Thread(target=self._serve, name="websocket", daemon=True)
        self._thread.start()
        self._server = self._run(self._listen(gate)).result()

    def emit(self, record: Record) -> None:
        """Give the record to every client; does not wait for them."""
        self._loop.call_soon_threadsafe(self._broadcast, record)

    def close(self) -> None:
        """Say goodbye to the clients and release the port."""
        self._server.close()
        with suppress(TimeoutError):
            self._run(self._server.wait_closed()).result(LEAVE_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, _T]) -> "Future[_T]":
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    # In the thread of the loop.

    def _serve(self) -> None:
        name_this_thread("websocket")
        self._loop.run_forever()

    async def _listen(self, gate: Gate) -> Any:
        return await self._websockets.serve(
            self._greet,
            sock=gate,
            # A browser always tells the origin of its page, and any page that it shows could read along.
            origins=[None],
            process_request=self._admit,
            max_size=LONGEST_MESSAGE,
            compression=None,
            open_timeout=FIRST_WORD_S,
            ping_interval=PING_S,
            ping_timeout=PING_S,
            close_timeout=LEAVE_S,
            logger=_nobody(),
        )

    def _admit(self, client: Any, request: object) -> Any:
        if len(self._clients) < MOST_CLIENTS:
            return None
        return client.respond(HTTPStatus.SERVICE_UNAVAILABLE, f"no more than {MOST_CLIENTS} clients\n")

    async def _greet(self, client: Any) -> None:
        hello = json.dumps({"type": "hello", "version": WS_VERSION}, separators=(",", ":"))
        for message in (hello, *self._newest.values()):
            self._websockets.broadcast([client], message)
        self._clients.add(client)  # nothing was waited for since, so that no record came in between
        try:
            async for _ in client:
                pass
        finally:
            self._clients.discard(client)

    def _broadcast(self, record: Record) -> None:
        line = encode(record)
        if not isinstance(record, Marker):  # of a moment that is over: who comes later has not missed a state
            self._newest[record.source if isinstance(record, Event) else "reading"] = line
        self._websockets.broadcast(self._clients, line)


def open_ws(target: str) -> Sink:
    """The sink ``ws:[127.0.0.1:]PORT``; raises UsageError and OSError."""
    return WsServer(listening_address("ws", target, WS_PORT))


def _nobody() -> logging.Logger:
    """A logger that says nothing: strangers who knock must not fill the user's terminal."""
    logger = logging.getLogger("fsrf_live.websockets")
    logger.disabled = True
    return logger
