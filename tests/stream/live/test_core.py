"""The core of a session, one turn at a time."""

import gc
from collections import deque

from fsrf_live.stream.flow.clock import NS, FakeClock
from fsrf_live.stream.flow.items import Reason, Words
from fsrf_live.stream.flow.records import Event, Marker, Reading, Record, Summary
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.flow.sinks import MemorySink
from fsrf_live.stream.live.core import MESSAGES, Core
from fsrf_live.stream.live.pending import MOST_WINDOWS
from fsrf_live.stream.reading.analyst import Analyst
from tests.doubles.fakes import FakeEngine, FakeTextEncoder
from tests.doubles.sessions import Quick, Session


def readings_of(session: Session) -> list[Reading]:
    return [record for record in session.records if isinstance(record, Reading)]


def test_readings_events_and_one_summary_in_order() -> None:
    session = Session()
    session.play(12.0)
    summary = session.end()
    records = session.records
    assert [type(r) for r in records[:3]] == [Event] * 3
    assert records[-1] == summary
    assert isinstance(summary, Summary)
    assert summary.score is not None
    assert summary.windows == len({r.window for r in readings_of(session)})
    lost = next(i for i, r in enumerate(records) if isinstance(r, Event) and r.source == "camera" and i > 2)
    after = [r for r in records[lost:] if isinstance(r, Reading)]
    assert any(r.modalities["video"].reason is Reason.LOST for r in after)


def test_every_record_tells_the_wall_clock_of_its_capture_also_after_that_was_set() -> None:
    """Set an hour forward in the middle, and then back by two."""
    session = Session()
    begun_ns = session.clock.now_ns()
    heard: list[Record] = []
    for step_s in (0.0, 3600.0, -7200.0):
        session.clock.step_wall(step_s)
        ahead_ns = session.clock.wall_ns() - session.clock.now_ns()
        session.play(4.0)
        new = session.records[len(heard) :]
        assert {type(record) for record in new} >= {Reading}
        for record in new:
            assert record.time is not None
            assert record.time.clock_ns == begun_ns + round(record.until_s * NS)
            assert record.time.wall_ns == record.time.clock_ns + ahead_ns
        heard += new
    assert session.end().time == session.records[-1].time


def test_a_marker_is_told_with_the_moment_at_which_it_was_set_and_shown() -> None:
    session = Session()
    session.play(2.0)
    session.mark("stimulus 3")
    pressed_ns = session.clock.now_ns()
    session.play(1.0)
    (marker,) = (r for r in session.records if isinstance(r, Marker))
    assert (marker.time_s, marker.name, marker.source) == (2.0, "stimulus 3", "key")
    assert marker.time is not None
    assert marker.time.clock_ns == pressed_ns
    assert "2.0 s  marker: stimulus 3" in session.core.board.messages


def test_markers_change_no_reading() -> None:
    told = []
    for marks in (0, 50):
        session = Session()
        for _ in range(10):
            session.play(0.5)
            for number in range(marks):
                session.mark(f"stimulus {number}")
        session.end()
        told.append([record for record in session.records if not isinstance(record, Marker)])
    assert told[0] == told[1]


def test_what_waits_for_the_engine_is_read_once_it_is_there_without_stale_partial_readings() -> None:
    session = Session(loaded=False)
    session.play(3.0)
    assert readings_of(session) == []
    session.load()
    session.core.turn()
    first = readings_of(session)
    assert [(r.window, r.final) for r in first] == [(0, True), (0, True)]
    assert session.core.board.skipped == first[0].revision
    assert session.core.board.latency == {}


def test_what_waits_for_the_engine_is_bounded() -> None:
    session = Session(loaded=False)
    session.play(600.0)
    session.load()
    session.core.turn()
    assert len(readings_of(session)) == MOST_WINDOWS


def test_a_burst_of_lines_is_read_whole() -> None:
    lines = [Words(number, number, f"good {number}") for number in range(MOST_WINDOWS + 100)]
    clock, inbox, memory = FakeClock(1_000), Quick(), MemorySink()
    core = Core(inbox, frozenset({"text"}), WindowSettings(), clock, [memory])
    core.analyst = Analyst(FakeEngine(), FakeTextEncoder(), clock)
    for line in lines:
        inbox.put(line)
    core.turn()
    assert [r.text for r in memory.records if isinstance(r, Reading)] == [line.text for line in lines]


def test_once_its_histories_are_full_a_session_holds_nothing_more_however_long_it_lasts() -> None:
    session = Session()
    session.memory.records = deque(maxlen=10)

    def held_after(seconds: float) -> int:
        session.play(seconds)
        gc.collect()
        return len(gc.get_objects())

    full = held_after(900.0)
    assert held_after(900.0) - full < 50


def test_the_board_shows_the_newest_reading_words_and_messages() -> None:
    session = Session()
    session.play(8.5)
    board = session.core.board
    assert board.reading == readings_of(session)[-1]
    assert board.words == "a good day"
    assert board.engine == "fake"
    assert "camera lost: unplugged" in " ".join(board.messages)
    assert len(board.messages) <= MESSAGES
    assert board.latency["total"].count > 0
    assert any("text" in point.missing for point in board.history)
    assert any("text" not in point.missing for point in board.history)


def test_the_board_tells_words_that_are_agreed_from_those_that_may_be_taken_back() -> None:
    session = Session()
    board = session.core.board
    for words, shown in [
        (Words(0, 1, "a good d", agreed=2), ("a good", "d")),
        (Words(0, 1, "a good day", agreed=0, spoken_to_ns=1), ("", "a good day")),
        (Words(0, 1, "A good day."), ("A good day.", "")),
        (Words(0, 1, "", agreed=0), ("", "")),
    ]:
        session.inbox.put(words)
        session.core.turn()
        assert (board.words, board.tentative) == shown


def test_without_an_engine_the_summary_says_why_there_is_no_score() -> None:
    session = Session(loaded=False)
    session.play(1.0)
    summary = session.end()
    assert summary.score is None
    assert summary.reason == "the engine was not loaded yet"
