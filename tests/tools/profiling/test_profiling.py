"""A profile of live sessions with real threads and fake extractors."""

import json
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fsrf_live.engines.batching import BatchingEngine, batch_sizes
from fsrf_live.fsrf.common.errors import EngineError
from fsrf_live.stream.flow.clock import MonotonicClock
from fsrf_live.stream.flow.items import Samples
from fsrf_live.stream.flow.records import Latency
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.live.parts import Makers, Sources
from fsrf_live.stream.live.session import LiveSession
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.reading.latency import PARTS
from fsrf_live.stream.sources.fake import FakeCamera, FakeMicrophone
from fsrf_live.tools.profiling.probe import Probe, Timed
from fsrf_live.tools.profiling.profiling import Profile, profile, profile_of
from fsrf_live.tools.profiling.record import encode_profile
from fsrf_live.tools.profiling.trace_file import trace_events
from fsrf_live.tools.profiling.tracing import TracedEncoder, TracedEngine, TracedFaces, TracedVoices, Tracer
from tests.doubles.fakes import FakeEngine, FakeFaces, FakeTextEncoder, FakeVoices
from tests.doubles.sources import ScriptedSource, spec_of

BRIEF = WindowSettings(fixed_s=0.3, partial_every_s=0.1, longest_s=0.5)
NS = 1_000_000_000


def timed(at_s: float, processing_ms: float, wait_ms: float = 600.0, *, final: bool = True) -> Timed:
    return Timed(round(at_s * NS), final, Latency(wait_ms, processing_ms - 2, 1.5, 0.5))


def profiled(streams: int, tracer: Tracer | None = None, duration_s: float = 1.2) -> Profile:
    clock = MonotonicClock()
    engine = BatchingEngine(lambda size: FakeEngine(), batch_sizes(streams))

    def make(stream: int, probe: Probe) -> LiveSession:
        sources = Sources(
            camera=spec_of(lambda: FakeCamera(clock)), mic=spec_of(lambda: FakeMicrophone(clock))
        )
        if tracer is None:
            makers = Makers(lambda: Analyst(engine, FakeTextEncoder(), clock), FakeFaces, FakeVoices)
        else:
            traced = TracedEngine(engine, tracer, stream), TracedEncoder(FakeTextEncoder(), tracer, stream)
            makers = Makers(
                lambda: Analyst(*traced, clock),
                lambda: TracedFaces(FakeFaces(), tracer, stream),
                lambda: TracedVoices(FakeVoices(), tracer, stream),
            )
        return LiveSession(sources, makers, clock, windows=BRIEF, journal=probe)

    try:
        return profile(make, streams, clock, tracer=tracer, warm_up_s=0.1, duration_s=duration_s)
    finally:
        engine.close()


def test_two_streams_are_profiled_side_by_side() -> None:
    measured = profiled(2)
    assert (measured.streams, measured.engine, len(measured.each)) == (2, "fake", 2)
    assert 1.2 <= measured.seconds < 3
    assert list(measured.parts) == list(PARTS)
    assert measured.parts["total"].count == sum(each.count for each in measured.each) >= 4
    assert measured.partial["processing"].count > measured.parts["processing"].count
    assert measured.cpu_seconds_per_second > 0
    assert measured.peak_memory_mb > 10
    assert set(measured.drops) == {"camera", "mic", "features", "readings"}
    assert {"faces", "voices", "core", "camera", "mic"} <= set(measured.stages)
    assert sum(measured.stages.values()) == pytest.approx(measured.cpu_seconds_per_second, rel=0.2)


def test_a_file_is_profiled_to_its_end() -> None:
    clock = MonotonicClock()
    now_ns = clock.now_ns()
    loud = np.full(320, 0.5, np.float32)
    blocks = [Samples(now_ns + n * 20_000_000, loud + np.float32(n % 2) / 10) for n in range(60)]

    def make(stream: int, probe: Probe) -> LiveSession:
        sources = Sources(mic=spec_of(lambda: ScriptedSource(blocks, "audio", clock)))
        makers = Makers(lambda: Analyst(FakeEngine(), FakeTextEncoder(), clock), FakeFaces, FakeVoices)
        return LiveSession(sources, makers, clock, windows=BRIEF, journal=probe)

    measured = profile(make, 1, clock, warm_up_s=0.0)
    assert measured.parts["total"].count >= 1
    assert measured.seconds < 10


