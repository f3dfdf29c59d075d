"""A network camera in a process of its own, so that it can be killed and stopped like any server.

    python -m benchmarks.camera_server FOLDER PORT WIDTH HEIGHT

Serves the pictures ``FOLDER/WIDTHxHEIGHT/*.jpg`` in a loop over a network that may be bad, writes a line once
it listens, and obeys the lines of its standard input (`ClipCamera.say`); at end of input it exits.
"""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from fsrf_live.stream.sources.decoding import decode_frames
from tests.doubles.bad_network import BadNetwork
from tests.doubles.mjpeg import MjpegServer

SIZES = ((480, 360), (320, 240))
LATE_S = 2.0


class ClipCamera:
    """The process, from outside: each start after a kill comes with the other size."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds pictures as `cut` makes them."""
        self._folder = folder
        self._port = _free_port()
        self._starts = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """The camera's address."""
        return f"http://127.0.0.1:{self._port}/camera.mjpg"

    def start(self) -> None:
        """Start it, and wait until it listens."""
        size = SIZES[self._starts % len(SIZES)]
        self._starts += 1
        words = [str(self._folder), str(self._port), *map(str, size)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.camera_server", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        if not self._process.stdout.readline():
            raise RuntimeError("the camera server did not start")

    def kill(self) -> None:
        """Kill it at once, as a crash would."""
        process = self._running()
        process.kill()
        process.communicate()

    def pause(self) -> None:
        """Suspend it (SIGSTOP)."""
        self._running().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on (SIGCONT)."""
        self._running().send_signal(signal.SIGCONT)

    def say(self, line: str) -> None:
        """Have it ``hang`` in the middle of a picture, ``repeat`` one picture, or ``go`` on.

        Or have its network ``cut``, or all that comes ``late`` by `LATE_S`.
        """
        stdin = self._running().stdin
        assert stdin is not None
        stdin.write(line + "\n")
        stdin.flush()

    def _running(self) -> "subprocess.Popen[str]":
        assert self._process is not None
        return self._process


def cut(clip: Path, folder: Path, seconds: float) -> None:
    """Write the first seconds of a clip as pictures of every size."""
    import cv2

    for width, height in SIZES:
        (folder / f"{width}x{height}").mkdir(parents=True)
    for number, frame in enumerate(decode_frames(clip)):
        if frame.time_ns > seconds * 1e9:
            return
        for width, height in SIZES:
            path = folder / f"{width}x{height}" / f"{number:05}.jpg"
            cv2.imwrite(str(path), cv2.resize(frame.image, (width, height)))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def main() -> None:
    """Serve until standard input ends."""
    folder, port, width, height = sys.argv[1:]
    paths = sorted((Path(folder) / f"{width}x{height}").glob("*.jpg"))
    pictures = [path.read_bytes() for path in paths]
    server = MjpegServer(
        int(width), int(height), lambda _width, _height, number: pictures[number % len(pictures)]
    )
    server.start()
    network = BadNetwork(server.port, int(port))
    print("ready", flush=True)
    for word in map(str.strip, sys.stdin):
        server.hang(word == "hang")
        server.repeat(word == "repeat")
        network.delay_s = LATE_S if word == "late" else 0.0
        network.cut() if word == "cut" else network.mend()
    os._exit(0)


if __name__ == "__main__":
    main()
