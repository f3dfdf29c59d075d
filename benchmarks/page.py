"""What the page costs: processor time a viewer, how late a reading is on it, what a browser's camera takes.

    python -m benchmarks.page [--seconds S] [--viewers N] [--hours H]

A scripted session tells two readings a second and how it stands four times a second. Viewers are programs in
a process of their own; the processor time is that of the session's process, with and without them. If there
is a Chromium, a browser is asked too: when it first painted, and when a reading was on it. Then it is the
camera and the microphone: timed is from the capture of a picture (as the browser says, put on our clock) to
when it was decoded here, alone and while the page shows the picture too. At the end so many
hours are told as fast as a viewer takes them, and memory is looked at after each. `--seconds 0`: only that.
"""

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Origin

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import NS, MonotonicClock
from fsrf_live.stream.flow.items import Frame, Item, Looked
from fsrf_live.stream.flow.records import Reading, timed
from fsrf_live.stream.page.guard.place import place_of
from fsrf_live.stream.page.server import PageServer
from fsrf_live.stream.sources.added import SourceMaker
from fsrf_live.stream.sources.source import SourceSpec
from fsrf_live.stream.supervision.capture import Capture
from tests.doubles.browser import ALLOWED, chromium
from tests.doubles.mosquitto import free_port
from tests.doubles.page import STEP_S, FakeLive, cookie_of
from tests.doubles.records import PAIR
from tests.doubles.scripted import scripted_reading

ASKED_CPU, ASKED_MS, ASKED_PAINT_MS = 0.05, 100.0, 1000.0
CAMERA_30_HZ = ("--use-fake-device-for-media-stream=fps=30",)
WARM_UP = 30
"""Pictures before the first that counts: the clock of the browser is known by then."""
READINGS_AN_HOUR = 7200
Arrivals = dict[int, int]
"""By the number of a window: nanoseconds of the monotonic clock, which all processes of a machine share."""


def reading(number: int) -> Reading:
    """One whose number can be told on the page."""
    moment = scripted_reading(1.0 + number % 60)
    return timed(replace(moment, window=number, end_s=number * STEP_S, start_s=number * STEP_S - 1), PAIR, 0)


@contextlib.contextmanager
def serving() -> Iterator[PageServer]:
    """A page of the scripted session."""
    live, page = FakeLive(), PageServer(place_of(str(free_port()), None, None))
    with contextlib.closing(page):
        page.show(live.snapshot, live)
        yield page


def way_to(address: str) -> Any:
    """A connection as of a browser that opens the address."""
    host, headers = urlsplit(address).netloc, {"Cookie": cookie_of(address)}
    origin = Origin(f"http://{host}")
    return partial(connect, f"ws://{host}/feed", origin=origin, additional_headers=headers, max_size=None)


async def watch(address: str, viewers: int, last: int, ready: Callable[[], None]) -> list[Arrivals]:
    """Look until the reading `last` has come; for each viewer when each came."""
    way, here = way_to(address), 0

    async def one() -> Arrivals:
        nonlocal here
        came: Arrivals = {}
        async with way() as viewer:
            async for message in viewer:
                now_ns = time.monotonic_ns()
                if message.startswith('{"type":"hello"'):
                    here += 1
                    if here == viewers:
                        ready()
                elif message.startswith('{"type":"reading"'):
                    came[json.loads(message)["window"]] = now_ns
                    if last in came:
                        break
        return came

    return list(await asyncio.gather(*(one() for _ in range(viewers))))


def watch_apart(address: str, viewers: int, last: int, told: "Queue[Any]") -> None:
    """`watch` in a process of its own; says when it is ready, then what came."""
    told.put(asyncio.run(watch(address, viewers, last, lambda: told.put(None))))


def emit_for(page: PageServer, first: int, seconds: float) -> tuple[Arrivals, float]:
    """Tell readings for so long; when each was emitted, and processor seconds of this process a second."""
    clock, at, used = MonotonicClock(), {}, time.process_time()
    begun_ns = clock.now_ns()
    for number in range(first, first + round(seconds / STEP_S)):
        at[number] = clock.now_ns()
        page.emit(reading(number))
        clock.sleep(STEP_S)
    return at, (time.process_time() - used) / ((clock.now_ns() - begun_ns) / NS)


def with_viewers(viewers: int, seconds: float) -> None:
    """Print what they cost and how late they are told."""
    context = multiprocessing.get_context("spawn")
    told: Queue[Any] = context.Queue()
    first = 1_000_000
    last = first + round(seconds / STEP_S) - 1
    with serving() as page:
        _, alone = emit_for(page, 0, seconds)
        apart = context.Process(target=watch_apart, args=(page.address, viewers, last, told))
        apart.start()
        told.get()
        at, used = emit_for(page, first, seconds)
        came = told.get()
        apart.join()
    late_ms = [(arrived[number] - at[number]) / 1e6 for arrived in came for number in at]
    print(f"without viewers {alone:.4f} CPU s/s, with {viewers} {used:.4f}")
    print(f"a viewer: {(used - alone) / viewers:.4f} CPU s/s (asked: {ASKED_CPU:g})")
    print(f"from emission to {viewers} viewers: {_line(late_ms)}", flush=True)


