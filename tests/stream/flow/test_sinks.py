"""Where records go."""

import io
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import SinkError, UsageError
from fsrf_live.stream.flow.items import State
from fsrf_live.stream.flow.records import Event, Record, decode
from fsrf_live.stream.flow.sinks import (
    MOST_RECORDS,
    JsonLines,
    MemorySink,
    Outlet,
    RecordQueue,
    check_sink,
    open_sink,
    open_sinks,
)

EVENT = Event(1.0, "mic", State.LIVE, None)


def events(number: int) -> list[Record]:
    return [Event(float(second), "mic", State.LIVE, None) for second in range(number)]


class Held(MemorySink):
    """Takes its first record only when it is released; may then do something else with each."""

    def __init__(self, act: Callable[[Record], None] = lambda record: None) -> None:
        super().__init__()
        self.taking, self.released, self.ended = threading.Event(), threading.Event(), False
        self._act = act

    def emit(self, record: Record) -> None:
        self.taking.set()
        self.released.wait(20)
        self._act(record)
        super().emit(record)

    def close(self) -> None:
        self.ended = True


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


def test_a_reader_that_goes_away_in_silence_is_missed_too() -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        sink = JsonLines(stream)
        sink.emit(EVENT)
        assert not sink.closed
        os.close(reader)
        assert sink.closed
        sink.emit(EVENT)
        sink.close()
        assert not stream.closed


def test_memory_keeps_the_last_ones() -> None:
    sink = MemorySink(capacity=2)
    for second in range(3):
        sink.emit(Event(second, "mic", State.LIVE, None))
    sink.close()
    assert [record.time_s for record in sink.records if isinstance(record, Event)] == [1, 2]


def test_a_queue_gives_what_came_in_order_and_says_when_that_was_all() -> None:
    told: list[None] = []
    queue = RecordQueue(lambda: told.append(None))
    for record in events(2):
        queue.emit(record)
    assert not queue.over
    queue.close()
    assert queue.over
    assert [queue.take(), queue.take(), queue.take()] == [*events(2), None]
    assert len(told) == 3


def test_a_queue_that_nobody_empties_keeps_the_newest_and_counts_the_rest() -> None:
    queue = RecordQueue(lambda: None)
    for record in events(MOST_RECORDS + 3):
        queue.emit(record)
    assert queue.drops == 3
    assert queue.take() == events(4)[3]


def test_a_queue_that_was_left_is_closed_and_keeps_nothing() -> None:
    queue = RecordQueue(lambda: None)
    queue.leave()
    queue.emit(EVENT)
    assert queue.closed
    assert (queue.take(), queue.drops) == (None, 0)


def run(outlet: Outlet) -> threading.Thread:
    thread = threading.Thread(target=outlet.run)
    thread.start()
    return thread


def test_a_sink_that_hangs_holds_up_nobody_and_loses_nothing_while_there_is_room() -> None:
    sink = Held()
    outlet = Outlet(sink)
    thread = run(outlet)
    for record in events(100):
        outlet.queue.emit(record)
    assert sink.taking.wait(20)
    outlet.queue.close()
    sink.released.set()
    thread.join(20)
    assert list(sink.records) == events(100)
    assert (outlet.queue.drops, sink.ended) == (0, True)


def test_what_a_sink_is_too_slow_for_is_counted() -> None:
    sink = Held()
    outlet = Outlet(sink)
    thread = run(outlet)
    outlet.queue.emit(EVENT)
    assert sink.taking.wait(20)
    for record in events(MOST_RECORDS + 5):
        outlet.queue.emit(record)
    assert outlet.queue.drops == 5
    outlet.queue.close()
    sink.released.set()
    thread.join(20)
    assert list(sink.records) == [EVENT, *events(MOST_RECORDS + 5)[5:]]


def test_a_sink_that_closes_itself_gets_nothing_more_and_is_released() -> None:
    sink = Held(lambda record: setattr(sink, "closed", True))
    outlet = Outlet(sink)
    sink.released.set()
    for record in events(3):
        outlet.queue.emit(record)
    outlet.run()
    assert list(sink.records) == events(1)
    assert outlet.queue.closed
    assert sink.ended


def test_a_sink_that_closes_while_no_record_comes_is_left() -> None:
    sink = MemorySink()
    outlet = Outlet(sink)
    thread = run(outlet)
    sink.closed = True
    thread.join(20)
    assert outlet.queue.closed


