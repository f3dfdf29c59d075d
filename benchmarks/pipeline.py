"""The pipeline against the simple loop that one would write first: read, mesh, hear, encode, infer, print.

python -m benchmarks.pipeline [--media FILE] [--checkpoint FILE] [--rounds N]

Both give readings at the same rate and print them. The loop does one after the other in one thread, for each
frame of the file, and caches no encoded sentence.
"""

import argparse
import io
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.faces import DEMO, EVERY_FRAME_HZ
from fsrf_live.engines.common.contract import Engine, TextEncoder
from fsrf_live.engines.select import select_engine
from fsrf_live.engines.text.select import build_text_encoder, load_text_encoder
from fsrf_live.fsrf.common.checkpoint import default_checkpoint
from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.stream.clips.job import Job, OfflineMakers
from fsrf_live.stream.clips.offline import Offline
from fsrf_live.stream.features.face import MeshFaceExtractor, MeshStillExtractor
from fsrf_live.stream.features.sound.voice import ProsodyVoiceExtractor
from fsrf_live.stream.flow.clock import NS, MonotonicClock
from fsrf_live.stream.flow.items import FaceFeatures, VoiceFeatures, Words
from fsrf_live.stream.flow.records import encode
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.sources.captions import captions_beside, read_captions
from fsrf_live.stream.sources.decoding import decode_frames, decode_samples
from fsrf_live.stream.windows.window import Presence, Window

Way = Callable[[], int]


def pipeline(media: Path, words: list[Words], engine: Engine, encoder: TextEncoder) -> int:
    """What `fsrf analyze` does; returns the number of readings."""
    clock = MonotonicClock()
    makers = OfflineMakers(faces=MeshFaceExtractor, voices=ProsodyVoiceExtractor, stills=MeshStillExtractor)
    offline = Offline(Analyst(engine, encoder, clock), makers, clock)
    out = io.StringIO()
    return sum(1 for record in offline.analyze(Job(media, words)) if print(encode(record), file=out) is None)


def naive(media: Path, words: list[Words], engine: Engine, encoder: TextEncoder) -> int:
    """The loop; returns the number of readings."""
    settings, clock, out = WindowSettings(), MonotonicClock(), io.StringIO()
    mesh, voice = MeshFaceExtractor(EVERY_FRAME_HZ), ProsodyVoiceExtractor()
    blocks = iter(decode_samples(media))
    faces: list[FaceFeatures] = []
    voices: list[VoiceFeatures] = []
    heard_ns = read_ns = count = 0
    for frame in decode_frames(media):
        faces += mesh.extract(frame)
        while heard_ns < frame.time_ns and (block := next(blocks, None)) is not None:
            heard_ns = block.end_ns
            voices += voice.push(block)
        if frame.time_ns - read_ns < settings.partial_every_s * NS:
            continue
        read_ns = frame.time_ns
        start_ns = max(0, read_ns - round(settings.fixed_s * NS))
        window = Window(
            count, 0, False, start_ns, read_ns, read_ns, 0,
            tuple(each for each in faces if each.time_ns >= start_ns),
            tuple(each for each in voices if each.time_ns >= start_ns),
            tuple(each for each in words if start_ns <= each.end_ns <= read_ns),
            {m: Presence(1.0, None) for m in MODALITIES},
        )  # fmt: skip
        print(encode(Analyst(engine, encoder, clock).read(window, 0, clock.now_ns())), file=out)
        count += 1
    mesh.close()
    return count


def timed(way: Way) -> tuple[float, float, int]:
    """Seconds by the wall clock, seconds of CPU, and readings."""
    began, used = time.perf_counter(), _cpu_s()
    readings = way()
    return time.perf_counter() - began, _cpu_s() - used, readings


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Run both alternately and print the ratios of the medians."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--media", type=Path, default=DEMO)
    parser.add_argument("--checkpoint", type=Path, default=default_checkpoint())
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    build_text_encoder(options.checkpoint, print)
    engine = select_engine("onnx", options.checkpoint, print)
    encoder = load_text_encoder(options.checkpoint, print)
    captions = captions_beside(options.media)
    words = list(read_captions(captions)) if captions is not None else []
    ways = [pipeline, naive]
    times: list[list[tuple[float, float, int]]] = [[], []]
    for turn in range(options.rounds + 1):
        for way, kept in zip(ways, times, strict=True):
            measured = timed(lambda way=way: way(options.media, words, engine, encoder))  # type: ignore[misc]
            if turn:
                kept.append(measured)
    ours, theirs = (np.median(kept, axis=0) for kept in times)
    for name, index in (("wall clock", 0), ("CPU", 1)):
        print(
            f"{name}: {theirs[index] / ours[index]:.1f} times less than the naive loop; "
            f"{ours[index]:.2f} against {theirs[index]:.2f} s"
        )
    print(f"readings: {ours[2]:.0f} against {theirs[2]:.0f}")


if __name__ == "__main__":
    main()
