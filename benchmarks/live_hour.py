"""A real hour of ``fsrf live`` on the demo clip in a loop, on a terminal, with a fault every ten seconds.

    python -m benchmarks.live_hour [--minutes N] [--fault-every S]   (longer than the run: no fault)

Prints what the process held after five minutes (or half of a shorter run) and shortly before its end, and
the outcome: readings, outages, the worst latency, and every line that it wrote to standard error.
"""

import argparse
import fcntl
import itertools
import json
import os
import pty
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CLIP = Path(__file__).parent.parent / "demo" / "demo.mp4"
FAULTS = (
    "camera:unplug",
    "mic:unplug",
    "camera:freeze",
    "mic:mute",
    "text:drop=1",
    "mic:noise=10dB",
    "camera:black",
    "text:lag=3s",
    "*:drop=0.3",
    "mic:skew=500ppm",
    "camera:lag=0.5s",
    "text:garble=0.5",
    "text:unplug",
    "mic:lag=0.5s",
    "*:unplug",
)
SETTLED_S = 300.0
LOOK_EVERY_S = 5.0
ROWS, COLUMNS = 40, 120


@dataclass(frozen=True, slots=True)
class Held:
    """Resources of the process at a moment."""

    at_s: float
    memory_mb: float
    threads: int
    handles: int

    def __str__(self) -> str:
        """One line for people."""
        return (
            f"at {self.at_s / 60:.1f} min: {self.memory_mb:.1f} MB, {self.threads} threads, "
            f"{self.handles} handles"
        )


def schedule(seconds: float, every_s: float) -> str:
    """A fault schedule in YAML: a fault at regular intervals, each for half of one."""
    kinds = itertools.cycle(FAULTS)
    starts = itertools.takewhile(lambda at: at < seconds, itertools.count(every_s, every_s))
    return "".join(f"- '{next(kinds)}@{at:g}s+{every_s / 2:g}s'\n" for at in starts)


def held(process: "subprocess.Popen[bytes]", began_s: float) -> Held:
    """Measure a process."""
    folder = Path(f"/proc/{process.pid}")
    pages = int((folder / "statm").read_text().split()[1])
    memory_mb = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    threads, handles = (len(list((folder / name).iterdir())) for name in ("task", "fd"))
    return Held(time.monotonic() - began_s, memory_mb, threads, handles)


def watched(words: Sequence[str], errors: Path) -> tuple[list[Held], int]:
    """Run a command on a terminal that is read; its resources every few seconds, and its exit code."""
    ours, its = pty.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    with errors.open("wb") as stderr:
        process = subprocess.Popen(
            words, stdin=its, stdout=its, stderr=stderr, env={**os.environ, "TERM": "xterm-256color"}
        )
    os.close(its)
    reader = threading.Thread(target=_drain, args=(ours,), daemon=True)
    reader.start()
    began_s, looks = time.monotonic(), []
    try:
        while process.poll() is None:
            with suppress(FileNotFoundError, ProcessLookupError, IndexError):
                looks.append(held(process, began_s))
            with suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_EVERY_S)
    finally:
        process.kill()
        reader.join(5)
        os.close(ours)
    return looks, process.wait()


def _drain(terminal: int) -> None:
    with suppress(OSError):
        while os.read(terminal, 65536):
            pass


def show(looks: list[Held], code: int, records: list[dict[str, Any]], errors: str) -> None:
    """Print the outcome."""
    settled_s = min(SETTLED_S, looks[-1].at_s / 2)
    first, last = next(look for look in looks if look.at_s >= settled_s), looks[-2]
    print(first)
    print(last)
    print(f"memory grew by {last.memory_mb - first.memory_mb:+.1f} MB, exit code {code}")
    readings = [record for record in records if record["type"] == "reading"]
    events = [record for record in records if record["type"] == "event"]
    lost = sum(event["state"] in ("stalled", "lost") for event in events)
    back = sum(event["reason"] == "it is back" for event in events)
    print(f"{len(readings)} readings, {lost} times stalled or lost, {back} times back")
    own = sorted(r["latency_ms"]["total"] - r["latency_ms"]["wait"] for r in readings)
    if own:
        print(
            f"latency without the wait: median {own[len(own) // 2]:.1f} ms, "
            f"99 % {own[round(0.99 * (len(own) - 1))]:.1f} ms, worst {own[-1]:.1f} ms"
        )
    print(f"lines on standard error (an uncaught exception would be one): {len(errors.splitlines())}")
    print(errors, end="")


def main() -> None:
    """Run it and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--fault-every", type=float, default=10.0, metavar="S")
    args = parser.parse_args()
    seconds = 60 * args.minutes
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        faults, readings, errors = (folder / part for part in ("faults.yaml", "live.jsonl", "errors.txt"))
        faults.write_text(schedule(seconds, args.fault_every))
        command = [sys.executable, "-m", "fsrf_live.tools.main", "live", "--media", str(CLIP), "--loop"]
        options = ["--jsonl", str(readings), "--duration", str(seconds)]
        if faults.stat().st_size:
            options += ["--fault", str(faults)]
        looks, code = watched([*command, *options], errors)
        records = [json.loads(line) for line in readings.read_text(encoding="utf-8").splitlines()]
        show(looks, code, records, errors.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
