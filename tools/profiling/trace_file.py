"""A trace in the Chrome JSON format, which Perfetto (ui.perfetto.dev) and chrome://tracing open.

One track a thread; one flow an utterance, from the first work on its sound (or its picture) over each of its
readings to the last; and each reading's latency with its parts as a track of its own.
"""

import bisect
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TextIO

from fsrf_live.tools.profiling.tracing import ReadingSpan, Tracer, WorkSpan

PROCESS = 1
NS_PER_US = 1000
_NS_PER_MS = 1_000_000
STREAM_IDS = 1_000_000
"""Room for the windows of one stream in the ids of flows."""

_Event = dict[str, Any]


def write_trace(tracer: Tracer, file: TextIO) -> None:
    """Write everything that was traced; raises OSError."""
    json.dump({"traceEvents": list(trace_events(tracer)), "displayTimeUnit": "ms"}, file)


def trace_events(tracer: Tracer) -> Iterator[_Event]:
    """Every event of the file: threads, spans, readings, their latencies, and flows."""
    spans, readings = list(tracer.spans), list(tracer.readings)
    threads = sorted({span.thread for span in spans} | {_core(reading) for reading in readings})
    numbers = {name: number for number, name in enumerate(threads, start=1)}
    yield {"ph": "M", "name": "process_name", "pid": PROCESS, "tid": 0, "args": {"name": "fsrf"}}
    for name, number in numbers.items():
        yield {"ph": "M", "name": "thread_name", "pid": PROCESS, "tid": number, "args": {"name": name}}
    for span in spans:
        yield _slice(span.name, numbers[span.thread], span.start_ns, span.end_ns)
    for reading in readings:
        yield _slice(_title(reading), numbers[_core(reading)], reading.start_ns, reading.end_ns)
        yield from _latency(reading, numbers[_core(reading)])
    yield from _flows(spans, readings, numbers)


def _core(reading: ReadingSpan) -> str:
    return f"core {reading.stream}"


def _title(reading: ReadingSpan) -> str:
    window = reading.window
    return f"window {window.id} revision {window.revision}{' (final)' if window.final else ''}"


def _slice(name: str, thread: int, start_ns: int, end_ns: int) -> _Event:
    return {
        "ph": "X",
        "name": name,
        "cat": "work",
        "pid": PROCESS,
        "tid": thread,
        "ts": start_ns / NS_PER_US,
        "dur": (end_ns - start_ns) / NS_PER_US,
    }


def _latency(reading: ReadingSpan, thread: int) -> Iterator[_Event]:
    """The parts of a latency, end to end, from the moment since when the user waits."""
    latency, window = reading.latency, reading.window
    identity = f"{reading.stream}.{window.id}.{window.revision}"
    at_ns = window.due_ns - latency.wait * _NS_PER_MS
    parts = [(name, getattr(latency, name)) for name in ("wait", "features", "engine", "emit")]
    common = {"cat": "latency", "pid": PROCESS, "tid": thread, "id": identity}
    yield {"ph": "b", "name": _title(reading), "ts": at_ns / NS_PER_US, **common}
    for name, milliseconds in parts:
        yield {"ph": "b", "name": name, "ts": at_ns / NS_PER_US, **common}
        at_ns += milliseconds * _NS_PER_MS
        yield {"ph": "e", "name": name, "ts": at_ns / NS_PER_US, **common}
    yield {"ph": "e", "name": _title(reading), "ts": at_ns / NS_PER_US, **common}


def _flows(
    spans: Sequence[WorkSpan], readings: Iterable[ReadingSpan], numbers: dict[str, int]
) -> Iterator[_Event]:
    groups: dict[tuple[int, int], list[ReadingSpan]] = {}
    for reading in readings:
        groups.setdefault((reading.stream, reading.window.id), []).append(reading)
    sources = {
        stream: [_moments(spans, f"{thread} {stream}") for thread in ("voices", "faces")]
        for stream in {stream for stream, _ in groups}
    }
    for (stream, window), group in groups.items():
        places = [(numbers[_core(reading)], reading.start_ns) for reading in group]
        first = _first(sources[stream], group[0])
        if first is not None:
            places.insert(0, (numbers[first.thread], first.start_ns))
        yield from _flow(stream * STREAM_IDS + window + 1, places)


def _flow(identity: int, places: Sequence[tuple[int, int]]) -> Iterator[_Event]:
    """Arrows through slices, each given by its thread and its start; nothing if there is only one."""
    for index, (thread, at_ns) in enumerate(places if len(places) > 1 else ()):
        last = index == len(places) - 1
        yield {
            "ph": "s" if index == 0 else "f" if last else "t",
            "name": "utterance",
            "cat": "utterance",
            "id": identity,
            "pid": PROCESS,
            "tid": thread,
            "ts": at_ns / NS_PER_US,
            **({"bp": "e"} if index else {}),
        }


def _moments(spans: Sequence[WorkSpan], thread: str) -> list[tuple[int, WorkSpan]]:
    """The spans of a thread by the moments of media that they were for."""
    return [(span.media_ns, span) for span in spans if span.thread == thread and span.media_ns is not None]


def _first(sources: Sequence[Sequence[tuple[int, WorkSpan]]], reading: ReadingSpan) -> WorkSpan | None:
    """The first work on what the window covers that was done before its first reading."""
    window = reading.window
    for moments in sources:
        at = bisect.bisect_left(moments, window.start_ns, key=lambda moment: moment[0])
        media_ns, span = moments[at] if at < len(moments) else (window.end_ns, None)
        if span is not None and media_ns < window.end_ns and span.start_ns < reading.start_ns:
            return span
    return None
