"""Debian's MQTT broker on a free port of this machine, and somebody who listens to it."""

import shutil
import socket
import subprocess
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from tests.doubles.waiting import until

WAIT_S = 20.0


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


class Broker:
    """Can be stopped and started again on the same port; asks for a password if `user` is given."""

    def __init__(self, folder: Path, user: tuple[str, str] | None = None) -> None:
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
        if program is None:
            pytest.skip("there is no mosquitto: apt-get install mosquitto")
        self.port = free_port()
        lines = [f"listener {self.port} 127.0.0.1", f"allow_anonymous {str(user is None).lower()}"]
        if user is not None:
            passwords = folder / "passwords"
            passwords.touch(0o600)
            subprocess.run(["mosquitto_passwd", "-b", str(passwords), *user], check=True)
            lines.append(f"password_file {passwords}")
        # Without it the broker becomes a user that cannot read the passwords, if it is root who tests.
        (folder / "broker.conf").write_text("\n".join([*lines, "user root", ""]))
        self._command = [program, "-c", str(folder / "broker.conf")]
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert until(self._answers, timeout_s=WAIT_S)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(WAIT_S)
            self._process = None

    def _answers(self) -> bool:
        with socket.socket() as caller:
            return caller.connect_ex(("127.0.0.1", self.port)) == 0


class Listener:
    """Subscribes to everything; `heard` gives the messages in order, each with its topic and payload."""

    def __init__(self, port: int) -> None:
        import paho.mqtt.client as paho
        from paho.mqtt.enums import CallbackAPIVersion

        self._messages: Queue[tuple[str, str]] = Queue()
        subscribed: Queue[None] = Queue()
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = self._take
        self._client.on_subscribe = lambda *_: subscribed.put(None)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._client.subscribe("#", 1)
        subscribed.get(timeout=WAIT_S)

    def next_of(self, topic: str) -> str:
        """The payload of the next message whose topic ends so."""
        while True:
            heard, payload = self._messages.get(timeout=WAIT_S)
            if heard.endswith(topic):
                return payload

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _take(self, _client: Any, _data: Any, message: Any) -> None:
        self._messages.put((message.topic, message.payload.decode()))
