"""A bad network between a camera and whoever reads it: a relay on 127.0.0.1 that delays, loses and cuts.

TCP makes good what is lost by sending it again, which holds up everything behind it; that is what a reader
sees of loss, and what is done here. A cut says nothing to anybody, as when a cable is pulled out.
"""

import queue
import random
import socket
import threading
import time
from contextlib import suppress

PIECE = 1460
"""The payload of one segment on an Ethernet."""
AGAIN_S = 0.2
"""How long Linux waits at least before it sends a segment again (TCP_RTO_MIN)."""


class BadNetwork:
    """Relays any number of connections to a port; what it does may be changed while they last."""

    def __init__(self, port: int, own: int = 0) -> None:
        """Listen on the port `own`, 0 takes a free one, for connections to `port`."""
        self.delay_s = 0.0
        self.loss = 0.0
        self._whole = threading.Event()
        self._whole.set()
        self._over = threading.Event()
        self._target = port
        self._chance = random.Random(0)
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", own))
        self.port: int = self._listener.getsockname()[1]
        self._spawn(self._accept)

    def cut(self) -> None:
        """From now on nothing arrives, and nobody is told."""
        self._whole.clear()

    def mend(self) -> None:
        """Undo `cut`; what was under way then is lost with its connection."""
        self._whole.set()

    def close(self) -> None:
        """End every connection."""
        self._over.set()
        self._whole.set()
        for sock in (self._listener, *self._sockets):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in self._threads:
            thread.join(5)

    def _spawn(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._over.is_set():
            with suppress(OSError):
                reader, _ = self._listener.accept()
                self._sockets.append(reader)
                self._spawn(self._connect, reader)

    def _connect(self, reader: socket.socket) -> None:
        """Join a reader and the camera, once the cable is whole."""
        self._whole.wait()
        with suppress(OSError):
            camera = socket.create_connection(("127.0.0.1", self._target), timeout=5)
            camera.settimeout(None)
            self._sockets.append(camera)
            self._spawn(self._carry, reader, camera, 1 << 16)
            self._carry(camera, reader, PIECE)

    def _carry(self, source: socket.socket, target: socket.socket, size: int) -> None:
        """Carry everything from one to the other, each piece after its delay and in order."""
        pieces: queue.Queue[tuple[float, bytes]] = queue.Queue(1 << 14)
        self._spawn(self._deliver, pieces, target)
        with suppress(OSError):
            while data := source.recv(size):
                pieces.put((time.monotonic() + self.delay_s, data))
        pieces.put((0.0, b""))

    def _deliver(self, pieces: "queue.Queue[tuple[float, bytes]]", target: socket.socket) -> None:
        with suppress(OSError):
            while (due := pieces.get())[1]:
                held_s = AGAIN_S if self._chance.random() < self.loss else 0.0
                self._over.wait(max(0.0, due[0] - time.monotonic()) + held_s)
                if not self._whole.is_set():
                    self._whole.wait()
                    return
                target.sendall(due[1])
            target.shutdown(socket.SHUT_WR)
