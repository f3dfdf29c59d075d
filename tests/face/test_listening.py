"""`fsrf_live.listen`: the records of a live session, in a loop or in a task."""

import asyncio
import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import fsrf_live
from fsrf_live import Engine, Event, Marker, Reading, Recogniser, Record, Summary
from fsrf_live._listening import Session
from fsrf_live.engines.common.contract import Inputs, Outputs
from fsrf_live.fsrf.common.errors import CheckpointError, EngineError, FsrfError, UsageError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import Clock
from fsrf_live.stream.flow.items import State, Words
from fsrf_live.stream.flow.sinks import MemorySink
from fsrf_live.stream.sources.source import HEALTHY, EndOfSource, Source
from tests.doubles.engines import RealShapes
from tests.doubles.recognisers import Dictation
from tests.doubles.waiting import until

FEW = 8


class Spoken:
    """Says its lines at once; then waits for more for ever, unless it ends."""

    modality: Modality = "text"
    name = "spoken"
    health = HEALTHY

    def __init__(self, lines: Sequence[str], clock: Clock, *, ends: bool) -> None:
        self._lines = list(lines)
        self._clock = clock
        self._ends = ends

    def open(self) -> None:
        pass

    def read(self) -> Words | None:
        if self._lines:
            now_ns = self._clock.now_ns()
            return Words(now_ns, now_ns, self._lines.pop(0))
        if self._ends:
            raise EndOfSource
        self._clock.sleep(0.01)
        return None

    def close(self) -> None:
        pass


def spoken(*lines: str, ends: bool = True) -> Callable[[Clock], Source]:
    return lambda clock: Spoken(lines, clock, ends=ends)


def endless(engine: Engine | None = None) -> Session:
    """A session that hears one line and waits for more."""
    return fsrf_live.listen("none", "none", spoken("good", ends=False), engine=engine or RealShapes())


def texts(records: Sequence[Record]) -> list[str]:
    return [record.text for record in records if isinstance(record, Reading)]


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if not thread.name.startswith("asyncio")}


def test_records_come_in_order_and_the_summary_is_the_last() -> None:
    before = threads()
    with fsrf_live.listen("none", "none", spoken("good", "bad"), engine=RealShapes()) as session:
        records = list(session)
        assert next(session, None) is None
    assert texts(records) == ["good", "bad"]
    assert isinstance(records[0], Event)
    assert isinstance(records[-1], Summary)
    assert session.stop() == records[-1]
    assert until(lambda: threads() <= before)


def test_leaving_the_loop_ends_the_session() -> None:
    before = threads()
    with endless() as session:
        for record in session:
            if isinstance(record, Reading):
                break
    assert session.snapshot().ended
    assert until(lambda: threads() <= before)


def test_what_waits_when_it_is_stopped_can_still_be_read() -> None:
    with endless() as session:
        next(record for record in session if isinstance(record, Reading))
        summary = session.stop()
        assert list(session)[-1] == summary


def test_a_moment_is_marked_and_comes_as_a_record() -> None:
    with endless() as session:
        next(record for record in session if isinstance(record, Reading))
        time_s = session.mark("stimulus 3")
        marker = next(record for record in session if isinstance(record, Marker))
        assert (marker.time_s, marker.name, marker.source) == (time_s, "stimulus 3", "python")
        with pytest.raises(UsageError, match="needs a name"):
            session.mark(" ")


def test_an_error_of_its_own_is_not_hidden_by_that_of_the_session() -> None:
    def broken() -> None:
        with endless(Failing()) as session:
            assert until(lambda: session.snapshot().ended)
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        broken()


class Failing(RealShapes):
    """Fails with the first window."""

    def run(self, inputs: Inputs) -> Outputs:
        raise EngineError("the engine has fallen over")


def test_what_fails_in_the_session_comes_out_of_the_loop() -> None:
    before = threads()
    records: list[Record] = []
    with (
        pytest.raises(EngineError, match="fallen over"),
        endless(Failing()) as session,
    ):
        records.extend(session)
    assert until(lambda: threads() <= before)


def test_a_loop_that_is_too_slow_loses_the_oldest_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsrf_live.stream.flow.sinks.MOST_RECORDS", FEW)
    lines = [f"line {number}" for number in range(3 * FEW)]
    with fsrf_live.listen("none", "none", spoken(*lines), engine=RealShapes()) as session:
        assert until(lambda: session.snapshot().ended, timeout_s=60)
        summary = session.stop()
        taken = list(session)
        assert session.drops["records"] >= 2 * FEW
        assert any("records were passed over" in text for text in session.snapshot().messages)
    assert texts(taken) == lines[-len(texts(taken)) :]
    assert (len(taken), taken[-1]) == (FEW, summary)


def test_a_modality_is_cut_and_restored() -> None:
    with endless() as session:
        states = (record.state for record in session if isinstance(record, Event))
        next(state for state in states if state is State.LIVE)
        session.cut("text")
        next(state for state in states if state is State.DISABLED)
        session.restore("text")
        next(state for state in states if state is State.LIVE)


