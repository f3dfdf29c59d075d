"""A process that loads once what streams share, and forks the hosts of streams, which share its memory.

Forking is safe as long as it has no other threads: what another thread holds locked would stay locked in the
fork for ever. So libraries get one thread each, nothing here starts any, and the opening must leave none.
"""

import gc
import os
import signal
import socket
import struct
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Generic, TypeVar

from fsrf_live.fsrf.common.errors import EngineError, FsrfError
from fsrf_live.stream.flow.threads import environment, limited_threads

ONE_POOL = {"MALLOC_ARENA_MAX": "1"}
"""Threads of glibc would have eight pools of freed memory for each core; here it saves 28 MB a host."""
_SPAWN = get_context("spawn")
_NUMBER = struct.Struct("!q")
_PATIENCE_S = 5.0
"""A fork takes milliseconds: whoever takes longer hangs."""

_T = TypeVar("_T")


class Nursery(Generic[_T]):
    """The process, seen from the one that began it. Not thread-safe."""

    def __init__(self, opening: Callable[[], _T], host: Callable[[Connection, _T], None]) -> None:
        """Begin it, and wait until it has loaded. `host` is the life of a fork, which ends with its pipe.

        Both are sent to it, so it must be possible to pickle them.

        Raises the FsrfError of the opening, and EngineError if the process dies.
        """
        ours, theirs = _SPAWN.Pipe()
        self._socket, other = socket.socketpair()
        self._process = _SPAWN.Process(target=_nurse, args=(theirs, other, opening, host), daemon=True)
        self._socket.settimeout(_PATIENCE_S)
        # Before it starts: NumPy is there before any line of ours, and so may SIGINT be, which the terminal
        # sends to all.
        with limited_threads(1), environment(ONE_POOL), _held(signal.SIGINT):
            self._process.start()
        theirs.close()
        other.close()
        try:
            self._await(ours)
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid or 0

    def fork(self) -> tuple[int, Connection]:
        """Begin a host; gives its number and the pipe to it. Raises OSError if the nursery has died."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            socket.send_fds(self._socket, [b"f"], [theirs.fileno()])
            answer = self._socket.recv(_NUMBER.size, socket.MSG_WAITALL)
            if len(answer) < _NUMBER.size:
                raise ConnectionError("the process that forks hosts has died")
            return _NUMBER.unpack(answer)[0], Connection(ours.detach())

    def close(self) -> None:
        """End it; hosts live on until their pipes end."""
        self._socket.close()
        self._process.kill()
        self._process.join()  # with a timeout it would wait for the hosts too, which hold its sentinel

    def _await(self, told: Connection) -> None:
        with told:
            try:
                error: FsrfError | None = told.recv()
            except (EOFError, OSError):
                error = EngineError("the process that loads what streams share died: is there memory for it?")
        if error is not None:
            raise error


def _nurse(
    told: Connection,
    orders: socket.socket,
    opening: Callable[[], _T],
    host: Callable[[Connection, _T], None],
) -> None:
    """The life of the process: it ends when the socket does, so that it outlives nobody."""
    # The terminal sends SIGINT to all: the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    loaded, failure = _loaded(opening)
    with told, suppress(OSError):  # if it is gone, the socket has ended too
        told.send(failure)
    if failure is not None or loaded is None:
        return
    # What is there now lives for ever: a collection that touched it would copy its pages into every host.
    gc.collect()
    gc.freeze()
    signal.signal(
        signal.SIGCHLD, signal.SIG_IGN
    )  # nobody waits for the hosts: their pipes tell when they die
    with suppress(OSError):
        while True:
            order, files, _, _ = socket.recv_fds(orders, 1, 1)
            if not order:
                return
            orders.sendall(_NUMBER.pack(_fork(files[0], orders, loaded, host)))
            os.close(files[0])


def _loaded(opening: Callable[[], _T]) -> tuple[_T | None, FsrfError | None]:
    try:
        return opening(), None
    except FsrfError as error:
        return None, error
    except Exception as error:  # noqa: BLE001 - the edge of a process: the one that began it says so
        return None, EngineError(f"what streams share cannot be loaded, {type(error).__name__}: {error}")


@contextmanager
def _held(number: signal.Signals) -> Iterator[None]:
    """A signal comes only afterwards, and to a process that is begun meanwhile only when it lets it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [number])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _fork(file: int, orders: socket.socket, loaded: _T, host: Callable[[Connection, _T], None]) -> int:
    with warnings.catch_warnings():
        # Python 3.12 warns of other threads: libraries have idle ones if the user has set their number.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid:
        return pid
    try:
        orders.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # sources begin processes of their own
        host(Connection(file), loaded)
    finally:
        with suppress(OSError, ValueError, AttributeError):
            sys.stderr.flush()
        os._exit(0)  # what the nursery has to do at its end is not the host's
