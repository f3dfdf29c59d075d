"""Strangers who connect to a port of this process and then say nothing, or half of what they should."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path


class Crowd:
    """So many connections, held until the end, and what they cost the server."""

    def __init__(self, port: int, number: int, words: bytes) -> None:
        self._before = _sockets()
        self._strangers = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(number)]
        for stranger in self._strangers:
            with contextlib.suppress(ConnectionError):
                stranger.sendall(words)
            stranger.setblocking(False)

    @property
    def shut_out(self) -> int:
        """How many of them the server has left."""
        return sum(map(_is_left, self._strangers))

    @property
    def ways(self) -> int:
        """Descriptors that the server has for them."""
        return _sockets() - self._before - len(self._strangers)

    def go(self) -> None:
        """Leave, all of them."""
        for stranger in self._strangers:
            stranger.close()


@contextlib.contextmanager
def crowd_at(port: int, number: int, words: bytes) -> Iterator[Crowd]:
    """A crowd that goes at the end."""
    crowd = Crowd(port, number, words)
    try:
        yield crowd
    finally:
        crowd.go()


def _is_left(stranger: socket.socket) -> bool:
    try:
        return stranger.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def _sockets() -> int:
    """Those that this process has open."""
    kinds = []
    for place in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            kinds.append(str(place.readlink()))
    return sum(kind.startswith("socket:") for kind in kinds)