def test_faults_sinks_and_a_recording(tmp_path: Path) -> None:
    sink = MemorySink()
    lines = tmp_path / "lines"
    session = fsrf_live.listen(
        "none",
        "none",
        spoken("good", ends=False),
        engine=RealShapes(),
        faults=["text:unplug@0.1s"],
        windows=fsrf_live.WindowSettings(fixed_s=1.0),
        record=tmp_path / "monday",
        sinks=[sink, f"jsonl:{lines}"],
        duration_s=1.0,
    )
    with session:
        records = list(session)
    assert State.LOST in [record.state for record in records if isinstance(record, Event)]
    assert list(sink.records) == records
    written = [json.loads(line)["type"] for line in lines.read_text().splitlines()]
    assert written == [type(record).__name__.lower() for record in records]
    assert (tmp_path / "monday" / "recording.json").exists()


def test_nothing_is_opened_before_it_is_entered_and_it_is_entered_once(tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    session = fsrf_live.listen("none", "none", spoken("good"), engine=RealShapes(), sinks=[f"jsonl:{lines}"])
    assert not lines.exists()
    for use in (session.snapshot, session.stop, lambda: next(session)):
        with pytest.raises(UsageError, match="use it by 'with'"):
            use()
    with session:
        pass
    with pytest.raises(UsageError, match="begun already"), session:
        pass


def test_what_is_wrong_is_raised_on_entering() -> None:
    with pytest.raises(FsrfError, match="nothing to listen to"), fsrf_live.listen("none", "none", "none"):
        pass
    with (
        pytest.raises(UsageError, match="a source of text: it cannot stand in for video"),
        fsrf_live.listen(camera=spoken("good"), mic="none"),
    ):
        pass

    with (
        pytest.raises(UsageError, match="no speech model knows the language 'tlh'"),
        fsrf_live.listen("none", "none", "stdin", language="tlh"),
    ):
        pass

    with (
        pytest.raises(CheckpointError, match=r"gone\.safetensors"),
        fsrf_live.listen(checkpoint="gone.safetensors"),
    ):
        pass


def test_what_is_heard_goes_through_ones_own_recogniser() -> None:
    loaded = threading.Event()

    def load() -> Recogniser:
        loaded.set()
        return Dictation()

    with fsrf_live.listen("none", "fake", recognise=load, engine=RealShapes()) as session:
        assert loaded.wait(60)
        assert {view.source for view in session.snapshot().sources} == {"mic", "text"}


def test_the_same_records_in_a_task() -> None:
    async def listened() -> list[Record]:
        async with fsrf_live.listen("none", "none", spoken("good", "bad"), engine=RealShapes()) as session:
            return [record async for record in session]

    records = asyncio.run(listened())
    assert texts(records) == ["good", "bad"]
    assert isinstance(records[-1], Summary)


def test_a_task_that_waits_for_a_record_holds_up_no_other() -> None:
    async def drained(session: Session) -> list[Record]:
        return [record async for record in session]

    async def listened() -> list[Record]:
        async with endless() as session:
            waiting = asyncio.ensure_future(drained(session))
            await asyncio.to_thread(until, lambda: session.snapshot().reading is not None, 60)
            assert not waiting.done()
            await asyncio.to_thread(session.stop)
            return await waiting

    assert isinstance(asyncio.run(listened())[-1], Summary)


def test_a_task_that_is_cancelled_ends_its_session() -> None:
    before = threads()
    reading = threading.Event()

    async def listened() -> None:
        async with fsrf_live.listen(
            "none", "none", spoken("good", ends=False), engine=RealShapes()
        ) as session:
            async for record in session:
                if isinstance(record, Reading):
                    reading.set()

    async def cancelled() -> None:
        task = asyncio.ensure_future(listened())
        await asyncio.to_thread(reading.wait, 60)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())
    assert until(lambda: threads() <= before)


def test_a_task_that_is_cancelled_while_it_enters_leaves_nothing() -> None:
    before = threads()
    entering, go = threading.Event(), threading.Event()

    def slow(clock: Clock) -> Source:
        entering.set()
        go.wait(60)
        return Spoken(["good"], clock, ends=False)

    async def listened() -> None:
        async with fsrf_live.listen("none", "none", slow, engine=RealShapes()):
            raise AssertionError("it was cancelled")

    async def cancelled() -> None:
        task = asyncio.ensure_future(listened())
        await asyncio.to_thread(entering.wait, 60)
        task.cancel()
        await asyncio.sleep(0)
        go.set()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())
    assert until(lambda: threads() <= before)


def test_an_error_comes_out_of_a_task_too() -> None:
    async def listened() -> None:
        async with endless(Failing()) as session:
            async for _ in session:
                pass

    with pytest.raises(EngineError, match="fallen over"):
        asyncio.run(listened())
