"""Unplug real devices again and again: how soon it is noticed, how soon they are back, what is left over.

    python -m benchmarks.outages [CYCLES]

The camera is a motion JPEG server on 127.0.0.1, the microphone a private PulseAudio server. "Noticed"
counts from the last new item to the first change of state (a busy sound server takes its time to let a
source go, and gives sound meanwhile), "back" from the device being there again to the first new item (a null
sink of PulseAudio takes two seconds to give its first sound).
"""

import os
import resource
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from stream.capture import Capture
from stream.clock import NS, MonotonicClock
from stream.items import Item, State
from stream.sources.camera import Camera
from stream.sources.microphone import Microphone
from stream.sources.source import Source
from stream.supervision import Change, Role
from tests.support.mjpeg import MjpegServer
from tests.support.pulse import PulseServer, missing, pulse_server
from tests.support.waiting import until

LONGEST_S = 20.0
NOISE = (np.random.default_rng(0).standard_normal(16_000 * 30) * 0.1).astype(np.float32)


@dataclass
class Outage:
    """A way to take a device away and to bring it back."""

    name: str
    begin: Callable[[], object]
    end: Callable[[], object]
    noticed_s: list[float] = field(default_factory=list)
    back_s: list[float] = field(default_factory=list)
    missed: int = 0


class Watch:
    """A capture, and when it last changed its state."""

    def __init__(self, role: Role, make: Callable[[MonotonicClock], Source]) -> None:
        self.changes: list[Change] = []
        self._items_ns: deque[int] = deque(maxlen=1000)
        clock = MonotonicClock()
        self.capture = Capture(lambda: make(clock), role, clock, self._take, self.changes.append)
        self.capture.start()

    def _take(self, item: Item) -> None:
        self._items_ns.append(time.monotonic_ns())

    def last_item_ns(self, before_ns: int) -> int:
        """When the last new item before a moment came in; 0 where there was none."""
        return max((at for at in list(self._items_ns) if at < before_ns), default=0)

    def next_change(self, since_ns: int, wanted: Callable[[State], bool]) -> float | None:
        """Wait for the first change after `since_ns` into a wanted state; seconds until then."""
        found: list[Change] = []

        def look() -> bool:
            found[:] = [c for c in self.changes if c.time_ns >= since_ns and wanted(c.state)]
            return bool(found)

        return (found[0].time_ns - since_ns) / NS if until(look, LONGEST_S) else None


def cycle(outage: Outage, watch: Watch) -> None:
    """Take the device away and bring it back, once."""
    until(lambda: watch.changes[-1].state is State.LIVE, LONGEST_S)
    start_ns = time.monotonic_ns()
    outage.begin()
    noticed = watch.next_change(start_ns, lambda state: state is not State.LIVE)
    if noticed is not None:
        noticed_ns = start_ns + round(noticed * NS)
        noticed = (noticed_ns - max(start_ns, watch.last_item_ns(noticed_ns))) / NS
    end_ns = time.monotonic_ns()
    outage.end()
    back = watch.next_change(end_ns, lambda state: state is State.LIVE)
    if noticed is None or back is None:
        outage.missed += 1
        return
    outage.noticed_s.append(noticed)
    outage.back_s.append(back)


def run(role: Role, make: Callable[[MonotonicClock], Source], outages: list[Outage], cycles: int) -> None:
    """Run all outages of one device and print what came of them."""
    watch = Watch(role, make)
    until(lambda: bool(watch.changes), LONGEST_S)
    for outage in outages:
        cycle(outage, watch)
        before = left_over()
        for _ in range(cycles - 1):
            cycle(outage, watch)
        after = left_over()
        grown = ", ".join(
            f"{name} {b - a:+d}" for (name, a), b in zip(before.items(), after.values(), strict=True)
        )
        print(
            f"{role} {outage.name}: noticed {spread(outage.noticed_s)}, back {spread(outage.back_s)}, "
            f"missed {outage.missed} of {cycles}; {grown}",
            flush=True,
        )
    watch.capture.stop(10)


def spread(seconds: list[float]) -> str:
    """Median, 99th percentile and maximum."""
    if not seconds:
        return "never"
    return f"{np.median(seconds):.2f}/{np.percentile(seconds, 99):.2f}/{max(seconds):.2f} s"


def left_over() -> dict[str, int]:
    """Count what may leak."""
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    handles = len(list(Path("/proc/self/fd").iterdir()))
    return {"threads": threading.active_count(), "handles": handles, "peak MB": peak_mb}


def bring_back(server: PulseServer, how: Callable[[], object]) -> None:
    """Bring the sound back, with something to hear."""
    how()
    server.play(NOISE)


def main() -> None:
    """Run everything."""
    cycles = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    camera = MjpegServer()
    camera.start()
    outages = [
        Outage("killed", camera.stop, camera.start),
        Outage("hung", camera.hang, lambda: camera.hang(False)),
        Outage("frozen", camera.repeat, lambda: camera.repeat(False)),
    ]
    run("camera", lambda clock: Camera(camera.url, clock), outages, cycles)
    camera.stop()
    if missing():
        print(missing())
        return
    with pulse_server() as server:
        os.environ.update(server.environment)
        server.play(NOISE)
        outages = [
            Outage("unplugged", server.unplug, lambda: bring_back(server, server.plug)),
            Outage("server killed", server.kill, lambda: bring_back(server, server.start)),
            Outage("server stopped", server.pause, lambda: bring_back(server, server.resume)),
        ]
        run("mic", lambda clock: Microphone("pulse", clock), outages, cycles)


if __name__ == "__main__":
    main()
