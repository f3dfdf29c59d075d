"""A line between two programs of this machine that can be cut, and mended."""

import contextlib
import socket
import threading

from tests.doubles.mosquitto import free_port


class Proxy:
    """Brings bytes from its own port to another one, in both directions, as long as it is not cut."""

    def __init__(self, to_port: int) -> None:
        self.port = free_port()
        self._to_port = to_port
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._cut = False
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self) -> None:
        """Break what is connected, and let nobody through."""
        with self._lock:
            self._cut = True
            self._break()

    def mend(self) -> None:
        """Let those through who come from now on."""
        with self._lock:
            self._cut = False

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _break(self) -> None:
        for end in self._open:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._open.clear()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._connect(self._listener.accept()[0])

    def _connect(self, near: socket.socket) -> None:
        with self._lock, contextlib.suppress(OSError):
            if self._cut:
                near.close()
                return
            far = socket.create_connection(("127.0.0.1", self._to_port))
            self._open += [near, far]
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=_bring, args=(source, target), daemon=True).start()


def _bring(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
