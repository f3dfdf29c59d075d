"""The face path against the frame rate: what a faster camera costs, with and without choosing frames.

python -m benchmarks.faces [--media FILE] [--seconds S] [--rounds N]
"""

import argparse
import itertools
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fsrf_live.stream.features.face import MeshFaceExtractor
from fsrf_live.stream.flow.items import Frame
from fsrf_live.stream.sources.decoding import decode_frames

DEMO = Path(__file__).parent.parent / "demo" / "demo.mp4"
RATES_HZ = (10, 15, 25, 30, 60)
EVERY_FRAME_HZ = 1000.0
NS = 1_000_000_000


def cpu_seconds(images: list[NDArray[np.uint8]], rate_hz: int, wanted_hz: float, seconds: float) -> float:
    """CPU seconds per second of a camera of `rate_hz` that shows these pictures one after the other."""
    extractor = MeshFaceExtractor(wanted_hz)
    extractor.extract(Frame(0, images[0]))
    began = time.process_time()
    for number, image in enumerate(itertools.islice(itertools.cycle(images), round(seconds * rate_hz))):
        frame = Frame(NS + number * NS // rate_hz, image)
        if extractor.wants(frame.time_ns):
            extractor.extract(frame)
    used_s = time.process_time() - began
    extractor.close()
    return used_s / seconds


def main() -> None:
    """Print one line a frame rate; the two ways run alternately."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--media", type=Path, default=DEMO)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    images = [frame.image for frame in itertools.islice(decode_frames(options.media), 100)]
    wanted_hz = MeshFaceExtractor().rate_hz
    for rate_hz in RATES_HZ:
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(options.rounds):
            for way, wanted in enumerate((wanted_hz, EVERY_FRAME_HZ)):
                times[way].append(cpu_seconds(images, rate_hz, wanted, options.seconds))
        chosen, every = (float(np.median(way)) for way in times)
        print(
            f"camera of {rate_hz} frames a second: {chosen:.3f} CPU seconds a second, "
            f"{every / chosen:.1f} times less than a mesh of every frame ({every:.3f})"
        )


if __name__ == "__main__":
    main()
