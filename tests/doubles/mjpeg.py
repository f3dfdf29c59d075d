"""A network camera on 127.0.0.1: motion JPEG over HTTP; it can hang, repeat itself, die and come back."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import count

import numpy as np

BOUNDARY = b"frame"
RATE_HZ = 25


class MjpegServer:
    """Serves numbered pictures to any number of readers; `start` and `stop` may be called again and again."""

    def __init__(
        self,
        width: int = 160,
        height: int = 120,
        picture: Callable[[int, int, int], bytes] | None = None,
        port: int = 0,
    ) -> None:
        """`picture` gives the JPEG of a width, a height and a number; port 0 takes a free one."""
        self.size = (width, height)
        self.port = port
        self._picture = picture or jpeg
        self.requests = 0
        self._listener: socket.socket | None = None
        self._readers: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._stopped = threading.Event()
        self._hang = threading.Event()
        self._repeat = threading.Event()

    @property
    def url(self) -> str:
        """Where the camera is."""
        return f"http://127.0.0.1:{self.port}/camera.mjpg"

    def start(self) -> None:
        """Listen; the port stays the same from the first start on."""
        self._stopped.clear()
        self._hang.clear()
        self._repeat.clear()
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen()
        self.port = listener.getsockname()[1]
        self._listener = listener
        self._spawn(self._accept, listener)

    def hang(self, on: bool = True) -> None:
        """Send half a frame and then nothing, to readers there and to come."""
        self._hang.set() if on else self._hang.clear()

    def repeat(self, on: bool = True) -> None:
        """Send the same picture again and again."""
        self._repeat.set() if on else self._repeat.clear()

    def stop(self) -> None:
        """Cut all connections and stop listening."""
        self._stopped.set()
        for sock in (*self._readers, *([self._listener] if self._listener else [])):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in self._threads:
            thread.join(5)
        self._readers.clear()
        self._threads.clear()

    def _spawn(self, target: object, sock: socket.socket) -> None:
        thread = threading.Thread(target=target, args=(sock,), daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while not self._stopped.is_set():
            try:
                reader, _ = listener.accept()
            except OSError:
                return
            self.requests += 1
            self._readers.append(reader)
            self._spawn(self._serve, reader)

    def _serve(self, reader: socket.socket) -> None:
        try:
            reader.recv(4096)
            reader.sendall(
                b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary="
                + BOUNDARY
                + b"\r\n\r\n"
            )
            numbers = count(1)
            while not self._stopped.wait(1 / RATE_HZ):
                data = self._picture(*self.size, 0 if self._repeat.is_set() else next(numbers))
                head = b"--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % (
                    BOUNDARY,
                    len(data),
                )
                if self._hang.is_set():
                    reader.sendall(head + data[: len(data) // 2])
                    while self._hang.is_set() and not self._stopped.wait(0.02):
                        pass
                    return
                reader.sendall(head + data + b"\r\n")
        except OSError:
            return
        finally:
            reader.close()


def jpeg(width: int, height: int, seed: int) -> bytes:
    """Encode a picture of large random squares; the same seed gives the same bytes."""
    import cv2

    squares = np.random.default_rng(seed).integers(60, 255, (4, 4, 3), dtype=np.uint8)
    image = cv2.resize(squares, (width, height), interpolation=cv2.INTER_NEAREST)
    done, data = cv2.imencode(".jpg", image)
    assert done
    return bytes(data)
