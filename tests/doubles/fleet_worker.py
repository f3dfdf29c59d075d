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
from collections.abc import Sequence
from pathlib import Path

from fsrf_live.fsrf.common.errors import FsrfError, MediaError
from fsrf_live.tools.fleet.bus import open_worker_bus
from fsrf_live.tools.fleet.crew import PerformSession, TellWorker
from fsrf_live.tools.fleet.worker import WorkerTerms, work
from fsrf_live.tools.shell import exits

READING_S, RELEASE_S = 0.1, 0.5


def quick_sessions() -> PerformSession:
    """The opening of a session that costs nothing."""
    return _perform


def _perform(spec: str, tell: TellWorker, over: threading.Event) -> None:
    given, began_s = json.loads(spec), time.monotonic()
    if given.get("broken"):
        raise MediaError("there is no such file: name another")
    if given.get("hangs"):
        threading.Event().wait()
    for window in range(10_000_000):
        passed_s = time.monotonic() - began_s
        if passed_s >= given.get("dies_after_s", 1e9):
            os.kill(os.getpid(), signal.SIGKILL)
        if passed_s >= given.get("ends_after_s", 1e9) or over.wait(READING_S):
            if "releases" in given:
                time.sleep(RELEASE_S)
                Path(given["releases"]).touch()
            return
        reading = {
            "type": "reading",
            "window": window,
            "revision": 0,
            "score": 0.5,
            "label": "neutral",
            "unsure": False,
        }
        tell("record", reading)
        if window % 10 == 0:
            tell("health", {"state": "running"})


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
        bus = open_worker_bus(args.bus, args.zenoh_config)
        terms = WorkerTerms(args.most, args.max_load, (("fsrf-live", "1"), ("checkpoint", args.checkpoint)))
        work(bus, quick_sessions, terms, over, lambda line: print(line, flush=True))
    except FsrfError as error:
        print(error, flush=True)
        return exits.code_of(error)
    return exits.OK


if __name__ == "__main__":
    raise SystemExit(main())