def in_a_browser(seconds: float) -> None:
    """Print when Chromium first painted, and how late readings are on the page."""
    with serving() as page, chromium() as browser:
        tab = browser.new_page()
        tab.goto(page.address)
        page.emit(reading(0))
        tab.wait_for_selector("#plot canvas")
        tab.evaluate(_NOTE_ARRIVALS)
        at: dict[int, float] = {}
        for number in range(1, 1 + round(seconds / STEP_S)):
            at[number] = time.time()
            page.emit(reading(number))
            tab.wait_for_timeout(1000 * STEP_S)
        came = {int(number): ms for number, ms in tab.evaluate("window.came").items()}
        painted = tab.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    late_ms = [came[number] - 1000 * at[number] for number in at if number in came]
    print(f"Chromium first painted after {painted:.0f} ms (asked: {ASKED_PAINT_MS:g})")
    print(f"from emission to its screen: {_line(late_ms)} (p95 asked: {ASKED_MS:g})", flush=True)


def as_a_camera(seconds: float, *, shown: bool) -> None:
    """Print how late pictures of a browser's camera are here; `shown`, while the page shows them as well."""
    clock, late_ms, blocks = MonotonicClock(), list[float](), list[Item]()
    page = PageServer(place_of(str(free_port()), None, None), ("camera", "mic"))
    live = FakeLive()

    def come(item: Item) -> None:
        if isinstance(item, Frame):
            late_ms.append((clock.now_ns() - item.time_ns) / 1e6)
            page.see(Looked(item, None, None, 0))
        else:
            blocks.append(item)

    makers: tuple[tuple[Modality, SourceMaker], ...] = (("video", page.camera), ("audio", page.microphone))
    specs = [SourceSpec("added", modality, "browser", partial(make, clock)) for modality, make in makers]
    captures = [Capture(spec, clock, come, lambda _: None) for spec in specs]
    with contextlib.closing(page), chromium(*CAMERA_30_HZ, *ALLOWED) as browser:
        page.show(live.snapshot, live)
        tab = browser.new_page()
        tab.goto(page.address)
        for capture in captures:
            capture.start()
        for role in ("camera", "mic"):
            tab.click(f"[data-lend={role}] button")
        if shown:
            tab.click("#see")
        tab.wait_for_timeout(1000 * (seconds + 3))
        for capture in captures:
            capture.stop()
    timed_ms = late_ms[WARM_UP:]
    what = "and shown there" if shown else "alone"
    pictures_hz, blocks_hz = (len(came) / (seconds + 3) for came in (late_ms, blocks))
    print(f"from a browser's camera to here, {what}: {_line(timed_ms)}")
    print(f"it gave {pictures_hz:.1f} pictures and {blocks_hz:.1f} blocks of sound a second", flush=True)


_NOTE_ARRIVALS = r"""() => {
  const place = document.getElementById("window");
  window.came = {};
  new MutationObserver(() => {
    const number = /window (\d+)/.exec(place.textContent)?.[1];
    window.came[number] ??= performance.timeOrigin + performance.now();
  }).observe(place, { childList: true, characterData: true, subtree: true });
}"""


async def for_hours(hours: int) -> None:
    """Print the memory of this process, one viewer in it, after each hour."""
    used = []
    with serving() as page:
        async with way_to(page.address)() as viewer:
            for number in range(hours * READINGS_AN_HOUR):
                page.emit(reading(number))
                while f'"window":{number},' not in await viewer.recv():
                    pass
                if (number + 1) % READINGS_AN_HOUR == 0:
                    used.append(_memory_mb())
    print(f"memory after each of {hours} h, in MB: {' '.join(f'{each:.1f}' for each in used)}")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--viewers", type=int, default=10)
    parser.add_argument("--hours", type=int, default=8)
    options = parser.parse_args()
    if options.seconds > 0:
        with_viewers(options.viewers, options.seconds)
        try:
            in_a_browser(options.seconds)
            as_a_camera(options.seconds, shown=False)
            as_a_camera(options.seconds, shown=True)
        except pytest.skip.Exception as reason:
            print(f"no browser: {reason}")
    asyncio.run(for_hours(options.hours))


def _memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _line(values: Sequence[float]) -> str:
    p50, p95, p99 = np.percentile(values, (50, 95, 99))
    return f"p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f} ms of {len(values)}"


if __name__ == "__main__":
    main()
