"""A private PulseAudio server with a virtual microphone: what its sink plays is what its source hears.

Nothing of the user's own sound server is touched: the server has its own runtime folder and its own home.
A null sink that may rewind renders two seconds ahead as soon as it is there, and its monitor gives nothing
for so long; one that may not renders 50 ms ahead, and gives sound as soon as a real microphone does.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.doubles.waiting import until

SINK, SOURCE = "speaker", "virtual_mic"
MODULES = (
    f"module-null-sink sink_name={SINK} rate=16000 channels=1 norewinds=1",
    f"module-remap-source source_name={SOURCE} master={SINK}.monitor",
)


def missing() -> str | None:
    """Say why no private PulseAudio can be had here; None where it can."""
    for program in ("pulseaudio", "pactl", "pacat"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    return None


class PulseServer:
    """A server process in a folder of its own; `start` and `kill` may be called again and again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._players: list[subprocess.Popen[bytes]] = []
        (folder / "pulse").mkdir(parents=True, exist_ok=True)
        self.environment = {
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "PULSE_RUNTIME_PATH": str(folder / "pulse"),
            "PULSE_SERVER": f"unix:{folder / 'pulse' / 'native'}",
        }

    def start(self) -> None:
        """Start the server with its virtual microphone, and wait until it answers."""
        native = f"module-native-protocol-unix auth-anonymous=1 socket={self._folder / 'pulse' / 'native'}"
        modules = [argument for module in (native, *MODULES) for argument in ("-L", module)]
        self._process = subprocess.Popen(
            ["pulseaudio", "--daemonize=no", "-n", "--exit-idle-time=-1", "--use-pid-file=no", *modules],
            env={**os.environ, **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if not until(lambda: SOURCE in self.control("list", "short", "sources"), 10):
            raise RuntimeError("PulseAudio did not start")

    def control(self, *arguments: str) -> str:
        """Run pactl; gives what it prints, nothing where the server does not answer."""
        try:
            done = subprocess.run(
                ["pactl", *arguments],
                env={**os.environ, **self.environment},
                capture_output=True,
                text=True,
                timeout=5,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return ""
        return done.stdout

    def unplug(self) -> None:
        """Take the virtual microphone away, and the sink behind it: there is nothing left to record from."""
        for module in reversed(MODULES):
            self.control("unload-module", module.split()[0])

    def plug(self) -> None:
        """Bring it back."""
        for module in MODULES:
            self.control("load-module", *module.split())

    def mute(self, on: bool) -> None:
        """Mute the virtual microphone, or end that."""
        self.control("set-source-mute", SOURCE, str(int(on)))

    def play(self, samples: NDArray[np.float32]) -> subprocess.Popen[bytes]:
        """Play ``samples [n] float32`` at 16 kHz into the sink, instead of what is played now."""
        self.hush()
        sound = self._folder / "sound.raw"
        sound.write_bytes(samples.astype("<f4").tobytes())
        with sound.open("rb") as file:
            player = subprocess.Popen(
                [
                    "pacat",
                    "--playback",
                    f"--device={SINK}",
                    "--latency-msec=40",
                    "--rate=16000",
                    "--channels=1",
                    "--format=float32le",
                ],
                env={**os.environ, **self.environment},
                stdin=file,
                stderr=subprocess.DEVNULL,
            )
        self._players.append(player)
        return player

    def hush(self) -> None:
        """End what is played now."""
        while self._players:
            player = self._players.pop()
            player.kill()
            player.wait(10)

    def kill(self) -> None:
        """Kill the server at once, as a crash would."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(10)

    def pause(self) -> None:
        """Stop the server in its tracks (SIGSTOP)."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on (SIGCONT)."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """End the server and all players."""
        self.resume()
        self.hush()
        self.kill()

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)


@contextmanager
def pulse_server() -> Iterator[PulseServer]:
    """Run a private server; its environment must be set before PortAudio starts."""
    with tempfile.TemporaryDirectory(prefix="pulse-") as folder:
        server = PulseServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()