def test_the_error_of_a_sink_comes_out_and_the_sink_is_released() -> None:
    def fail(record: Record) -> None:
        raise OSError(28, "No space left on device")

    sink = Held(fail)
    sink.released.set()
    outlet = Outlet(sink)
    outlet.queue.emit(EVENT)
    with pytest.raises(OSError, match="No space left"):
        outlet.run()
    assert outlet.queue.closed
    assert sink.ended


class Away(MemorySink):
    """Takes nothing the first `times` that it is asked."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times, self.ended = times, False
        self.asked, self._taken = threading.Event(), threading.Semaphore(0)

    def emit(self, record: Record) -> None:
        self.times -= 1
        if self.times >= 0:
            self.asked.set()
            raise SinkError("sink pigeon: nobody is in the coop")
        super().emit(record)
        self._taken.release()

    def wait_for(self, records: int) -> None:
        for _ in range(records):
            assert self._taken.acquire(timeout=20)

    def close(self) -> None:
        self.ended = True


def test_a_sink_that_is_away_for_a_while_loses_nothing_and_that_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sink = Away(times=5)
    outlet = Outlet(sink, retry_s=0.0)
    thread = run(outlet)
    for record in events(3):
        outlet.queue.emit(record)
    assert sink.asked.wait(20)
    sink.wait_for(3)
    outlet.queue.close()
    thread.join(20)
    assert list(sink.records) == events(3)
    assert outlet.problem is None
    assert [record.getMessage() for record in caplog.records] == [
        "sink pigeon: nobody is in the coop; records wait for it",
        "this is over: sink pigeon: nobody is in the coop",
    ]


def test_a_sink_that_is_away_until_the_end_holds_nobody_up(caplog: pytest.LogCaptureFixture) -> None:
    sink = Away(times=1_000_000)
    outlet = Outlet(sink)
    thread = run(outlet)
    for record in events(3):
        outlet.queue.emit(record)
    assert sink.asked.wait(20)
    outlet.queue.close()
    thread.join(20)
    assert not thread.is_alive()
    assert (outlet.problem, sink.ended) == ("sink pigeon: nobody is in the coop", True)
    assert caplog.messages[-1].endswith("3 records were not brought")


def test_what_waits_for_a_sink_that_is_away_is_bounded_and_counted() -> None:
    sink = Away(times=1_000_000)
    outlet = Outlet(sink)
    thread = run(outlet)
    outlet.queue.emit(EVENT)
    assert sink.asked.wait(20)
    for record in events(MOST_RECORDS + 7):
        outlet.queue.emit(record)
    assert outlet.queue.drops == 7
    outlet.queue.close()
    thread.join(20)


def test_a_sink_by_its_name(tmp_path: Path) -> None:
    sink = open_sink(f"jsonl:{tmp_path / 'lines'}")
    sink.emit(EVENT)
    sink.close()
    assert [decode(line) for line in (tmp_path / "lines").read_text().splitlines()] == [EVENT]


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("jsonl", "give it as jsonl:FILE"),
        ("jsonl:/proc/self", "sink jsonl:/proc/self: Is a directory; choose another target"),
        ("pigeon:coop", "none of the sinks is called 'pigeon': there is .*jsonl"),
    ],
)
def test_a_sink_that_cannot_be_had(spec: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        open_sink(spec)


def test_the_name_of_a_sink_is_checked_without_opening_it(tmp_path: Path) -> None:
    spec = f"jsonl:{tmp_path / 'lines'}"
    assert check_sink(spec) == spec
    assert not (tmp_path / "lines").exists()
    with pytest.raises(UsageError, match="pigeon"):
        check_sink("pigeon")


def test_the_error_of_a_file_names_it_and_may_be_over_later() -> None:
    sink = open_sink("jsonl:/dev/full")
    for _ in range(2):
        with pytest.raises(SinkError, match=r"^/dev/full: No space left on device$"):
            sink.emit(EVENT)
    assert not sink.closed
    sink.close()


def test_several_sinks_come_by_name_or_as_they_are(tmp_path: Path) -> None:
    mine = MemorySink()
    named, given = open_sinks([f"jsonl:{tmp_path / 'a.jsonl'}", mine])
    assert given is mine
    named.close()


def test_if_one_of_several_sinks_cannot_be_had_those_before_it_are_closed() -> None:
    class Door(MemorySink):
        closed_times = 0

        def close(self) -> None:
            Door.closed_times += 1

    with pytest.raises(UsageError, match="pigeon"):
        open_sinks([Door(), "pigeon:x"])
    assert Door.closed_times == 1
