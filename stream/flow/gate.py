"""Where other programs come in: so many at a time, who must say what they want, and without a flood of words.

A stranger on this machine must not use up the files that a session may open, nor fill its user's terminal.
"""

import logging
import socket
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

if TYPE_CHECKING:
    import asyncio

FIRST_WORD_S = 10
"""How long somebody who connects, or has got an answer, may take to ask for something."""

_log = logging.getLogger(__name__)


class Gate(socket.socket):
    """A listening socket that shuts out at once who comes when too many are there, before a word was said."""

    def __init__(self, listening: socket.socket, most: int) -> None:
        """Take the place of a listening socket; at most so many who came through are there at once."""
        super().__init__(fileno=listening.detach())
        self._most = most
        self._let_in: WeakSet[socket.socket] = WeakSet()

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept a connection; raises BlockingIOError, as if nobody had come, if it was shut out."""
        way, address = super().accept()
        if sum(each.fileno() >= 0 for each in self._let_in) >= self._most:
            way.close()
            raise BlockingIOError
        self._let_in.add(way)
        return way, address


def gate_at(host: str, port: int, most: int) -> Gate:
    """A gate that listens there; raises OSError, as for a port in use."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return Gate(socket.create_server((host, port), family=family), most)


def tell_once(loop: "asyncio.AbstractEventLoop") -> None:
    """Have a loop tell each kind of trouble in one line, once: asyncio prints a traceback, each time anew.

    While no file can be opened any more, that is once a second for each server.
    """
    told: set[str] = set()

    def tell(_: object, context: dict[str, Any]) -> None:
        error = context.get("exception")
        what = context["message"] if error is None else f"{type(error).__name__}: {error}"
        _log.debug("trouble of a server: %s", context["message"], exc_info=error)
        kind = what if error is None else type(error).__name__
        if kind not in told:
            told.add(kind)
            _log.warning("a server of this session has trouble, and goes on (%s)", what)

    loop.set_exception_handler(tell)
