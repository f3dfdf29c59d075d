"""When a flash with a click was, in a clip that is played as devices: by LSL, by CSV, and in truth.

    python -m benchmarks.flash [--rounds N]

The clip is black and silent for a second. The first picture that is not black and the first sound make their
sources live, and the first reading tells where the sound begins. The times of these are compared with the
moment at which the clip flashes, by LSL's clock and by the wall clock.
"""

import argparse
import csv
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
import numpy as np
import pylsl

from fsrf_live.stream.flow.clock import NS, Epoch, MonotonicClock
from fsrf_live.stream.flow.sinks import open_sinks
from fsrf_live.stream.live.parts import Makers, Sources
from fsrf_live.stream.live.session import LiveSession
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.sinks.flat import CHANNELS
from fsrf_live.stream.sources.opening import open_media
from tests.doubles.fakes import FakeEngine, FakeFaces, FakeTextEncoder, FakeVoices

FLASH_S, CLIP_S = 1.0, 2.0
PICTURES_HZ, SOUND_HZ = 50, 16_000
ASKED_MS = 20.0
LOOKS_S = 5.0


@dataclass(frozen=True, slots=True)
class Told:
    """By how many ms a stamp is late, and of what it is."""

    of: str
    late_ms: float


def write_clip(path: Path) -> Path:
    """Black and silent, then white with noise."""
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, round(CLIP_S * SOUND_HZ)).astype(np.float32)
    noise[: round(FLASH_S * SOUND_HZ)] = 0.0
    with av.open(str(path), "w") as container:
        video = container.add_stream("ffv1", rate=PICTURES_HZ)
        video.width, video.height, video.pix_fmt = 64, 48, "bgr0"
        audio = container.add_stream("pcm_s16le", rate=SOUND_HZ, layout="mono")
        for number in range(round(CLIP_S * PICTURES_HZ)):
            level = 0 if number < FLASH_S * PICTURES_HZ else 255 - number % 2
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), level, np.uint8), format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, PICTURES_HZ)
            container.mux(video.encode(frame))
        samples = (noise * 32_767).astype(np.int16)
        for start in range(0, len(samples), SOUND_HZ // 50):
            block = av.AudioFrame.from_ndarray(samples[None, start : start + SOUND_HZ // 50], "s16", "mono")
            block.sample_rate, block.pts = SOUND_HZ, start
            container.mux(audio.encode(block))
        for stream in (video, audio):
            container.mux(stream.encode(None))
    return path


def play(clip: Path, folder: Path) -> Iterator[Told]:
    """Play it once; yield what each sink told of the flash and of the click."""
    clock, name, table = MonotonicClock(), f"flash-{uuid.uuid4()}", folder / "flash.csv"
    epoch = Epoch(clock)
    media = open_media(clip, clock, epoch)
    assert media.video is not None
    assert media.audio is not None
    sources = Sources(replace(media.video, kind="device"), replace(media.audio, kind="device"), epoch=epoch)
    makers = Makers(lambda: Analyst(FakeEngine(), FakeTextEncoder(), clock), FakeFaces, FakeVoices)
    session = LiveSession(
        sources, makers, clock, open_sinks([f"lsl:{name}", f"csv:{table}"]), duration_s=CLIP_S
    )
    markers, readings = _inlet(f"{name}-markers"), _inlet(name)
    session.start()
    session.wait()
    session.stop()
    ago_s = (clock.now_ns() - epoch.fix()) / NS - FLASH_S
    by_lsl_s, by_wall_s = pylsl.local_clock() - ago_s, clock.wall_ns() / NS - ago_s
    for of, at_s in (*_by_lsl(markers, readings), *_by_csv(table)):
        yield Told(of, (at_s - (by_lsl_s if of.startswith("LSL") else by_wall_s)) * 1e3)


def _inlet(name: str) -> Any:
    inlet = pylsl.StreamInlet(pylsl.resolve_byprop("name", name, timeout=LOOKS_S)[0])
    inlet.open_stream(LOOKS_S)
    return inlet


def _by_lsl(markers: Any, readings: Any) -> Iterator[tuple[str, float]]:
    for (marker,), at_s in _pulled(markers):
        source, state = marker.partition(":")[0].split()
        if state == "live":
            yield f"LSL, {source}", at_s
    for numbers, at_s in islice(_pulled(readings), 1):
        told = dict(zip(CHANNELS, numbers, strict=True))
        yield "LSL, reading", _onset_s(at_s, told["start_s"], told["end_s"])


def _pulled(inlet: Any) -> Iterator[tuple[Any, float]]:
    while (heard := inlet.pull_sample(0.2))[0] is not None:
        yield heard


def _by_csv(table: Path) -> Iterator[tuple[str, float]]:
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["state"] == "live":
            yield f"CSV, {row['source']}", _seconds(row["time"])
    first = next(row for row in rows if row["type"] == "reading")
    yield "CSV, reading", _onset_s(_seconds(first["time"]), float(first["start_s"]), float(first["end_s"]))


def _onset_s(at_s: float, start_s: float, end_s: float) -> float:
    """Where the window of a reading begins: with the sound, for before it the microphone was stalled."""
    return at_s - (end_s - start_s)


def _seconds(time: str) -> float:
    return datetime.strptime(time, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC).timestamp()


def main() -> None:
    """Print the worst and the median for each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        clip = write_clip(Path(name) / "flash.mkv")
        told = [each for _ in range(options.rounds) for each in play(clip, Path(name))]
    for of in sorted({each.of for each in told}):
        late = [each.late_ms for each in told if each.of == of]
        worst = max(late, key=abs)
        print(
            f"{of}: median {np.median(late):+.1f}, worst {worst:+.1f} ms of {len(late)} (asked: {ASKED_MS:g})"
        )


if __name__ == "__main__":
    main()
