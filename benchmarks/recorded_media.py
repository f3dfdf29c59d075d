"""The cost of recording raw media, and how much a kill loses: 640x480 at 30 pictures a second, and sound.

    python -m benchmarks.recorded_media [--seconds N] [--kills N] [--blur]

Prints the writer's CPU, how long a capture thread waits, the size, and how much is missing after each kill.
With `--blur` faces are blurred.
"""

import argparse
import logging
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from itertools import count, islice
from pathlib import Path

import cv2
import numpy as np

from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.stream.flow.clock import NS, MonotonicClock
from fsrf_live.stream.flow.items import Frame, Item, Samples
from fsrf_live.stream.recording.media import MEDIA, recorded_sound
from fsrf_live.stream.recording.media_recorder import MediaRecorder
from fsrf_live.stream.recording.searching import FaceSearch
from fsrf_live.stream.sources.decoding import decode_frames

CLIP = Path(__file__).parent.parent / "demo" / "demo.mp4"
SIZE = (640, 480)
PICTURES_HZ, BLOCKS_HZ, RATE_HZ = 30, 50, 16_000


class Devices:
    """Two threads that deliver pictures and sound at the pace of a camera and a microphone."""

    def __init__(self, recorder: MediaRecorder) -> None:
        self.puts_s: list[float] = []
        self._recorder = recorder
        self._over = threading.Event()
        self._pictures = [_sized(frame) for frame in islice(decode_frames(CLIP), 60)]
        self._sound = np.random.default_rng(0).uniform(-0.3, 0.3, RATE_HZ // BLOCKS_HZ).astype(np.float32)
        self._threads = [
            threading.Thread(target=self._drive, args=(PICTURES_HZ, self._picture), daemon=True),
            threading.Thread(target=self._drive, args=(BLOCKS_HZ, self._block), daemon=True),
        ]

    def start(self) -> None:
        """Begin to deliver."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop delivering."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _drive(self, rate_hz: int, make: Callable[[int, int], Item]) -> None:
        began = time.monotonic()
        for number in count():
            if self._over.wait(max(0.0, began + number / rate_hz - time.monotonic())):
                return
            item = make(number, time.monotonic_ns())
            before = time.perf_counter()
            self._recorder.put(item)
            self.puts_s.append(time.perf_counter() - before)

    def _picture(self, number: int, now_ns: int) -> Frame:
        return Frame(now_ns, self._pictures[number % len(self._pictures)])

    def _block(self, number: int, now_ns: int) -> Samples:
        return Samples(now_ns - NS // BLOCKS_HZ, self._sound)


def record(folder: Path, seconds: float, search: FaceSearch | None) -> None:
    """Record for some seconds, and print the cost."""
    recorder, over, used_s = MediaRecorder(folder, MonotonicClock(), search), threading.Event(), [0.0]

    def work() -> None:
        recorder.run(frozenset(MODALITIES), over)
        used_s[0] = time.thread_time()

    devices, writer = Devices(recorder), threading.Thread(target=work)
    writer.start()
    devices.start()
    over.wait(seconds)
    devices.stop()
    over.set()
    writer.join()
    size = (folder / MEDIA).stat().st_size
    puts_us = 1e6 * np.array(devices.puts_s)
    print(f"CPU of the writer: {100 * used_s[0] / seconds:.1f} % of a core")
    print(f"a capture thread waits: {np.median(puts_us):.0f} us p50, {np.percentile(puts_us, 99):.0f} us p99")
    print(f"left out: {recorder.drops} of {len(puts_us)} items")
    print(f"size: {size / seconds / 1e6:.2f} MB a second, {3600 * size / seconds / 1e9:.1f} GB an hour")


def lost_s(folder: Path, chance: random.Random, *, blur: bool) -> tuple[float, float]:
    """Kill a recording at a random moment; returns the seconds of pictures and of sound that are missing."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.recorded_media",
        "--into",
        str(folder),
        *(["--blur"] if blur else []),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while not (folder / MEDIA).exists():
            time.sleep(0.01)
        time.sleep(chance.uniform(0.5, 3.0))
        killed_ns = time.monotonic_ns()
        process.kill()
    sound = list(recorded_sound(folder / MEDIA))
    origin_ns = sound[0].time_ns
    *_, last = decode_frames(folder / MEDIA)
    return (killed_ns - origin_ns - last.time_ns) / NS, (killed_ns - sound[-1].end_ns) / NS


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--blur", action="store_true")
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    search = FaceSearch() if args.blur else None
    if args.into is not None:
        record(args.into, 600.0, search)
        return
    with tempfile.TemporaryDirectory() as folder:
        record(Path(folder), args.seconds, search)
    logging.disable(logging.WARNING)
    chance, losses = random.Random(1), []
    for _ in range(args.kills):
        with tempfile.TemporaryDirectory() as folder:
            losses.append(lost_s(Path(folder), chance, blur=args.blur))
    for name, values in zip(("pictures", "sound"), np.array(losses).T, strict=True):
        print(f"lost of the {name} by a kill: {np.median(values):.2f} s p50, {values.max():.2f} s at most")


def _sized(frame: Frame) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    return np.asarray(cv2.resize(frame.image, SIZE), np.uint8)


if __name__ == "__main__":
    main()
