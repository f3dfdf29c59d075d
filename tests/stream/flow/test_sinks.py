"""Where records go."""

import io
import os

from fsrf_live.stream.flow.items import State
from fsrf_live.stream.flow.records import Event, decode
from fsrf_live.stream.flow.sinks import JsonLines, MemorySink

EVENT = Event(1.0, "mic", State.LIVE, None)


def test_one_line_a_record_written_at_once() -> None:
    stream = io.StringIO()
    sink = JsonLines(stream)
    sink.emit(EVENT)
    sink.emit(EVENT)
    assert [decode(line) for line in stream.getvalue().splitlines()] == [EVENT, EVENT]
    sink.close()
    assert not stream.closed


def test_a_reader_that_goes_away_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        sink = JsonLines(stream)
        sink.emit(EVENT)
        assert sink.closed
        sink.emit(EVENT)
        sink.close()


def test_a_stream_of_its_own_is_closed() -> None:
    stream = io.StringIO()
    JsonLines(stream, owns=True).close()
    assert stream.closed


def test_memory_keeps_the_last_ones() -> None:
    sink = MemorySink(capacity=2)
    for second in range(3):
        sink.emit(Event(second, "mic", State.LIVE, None))
    sink.close()
    assert [record.time_s for record in sink.records if isinstance(record, Event)] == [1, 2]
