"""Percentiles of where the milliseconds went."""

import pytest

from fsrf_live.stream.flow.records import Latency
from fsrf_live.stream.reading.latency import LONGEST_US, PARTS, LatencyRecorder


def test_nothing_before_the_first_reading() -> None:
    assert LatencyRecorder().percentiles() == {}


def test_percentiles_of_each_part_within_a_thousandth() -> None:
    recorder = LatencyRecorder()
    for milliseconds in range(1, 1001):
        recorder.add(Latency(wait=600.0, features=milliseconds, engine=2.0, emit=0.5))
    parts = recorder.percentiles()
    assert tuple(parts) == PARTS
    features = parts["features"]
    assert features.count == 1000
    assert (features.p50, features.p90, features.p95, features.p99, features.max) == pytest.approx(
        (500, 900, 950, 990, 1000), rel=2e-3
    )
    assert parts["processing"].max == pytest.approx(1002.5)
    assert parts["total"].max == pytest.approx(1602.5)
    assert parts["wait"].p50 == pytest.approx(600, rel=2e-3)


def test_no_percentile_is_beyond_the_longest() -> None:
    recorder = LatencyRecorder()
    recorder.add(Latency(0.0, 1234.567, 0.0, 0.0))
    features = recorder.percentiles()["features"]
    assert features.p50 <= features.max == 1234.567


def test_memory_is_bounded_however_long_it_took() -> None:
    recorder = LatencyRecorder()
    recorder.add(Latency(0.0, 1e9, 0.0, 0.0))
    assert recorder.percentiles()["total"].max == LONGEST_US / 1000
