"""What the benchmark of real outages reads off a session."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.metronome import Metronomes, Span, without
from benchmarks.witness import Ticker, Witness
from fsrf_live.stream.flow.clock import NS, FakeClock
from fsrf_live.stream.flow.items import Change, Frame, Item, Reason, State
from fsrf_live.stream.flow.records import Latency, Reading
from fsrf_live.stream.windows.window import Presence, Window
from tests.doubles.fakes import face, no_face, voice
from tests.doubles.sources import ScriptedSource, spec_of

MS = 1_000_000
READING = Reading(0, 0, False, 0.0, 1.0, 0.0, -1.0, 1.0, "neutral", {}, {}, "", "fake", Latency(0, 0, 0, 0))
GONE = Presence(0.0, Reason.LOST)
WINDOW = Window(0, 0, False, 0, NS, NS, 0, (), (), (), {"text": GONE, "audio": GONE, "video": GONE})


def picture(at_ms: int, level: int) -> Item:
    return Frame(at_ms * MS, np.full((4, 4, 3), level, np.uint8))


def seen(*items: Item) -> Witness:
    """A witness of a camera that gave these pictures at their times."""
    clock = FakeClock()
    witness = Witness(clock)
    source = witness.eye(spec_of(lambda: ScriptedSource(items, "video", clock))).make()
    source.open()
    for _ in items:
        while source.read() is None:
            pass
    source.close()
    return witness


def longest_s(spans: list[Span]) -> float:
    return max(end - start for start, end in spans) / NS


def test_only_new_pictures_count() -> None:
    witness = seen(picture(100, 90), picture(140, 91), picture(180, 91), picture(220, 92))
    assert witness.last_item_ns("camera", 200 * MS) == 140 * MS
    assert witness.last_item_ns("camera", 100 * MS) == 0
    assert witness.last_item_ns("mic", 200 * MS) == 0


def test_a_pause_counts_whole_where_it_reaches_into_a_stretch_of_time() -> None:
    witness = seen(picture(100, 90), picture(400, 91), picture(440, 91))
    assert longest_s(witness.pauses("camera", 390 * MS, 450 * MS)) == pytest.approx(0.3)
    assert longest_s(witness.pauses("camera", 400 * MS, 450 * MS)) == pytest.approx(0.04)
    assert longest_s(witness.pauses("camera", 420 * MS, 900 * MS)) == pytest.approx(0.46)
    assert longest_s(witness.pauses("mic", 400 * MS, 900 * MS)) == pytest.approx(0.5)


def test_what_a_processor_stood_still_is_no_pause_of_the_program() -> None:
    assert without((100, 400), []) == 300
    assert without((100, 400), [[], []]) == 300
    assert without((100, 400), [[(0, 150), (200, 220), (500, 600)], [(300, 310)]]) == 230


def test_a_metronome_writes_down_whole_lines(tmp_path: Path) -> None:
    (tmp_path / "0").write_text("100 150\n200 2")
    assert Metronomes([tmp_path / "0"]).stood() == [[(100, 150)]]


def test_changes_are_found_by_source_time_and_state() -> None:
    witness = Witness(FakeClock())
    assert witness.state("mic") is State.STARTING
    for time_s, source, state in ((1, "mic", State.LIVE), (2, "camera", State.LOST), (3, "mic", State.LOST)):
        witness.op(Change(time_s * NS, source, state, None, None))  # type: ignore[arg-type]
    lost = witness.change("mic", NS, lambda state: state is State.LOST)
    assert lost is not None
    assert lost.time_ns == 3 * NS
    assert witness.change("mic", 2 * NS, lambda state: state is State.LIVE) is None
    assert witness.state("mic") is State.LOST


def test_a_reading_has_a_modality_again_when_it_used_something_new_of_it() -> None:
    clock = FakeClock()
    witness = Witness(clock)
    old, empty, new = (
        replace(WINDOW, faces=(face(5 * NS),), voices=(voice(9 * NS, silent=True),)),
        replace(WINDOW, faces=(no_face(7 * NS),)),
        replace(WINDOW, faces=(face(5 * NS), face(8 * NS))),
    )
    for window in (old, empty, new):
        clock.advance(1.0)
        witness.read(window, clock.now_ns())
        witness.record(READING)
    assert witness.reading_ns("camera", 5 * NS) == NS
    assert witness.reading_ns("camera", 6 * NS) == 3 * NS
    assert witness.reading_ns("mic", 6 * NS) is None


def test_the_ticker_says_nothing_regularly() -> None:
    clock = FakeClock()
    ticker = Ticker(clock)
    ticker.open()
    assert [ticker.read().text for _ in range(3)] == ["", "", ""]
    assert clock.now_ns() == 60 * MS