def test_what_ends_a_session_by_mistake_is_raised() -> None:
    clock = MonotonicClock()

    def refuse() -> Analyst:
        raise EngineError("no engine")

    def make(stream: int, probe: Probe) -> LiveSession:
        sources = Sources(camera=spec_of(lambda: FakeCamera(clock)))
        return LiveSession(sources, Makers(refuse, FakeFaces, FakeVoices), clock, journal=probe)

    before = threading.active_count()
    with pytest.raises(EngineError, match="no engine"):
        profile(make, 1, clock, warm_up_s=0.0, duration_s=60.0)
    assert threading.active_count() <= before + 3


def test_waits_are_kept_apart_and_the_parts_are_those_of_final_readings() -> None:
    kept = [timed(n, 10.0 + n) for n in range(8)] + [timed(9, 500.0, 0.0, final=False)]
    measured = profile_of("onnx", [kept], 10.0, 1.5, {"faces": 1.0, "core": 0.5}, {"camera": 3})
    assert measured.parts["processing"].max == 17.0
    assert measured.parts["wait"].p50 == pytest.approx(600.0, rel=1e-3)
    assert measured.partial["processing"].max == 500.0
    assert measured.cpu_seconds_per_second == pytest.approx(0.15)
    assert measured.real_time_factor == pytest.approx(0.1)


def test_the_cpu_of_several_streams_is_that_of_one() -> None:
    measured = profile_of("onnx", [[timed(1, 5.0)], [timed(2, 5.0)]], 10.0, 4.0, {"faces": 4.0}, {})
    assert measured.cpu_seconds_per_second == pytest.approx(0.2)
    assert replace(measured, cores=2).streams_carried == 7


def test_latency_that_grows_shows() -> None:
    steady = profile_of("onnx", [[timed(n, 10.0) for n in range(12)]], 12.0, 1.0, {}, {})
    growing = profile_of("onnx", [[timed(n, 10.0 + 5 * n) for n in range(12)]], 12.0, 1.0, {}, {})
    short = profile_of("onnx", [[timed(1, 10.0)]], 3.0, 1.0, {}, {})
    assert steady.growth_ms == pytest.approx(0.0)
    assert growing.growth_ms == pytest.approx(30.0)
    assert short.growth_ms is None


def test_the_record_has_the_promised_fields_in_order() -> None:
    kept = [timed(n, 10.0 + n) for n in range(8)]
    values = json.loads(encode_profile(profile_of("onnx", [kept], 10.0, 1.5, {"core": 1.5}, {"camera": 3})))
    assert list(values)[:8] == [
        "type",
        "parts",
        "cpu_seconds_per_second",
        "real_time_factor",
        "peak_memory_mb",
        "streams",
        "drops",
        "engine",
    ]
    assert values["type"] == "profile"
    assert list(values["parts"]) == list(PARTS)
    assert list(values["parts"]["engine"]) == ["count", "p50", "p90", "p95", "p99", "max"]
    assert values["each_stream"][0]["count"] == 8
    assert values["drops"] == {"camera": 3}


def test_nothing_read_is_no_error() -> None:
    values = json.loads(encode_profile(profile_of("onnx", [[]], 10.0, 1.5, {}, {})))
    assert (values["parts"], values["each_stream"], values["growth_ms"]) == ({}, [], None)


def test_the_trace_tells_the_printed_numbers() -> None:
    tracer = Tracer()
    measured = profiled(2, tracer)
    found = list(trace_events(tracer))
    final = {e["id"] for e in found if e["ph"] == "b" and e["name"].endswith("(final)")}
    for part in ("wait", "features", "engine", "emit"):
        begins = {e["id"]: e["ts"] for e in found if e["ph"] == "b" and e["name"] == part}
        ends = {e["id"]: e["ts"] for e in found if e["ph"] == "e" and e["name"] == part}
        longest_ms = max(ends[reading] - begins[reading] for reading in final) / 1000
        assert measured.parts[part].max == pytest.approx(longest_ms, rel=0.01, abs=0.001)
    assert len(final) == measured.parts["total"].count
    slices = [e for e in found if e["ph"] == "X"]
    readings = [e for e in slices if e["name"].startswith("window")]
    for outer in readings:
        same = [e for e in slices if e["tid"] == outer["tid"] and e["name"] == "engine"]
        assert len([inner for inner in same if _within(inner, outer)]) == 1


def _within(inner: dict[str, Any], outer: dict[str, Any]) -> bool:
    ends = (event["ts"] + event["dur"] for event in (inner, outer))
    return bool(outer["ts"] <= inner["ts"]) and bool(next(ends) <= next(ends))


def test_a_frame_has_the_time_of_its_span() -> None:
    tracer = Tracer()
    profiled(1, tracer, duration_s=0.6)
    spans = [span for span in tracer.spans if span.name == "face"]
    assert spans
    assert all(span.media_ns is not None and span.start_ns <= span.end_ns for span in spans)
    assert {span.thread for span in spans} == {"faces 0"}
