"""What profiling costs: live sessions with and without it alternately, and the cost of its hooks alone.

python -m benchmarks.profiling [--media FILE] [--seconds S] [--rounds N]
"""

import argparse
import time
from pathlib import Path

import numpy as np

from benchmarks.faces import DEMO
from fsrf_live.engines.common.contract import Engine, TextEncoder
from fsrf_live.engines.select import select_engine
from fsrf_live.engines.text.select import build_text_encoder, load_text_encoder
from fsrf_live.fsrf.common.checkpoint import default_checkpoint
from fsrf_live.stream.features.face import MeshFaceExtractor
from fsrf_live.stream.features.sound.voice import ProsodyVoiceExtractor
from fsrf_live.stream.flow.clock import MonotonicClock
from fsrf_live.stream.live.opening import Wanted, sources_of
from fsrf_live.stream.live.parts import Makers
from fsrf_live.stream.live.session import LiveSession
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.tools.profiling.probe import Probe
from fsrf_live.tools.profiling.profiling import WARM_UP_S, profile
from fsrf_live.tools.profiling.tracing import TracedEncoder, TracedEngine, TracedFaces, TracedVoices, Tracer

SPANS = 20_000


def plain(media: Path, engine: Engine, encoder: TextEncoder, seconds: float) -> float:
    """CPU seconds per second of a live session without profiling."""
    clock = MonotonicClock()
    makers = Makers(lambda: Analyst(engine, encoder, clock), MeshFaceExtractor, ProsodyVoiceExtractor)
    session = LiveSession(sources_of(Wanted(None, None, None, media, loop=True), clock), makers, clock)
    session.start()
    while session.snapshot().loading is not None and not session.wait(0.05):
        pass
    session.wait(WARM_UP_S)
    began, used = time.monotonic(), time.process_time()
    session.wait(seconds)
    used_s = (time.process_time() - used) / (time.monotonic() - began)
    session.stop()
    return used_s


def profiled(media: Path, engine: Engine, encoder: TextEncoder, seconds: float, tracer: Tracer) -> float:
    """CPU seconds per second of a session that is profiled and traced."""
    clock = MonotonicClock()

    def make(stream: int, probe: Probe) -> LiveSession:
        traced = TracedEngine(engine, tracer, stream), TracedEncoder(encoder, tracer, stream)
        makers = Makers(
            lambda: Analyst(*traced, clock),
            lambda: TracedFaces(MeshFaceExtractor(), tracer, stream),
            lambda: TracedVoices(ProsodyVoiceExtractor(), tracer, stream),
        )
        sources = sources_of(Wanted(None, None, None, media, loop=True), clock)
        return LiveSession(sources, makers, clock, journal=probe)

    return profile(make, 1, clock, tracer=tracer, duration_s=seconds).cpu_seconds_per_second


def span_cost_s() -> float:
    """CPU seconds of one span."""
    tracer = Tracer()
    began = time.thread_time()
    for number in range(SPANS):
        with tracer.span("work", 0, number):
            pass
    return (time.thread_time() - began) / SPANS


def main() -> None:
    """Print the ratio of the medians, and the share of the hooks."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--media", type=Path, default=DEMO)
    parser.add_argument("--checkpoint", type=Path, default=default_checkpoint())
    parser.add_argument("--seconds", type=float, default=37.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    build_text_encoder(options.checkpoint, print)
    engine = select_engine("onnx", options.checkpoint, print)
    encoder = load_text_encoder(options.checkpoint, print)
    without, within, spans = [], [], 0
    for turn in range(2 * options.rounds):
        if turn % 4 in (0, 3):
            without.append(plain(options.media, engine, encoder, options.seconds))
        else:
            tracer = Tracer()
            within.append(profiled(options.media, engine, encoder, options.seconds, tracer))
            spans = len(tracer.spans)
    before, after = float(np.median(without)), float(np.median(within))
    rate_hz = spans / (options.seconds + WARM_UP_S)
    share = rate_hz * span_cost_s() / before
    extra = f"{after / before - 1:+.1%} (asked: at most 2 %)"
    print(
        f"CPU seconds a second: {before:.4f} without profiling ({min(without):.4f} to {max(without):.4f}), "
        f"{after:.4f} with it ({min(within):.4f} to {max(within):.4f}): {extra}"
    )
    print(f"its hooks alone: {rate_hz:.0f} spans a second, {share:.2%} of the CPU")


if __name__ == "__main__":
    main()
