"""A fleet of real processes on a real bus of this machine, and somebody who hears its readings."""

import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fsrf_live.tools.fleet.bus import Bus, open_client_bus
from fsrf_live.tools.fleet.client import FleetClient
from tests.conftest import REPOSITORY
from tests.doubles.mosquitto import free_port
from tests.doubles.waiting import until

BEGIN_S = 30.0


@dataclass
class HiveWorker:
    """A process of a worker; `name` is what the fleet calls it."""

    process: "subprocess.Popen[bytes]"
    name: str

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


@dataclass(frozen=True)
class Heard:
    """A record that came, and when, in seconds of the monotonic clock."""

    stream: str
    kind: str
    at_s: float
    values: Mapping[str, Any]


class Hearer:
    """Hears every record on a bus, and counts the ids that come twice."""

    def __init__(self, bus: Bus) -> None:
        self._lock = threading.Lock()
        self._records: list[Heard] = []
        self._ids: set[str] = set()
        self.twice: list[str] = []
        for kind in ("reading", "event", "health", "summary"):
            bus.subscribe(f"fsrf/*/{kind}", self._take)

    def _take(self, payload: bytes) -> None:
        at_s, values = time.monotonic(), json.loads(payload)
        with self._lock:
            self._records.append(Heard(values["stream"], values["type"], at_s, values))
            name = values.get("id")
            if name in self._ids:
                self.twice.append(name)
            if name is not None:
                self._ids.add(name)

    def readings(self, stream: str, since_s: float = 0.0) -> list[Heard]:
        """Of a stream, in the order in which they came."""
        with self._lock:
            found = [r for r in self._records if r.stream == stream and r.kind == "reading"]
        return [record for record in found if record.at_s >= since_s]

    def all_readings(self, since_s: float) -> list[Heard]:
        """Of all streams."""
        with self._lock:
            return [r for r in self._records if r.kind == "reading" and r.at_s >= since_s]

    def of_kind(self, stream: str, kind: str) -> list[Heard]:
        """All of a kind."""
        with self._lock:
            return [r for r in self._records if r.stream == stream and r.kind == kind]

    def first_by(self, stream: str, but: str, since_s: float) -> float | None:
        """When the first reading by another worker than this came."""
        others = [r.at_s for r in self.readings(stream, since_s) if r.values["worker"] != but]
        return others[0] if others else None


class Hive:
    """Begin workers, then `meet` the fleet."""

    def __init__(self, address: str | None = None, config: Path | None = None) -> None:
        pytest.importorskip("zenoh")
        self.address = None if config is not None else address or f"tcp/127.0.0.1:{free_port()}"
        self._config = config
        self.workers: list[HiveWorker] = []
        self._processes: list[subprocess.Popen[bytes]] = []
        self._buses: list[Bus] = []

    def begin(self, *options: str, real: bool = False) -> HiveWorker:
        """Begin a worker whose sessions cost nothing, or, if `real`, the command itself."""
        return self.await_name(self.launch(*options, real=real))

    def launch(self, *options: str, real: bool = False) -> "subprocess.Popen[bytes]":
        """Begin a worker's process, and do not wait for it."""
        module = ["fsrf_live.tools.main", "serve", "--worker"] if real else ["tests.doubles.fleet_worker"]
        where = [] if self.address is None else ["--bus", self.address]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "src"), str(REPOSITORY)]),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", *module, *where, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            env=environment,
        )
        self._processes.append(process)
        return process

    def await_name(self, process: "subprocess.Popen[bytes]") -> HiveWorker:
        """The worker of a process, once it says who it is."""
        line = line_of(process)
        words = (line_of(process) if "loading" in line else line).split("worker ")
        assert len(words) > 1, words
        worker = HiveWorker(process, words[1].split()[0])
        self.workers.append(worker)
        return worker

    def client(self, address: str | None = None, config: Path | None = None) -> FleetClient:
        """Somebody who asks."""
        file = config or self._config
        bus = open_client_bus(address or self.address, None if file is None else str(file))
        self._buses.append(bus)
        return FleetClient(bus)

    def hearer(self, address: str | None = None, config: Path | None = None) -> Hearer:
        """Somebody who hears."""
        file = config or self._config
        bus = open_client_bus(address or self.address, None if file is None else str(file))
        self._buses.append(bus)
        return Hearer(bus)

    def called(self, name: str) -> HiveWorker:
        """The worker of that name."""
        return next(worker for worker in self.workers if worker.name == name)

    def close(self) -> None:
        for bus in self._buses:
            bus.close()
        for process in self._processes:
            process.send_signal(signal.SIGCONT)
            process.kill()
        for process in self._processes:
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


@contextmanager
def hive(address: str | None = None, config: Path | None = None) -> Iterator[Hive]:
    """A fleet without workers, for as long as this lasts."""
    fleet = Hive(address, config)
    try:
        yield fleet
    finally:
        fleet.close()


def line_of(process: "subprocess.Popen[bytes]") -> str:
    """The next line that a process prints."""
    assert process.stdout is not None
    line, until_s = b"", time.monotonic() + BEGIN_S
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not line.endswith(b"\n"):
            assert selector.select(until_s - time.monotonic()), f"it says no more than {line!r}"
            piece = process.stdout.read(1)
            assert piece, f"it has ended after {line!r}"
            line += piece
    return line.decode().strip()


def listed(client: FleetClient) -> tuple[list[Mapping[str, Any]], dict[str, Mapping[str, Any]]]:
    """Workers, and streams by name."""
    said = client.ask("list")
    return list(said["workers"]), {stream["stream"]: stream for stream in said["streams"]}


def await_state(
    client: FleetClient, holds: Callable[[list[Mapping[str, Any]], dict[str, Mapping[str, Any]]], bool]
) -> None:
    """Wait until workers and streams are so."""
    assert until(lambda: holds(*listed(client)), timeout_s=BEGIN_S), listed(client)


def owner_of(client: FleetClient, stream: str) -> str:
    """The worker that runs a stream, once one does."""
    await_state(client, lambda _, streams: streams[stream]["state"] == "running")
    return str(listed(client)[1][stream]["worker"])
