"""The trace: valid for its format, one track a thread, one flow an utterance, and true to the latencies."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.stream.flow.records import Latency
from fsrf_live.stream.windows.window import Presence, Window
from fsrf_live.tools.profiling.trace_file import trace_events, write_trace
from fsrf_live.tools.profiling.tracing import ReadingSpan, Tracer, WorkSpan

MS = 1_000_000
Event = dict[str, Any]
REQUIRED = {
    "M": {"name", "pid", "tid", "args"},
    "X": {"name", "cat", "pid", "tid", "ts", "dur"},
    **{kind: {"name", "cat", "pid", "tid", "ts", "id"} for kind in "bestf"},
}
"""What the Trace Event Format asks of each kind of event."""


def window(number: int, revision: int, start_ms: int, end_ms: int, due_ms: int, *, final: bool) -> Window:
    presence = {m: Presence(1.0, None) for m in MODALITIES}
    times = (start_ms * MS, end_ms * MS, due_ms * MS, (due_ms - end_ms) * MS)
    return Window(number, revision, final, *times, (), (), (), presence)


def reading(of: Window, stream: int = 0, parts: tuple[float, float, float] = (4.0, 2.5, 0.1)) -> ReadingSpan:
    begun = of.due_ns + MS
    return ReadingSpan(stream, of, begun, begun + 6 * MS, Latency(of.hold_ns / MS, *parts))


@pytest.fixture
def tracer() -> Tracer:
    """An utterance with a partial and a final reading, and another stream's with one only."""
    tracer = Tracer()
    for n in range(50):
        tracer.spans.append(WorkSpan("voice", "voices 0", n * 20 * MS, (n * 20 + 1) * MS, n * 20 * MS))
        tracer.spans.append(WorkSpan("voice", "voices 1", n * 20 * MS, (n * 20 + 1) * MS, n * 20 * MS))
    tracer.spans.append(WorkSpan("engine", "core 0", 506 * MS, 508 * MS))
    tracer.readings.append(reading(window(0, 0, 100, 500, 500, final=False)))
    tracer.readings.append(reading(window(0, 1, 100, 700, 900, final=True)))
    tracer.readings.append(reading(window(0, 0, 200, 700, 900, final=True), stream=1))
    return tracer


def of_kind(found: list[Event], *kinds: str) -> list[Event]:
    return [event for event in found if event["ph"] in kinds]


def test_the_file_is_a_valid_trace(tracer: Tracer, tmp_path: Path) -> None:
    with (tmp_path / "trace.json").open("w") as file:
        write_trace(tracer, file)
    stored = json.loads((tmp_path / "trace.json").read_text())
    assert set(stored) == {"traceEvents", "displayTimeUnit"}
    for event in stored["traceEvents"]:
        assert set(event) >= REQUIRED[event["ph"]], event
        assert event.get("dur", 0) >= 0


def test_each_thread_has_one_track_with_its_name(tracer: Tracer) -> None:
    found = list(trace_events(tracer))
    names = {e["tid"]: e["args"]["name"] for e in of_kind(found, "M") if e["name"] == "thread_name"}
    assert sorted(names.values()) == ["core 0", "core 1", "voices 0", "voices 1"]
    for event in of_kind(found, "X"):
        wanted = "voices" if event["name"] == "voice" else "core"
        assert names[event["tid"]].startswith(wanted)


def test_each_utterance_is_one_flow_from_its_sound_to_its_last_reading(tracer: Tracer) -> None:
    found = list(trace_events(tracer))
    flows = defaultdict(list)
    for event in of_kind(found, "s", "t", "f"):
        flows[event["id"]].append(event)
    kinds = sorted("".join(event["ph"] for event in flow) for flow in flows.values())
    assert kinds == ["sf", "stf"]
    slices = of_kind(found, "X")
    for flow in flows.values():
        assert [event["ts"] for event in flow] == sorted(event["ts"] for event in flow)
        for event in flow:
            assert any(
                s["tid"] == event["tid"] and s["ts"] <= event["ts"] <= s["ts"] + s["dur"] for s in slices
            )
        assert min(event["ts"] for event in flow) in (100_000, 200_000)


def test_the_parts_of_a_reading_are_its_latency_from_end_to_end(tracer: Tracer) -> None:
    spans: dict[tuple[str, str], list[float]] = defaultdict(list)
    for event in of_kind(list(trace_events(tracer)), "b", "e"):
        spans[event["id"], event["name"]].append(event["ts"])
    assert spans["0.0.1", "wait"] == [700_000, 900_000]
    assert spans["0.0.1", "features"] == [900_000, 904_000]
    assert spans["0.0.1", "engine"] == pytest.approx([904_000, 906_500])
    assert spans["0.0.1", "emit"] == pytest.approx([906_500, 906_600])
    assert spans["0.0.1", "window 0 revision 1 (final)"] == pytest.approx([700_000, 906_600])


def test_a_reading_without_work_before_it_has_no_flow() -> None:
    tracer = Tracer()
    tracer.readings.append(reading(window(3, 0, 0, 3000, 3000, final=True)))
    assert of_kind(list(trace_events(tracer)), "s", "t", "f") == []
