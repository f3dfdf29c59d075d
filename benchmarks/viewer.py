"""What a long recording costs the viewer: to list, to open, to come back to, and a page that draws it.

    python -m benchmarks.viewer [--hours H]

The records are those of a short session over and over, two readings a second. With Chromium it also measures
how long a page takes to show the recording, and to draw one frame of it.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fsrf_live.stream.flow.clock import NS, MonotonicClock
from fsrf_live.stream.flow.records import as_line
from fsrf_live.stream.recording.recording import RECORDS
from fsrf_live.stream.viewer.desk import Desk
from fsrf_live.stream.viewer.shelf import id_of
from tests.doubles.browser import chromium
from tests.doubles.viewer import record_filmed, viewer_over

PATIENCE_MS = 120_000
_clock = MonotonicClock()


def prolong_records(recording: Path, hours: float) -> None:
    """Let a recording have two readings a second for so long."""
    lines = (recording / RECORDS).read_text(encoding="utf-8").splitlines()
    reading = json.loads(next(line for line in lines if line.startswith('{"type":"reading"')))
    last = 30
    with (recording / RECORDS).open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines[:-1])
        for number in range(last, round(hours * 7200)):
            window, revision = divmod(number, 6)
            more = {"window": window + last, "revision": revision, "final": revision == 5}
            ends = {"start_s": window * 3.0, "end_s": number / 2}
            file.write(as_line({**reading, **more, **ends}) + "\n")
        file.write(as_line({**json.loads(lines[-1]), "duration_s": hours * 3600}) + "\n")


def timed_ms(what: str, work: Callable[[], Any]) -> Any:
    """Do it, and print how long it took."""
    begun_ns, worked_s = _clock.now_ns(), time.process_time()
    done = work()
    spent = f"{1000 * (time.process_time() - worked_s):9.1f} ms of processor"
    print(f"{what:<36}{(_clock.now_ns() - begun_ns) * 1000 / NS:9.1f} ms {spent}")
    return done


def measure_desk(folder: Path, id: str) -> None:
    """What the server does for one page."""
    with closing(Desk(folder)) as desk:
        timed_ms("the list, for the first time", desk.list)
        timed_ms("the list again", desk.list)
        whole = timed_ms("the whole, for the first time", lambda: desk.show(id, None, None))
        timed_ms("the whole again", lambda: desk.show(id, None, None))
        near = timed_ms("a quarter of an hour of it", lambda: desk.show(id, 600.0, 1500.0))
        timed_ms("a picture, sought", lambda: desk.picture(id, 9.0))
        timed_ms("the picture after it", lambda: desk.picture(id, 9.1))
        for name, told in (("the whole", whole), ("a quarter of an hour", near)):
            print(f"{name:<36}{len(as_line(told)) / 1e6:9.2f} MB, {len(told['readings'])} readings")


def measure_page(folder: Path, id: str) -> None:
    """What a browser does with it."""
    with viewer_over(folder) as viewer, chromium() as browser:
        tab = browser.new_page(viewport={"width": 1600, "height": 900})
        tab.goto(viewer.address)
        tab.wait_for_selector("#recordings a")

        def show() -> None:
            tab.goto(f"http://{urlsplit(viewer.address).netloc}/?of={id}")
            tab.wait_for_selector("#length:not(:empty)", timeout=PATIENCE_MS)

        timed_ms("Chromium shows it", show)
        frame_ms = tab.evaluate(
            """async () => {
              const begun = performance.now(), frames = 40;
              for (let n = 0; n < frames; n++) {
                scrub.value = n * 10;
                scrub.dispatchEvent(new Event("input"));
                await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
              }
              return (performance.now() - begun) / frames;
            }"""
        )
        print(f"{'Chromium draws a moment, two frames':<36}{frame_ms:9.1f} ms")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--hours", type=float, default=3.0)
    hours = parser.parse_args().hours
    with tempfile.TemporaryDirectory() as place:
        recording = Path(place) / "long"
        record_filmed(recording)
        prolong_records(recording, hours)
        print(f"{hours:g} h, {(recording / RECORDS).stat().st_size / 1e6:.0f} MB of records")
        measure_desk(Path(place), id_of(recording))
        measure_page(Path(place), id_of(recording))


if __name__ == "__main__":
    main()
