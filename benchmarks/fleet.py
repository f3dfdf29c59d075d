"""A fleet whose workers are killed and stopped at random: how soon streams go on, and whether laws were kept.

chrt -r 1 python -m benchmarks.fleet [--minutes M] [--seed S] [--workers 4] [--streams 8] [--media FILE]

Sessions cost nothing, so that the figures are those of the fleet; with `--media` they are real ones, which
play that file. A take-over is the time from the kill to the first reading of each stream that was lost.
"""

import argparse
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from fsrf_live.tools.fleet.client import FleetClient
from tests.doubles.hive import Hearer, Hive, HiveWorker, hive, listed
from tests.doubles.waiting import until

KINDS = ("SIGKILL", "SIGSTOP")
LONGEST_S = 20.0
STOPPED_S = 13.0
"""Zenoh gives up a link after 10 s: who wakes later must connect anew."""


@dataclass
class Figures:
    """What was measured and counted; `broken` are laws, by the moment at which they were."""

    take_over_s: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    disturbances: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


class Rig:
    """Workers, streams, and who disturbs them."""

    def __init__(self, fleet: Hive, args: argparse.Namespace) -> None:
        self._fleet, self._args = fleet, args
        self._chance = random.Random(args.seed)
        self.figures = Figures()
        for _ in range(args.workers):
            self._begin()
        self._client: FleetClient = fleet.client()
        self._hearer: Hearer = fleet.hearer()
        self._names: list[str] = []
        self._settle()
        spec = json.dumps({"media": args.media, "loop": True} if args.media else {})
        self._names = [f"s{number}" for number in range(args.streams)]
        for name in self._names:
            self._client.ask("add", name, spec=spec)
        self._settle()

    def disturb(self) -> None:
        """Kill or stop a worker that has streams, and wait until all of them go on elsewhere."""
        kind = self._chance.choice(KINDS)
        owners = {name: str(s["worker"]) for name, s in self._streams().items() if s["worker"]}
        victim = self._fleet.called(self._chance.choice(sorted(set(owners.values()))))
        lost = [name for name, owner in owners.items() if owner == victim.name]
        time.sleep(self._chance.random())
        since_s = time.monotonic()
        victim.signal(signal.Signals[kind])
        self.figures.disturbances[kind] += 1
        until(lambda: all(self._gone_on(name, victim, since_s) for name in lost), LONGEST_S)
        for name in lost:
            on_s = self._gone_on(name, victim, since_s)
            if on_s is None:
                now = self._streams().get(name)
                law = f"nothing of {name} came for {LONGEST_S} s after {kind} of {victim.name}"
                self.figures.broken.append(f"{law}; it is {now}")
            else:
                self.figures.take_over_s[kind].append(on_s - since_s)
        self._restore(kind, victim, since_s)

    def _restore(self, kind: str, victim: HiveWorker, since_s: float) -> None:
        if kind == "SIGSTOP":
            time.sleep(max(0.0, since_s + self._chance.uniform(3.0, STOPPED_S) - time.monotonic()))
            woken_s = time.monotonic()
            victim.signal(signal.SIGCONT)
            self._settle()
            stale = [
                r for r in self._hearer.all_readings(woken_s) if _is_stale(r.values, victim, self._streams())
            ]
            self.figures.broken += [f"{r.values['id']} came after {victim.name} woke" for r in stale]
        else:
            victim.process.wait()
            self._fleet.workers.remove(victim)
            self._begin()
            self._settle()

    def check(self) -> None:
        """Look at the laws as they stand now."""
        self.figures.broken += [f"{name} came twice" for name in self._hearer.twice]
        workers, streams = listed(self._client)
        self.figures.lost = [name for name in self._names if name not in streams]
        most = self._args.most
        self.figures.broken += [f"{w['worker']} runs {w['streams']}" for w in workers if w["streams"] > most]
        waiting = [name for name, stream in streams.items() if stream["state"] == "waiting"]
        if waiting and len(streams) <= most * len(workers):
            self.figures.broken.append(f"{waiting} wait though there is room")

    @property
    def readings(self) -> int:
        """How many came."""
        return len(self._hearer.all_readings(0.0))

    def _begin(self) -> None:
        real = self._args.media is not None
        most = ["--max-streams" if real else "--most", str(self._args.most), "--max-load", "1"]
        self._fleet.begin(*most, real=real)

    def _settle(self) -> None:
        """Wait until all workers are there and all streams run."""
        wanted = len(self._fleet.workers)

        def settled() -> bool:
            workers, streams = listed(self._client)
            joined = sum(worker["joined"] for worker in workers)
            running = [s for s in streams.values() if s["state"] == "running"]
            return joined >= wanted and len(running) == len(self._names)

        if not until(settled, 60.0, 0.2):
            self.figures.broken.append(f"the fleet does not settle: {listed(self._client)}")

    def _streams(self) -> Mapping[str, Mapping[str, Any]]:
        return listed(self._client)[1]

    def _gone_on(self, name: str, victim: HiveWorker, since_s: float) -> float | None:
        return self._hearer.first_by(name, victim.name, since_s)


def _is_stale(
    reading: Mapping[str, Any], woken: HiveWorker, streams: Mapping[str, Mapping[str, Any]]
) -> bool:
    """Whether a worker that woke said something of a stream in an epoch that is not the newest."""
    newest = int(str(streams[reading["stream"]].get("epoch", "0-")).partition("-")[0])
    return reading["worker"] == woken.name and int(reading["epoch"].partition("-")[0]) < newest


def report(figures: Figures) -> Iterator[str]:
    """The lines that are printed."""
    for kind, times_s in figures.take_over_s.items():
        if times_s:
            p50, p99, most = np.percentile(times_s, [50, 99, 100])
            counts = f"{figures.disturbances[kind]} {kind}, {len(times_s)} streams went on"
            yield f"{counts} after p50 {p50:.2f}, p99 {p99:.2f}, max {most:.2f} s"
    for law in figures.broken:
        yield f"BROKEN: {law}"
    yield f"LOST: {', '.join(figures.lost)}" if figures.lost else "no stream was lost"
    yield "all laws kept" if not figures.broken else f"{len(figures.broken)} times a law was broken"


def main() -> int:
    """Measure and print; 1 if a stream was lost, or another law broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--streams", type=int, default=8)
    parser.add_argument("--most", type=int, default=6)
    parser.add_argument("--media", type=lambda name: str(Path(name).resolve()))
    args = parser.parse_args()
    with hive() as fleet:
        rig = Rig(fleet, args)
        until_s = time.monotonic() + 60 * args.minutes
        while time.monotonic() < until_s and not rig.figures.lost:
            rig.disturb()
            rig.check()
        print(f"{args.workers} workers, {args.streams} streams, {args.minutes:g} minutes, seed {args.seed}:")
        print(f"{rig.readings} readings; load {os.getloadavg()[0]:.1f}")
        for line in report(rig.figures):
            print(line)
    return 1 if rig.figures.lost or rig.figures.broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
