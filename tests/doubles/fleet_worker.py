"""A worker of a fleet whose sessions cost nothing: a reading ten times a second. Run as a process.

A description is JSON with, each optional, `dies_after_s`, `ends_after_s`, `broken`, `hangs`, and `releases`:
a file that is there once the session has released its devices, which takes it a moment.
"""

import argparse
import json
import os
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from fsrf_live.fsrf.common.errors import FsrfError, MediaError
from fsrf_live.stream.flow.sinks import Sink
from fsrf_live.tools.fleet.bus import open_worker_bus
from fsrf_live.tools.fleet.worker import WorkerTerms, work
from fsrf_live.tools.hosting.hosts import StreamHosts
from fsrf_live.tools.hosting.messages import OpenStream
from fsrf_live.tools.shell import exits
from tests.doubles.records import READING

READING_S, RELEASE_S = 0.1, 0.5


class QuickSession:
    """What its description says."""

    drops: Mapping[str, int] = {}

    def __init__(self, description: str, sink: Sink) -> None:
        self._given, self._sink = json.loads(description), sink
        self._window = 0
        self._began_s = time.monotonic()

    def start(self) -> None:
        if self._given.get("broken"):
            raise MediaError("there is no such file: name another")
        if self._given.get("hangs"):
            threading.Event().wait()

    def health(self) -> Mapping[str, str]:
        return {"state": "running"}

    def wait(self, timeout_s: float | None = None) -> bool:
        passed_s = time.monotonic() - self._began_s
        if passed_s >= self._given.get("dies_after_s", 1e9):
            os.kill(os.getpid(), signal.SIGKILL)
        if passed_s >= self._given.get("ends_after_s", 1e9):
            return True
        self._sink.emit(replace(READING, window=self._window, revision=0))
        self._window += 1
        time.sleep(READING_S)
        return False

    def stop(self) -> None:
        if "releases" in self._given:
            time.sleep(RELEASE_S)
            Path(self._given["releases"]).touch()


def quick_sessions() -> OpenStream:
    """The opening of sessions that cost nothing."""
    return QuickSession


def main(argv: Sequence[str] | None = None) -> int:
    """Work until SIGTERM; the name of the worker is the first line that it prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bus")
    parser.add_argument("--zenoh-config")
    parser.add_argument("--most", type=int, default=4)
    parser.add_argument("--max-load", type=float, default=1.0)
    parser.add_argument("--checkpoint", default="a")
    args = parser.parse_args(argv)
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    try:
        terms = WorkerTerms(args.most, args.max_load, (("fsrf-live", "1"), ("checkpoint", args.checkpoint)))
        with closing(StreamHosts(quick_sessions, None)) as hosts:
            bus = open_worker_bus(args.bus, args.zenoh_config)
            work(bus, hosts, terms, over, lambda line: print(line, flush=True))
    except FsrfError as error:
        print(error, flush=True)
        return exits.code_of(error)
    return exits.OK


if __name__ == "__main__":
    raise SystemExit(main())
