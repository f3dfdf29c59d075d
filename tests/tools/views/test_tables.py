"""Records for people."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType

from fsrf_live.stream.flow.items import Reason, State
from fsrf_live.stream.flow.records import Latency, ModalityReading, Reading, Summary
from fsrf_live.stream.flow.snapshot import Percentiles, SourceView
from fsrf_live.tools.views.tables import (
    BAR,
    bar,
    latency_table,
    readings_table,
    rows_table,
    sources_table,
    summary_panel,
)

READING = Reading(
    window=0,
    revision=0,
    final=True,
    start_s=0.0,
    end_s=3.4,
    score=1.25,
    low=0.3,
    high=2.1,
    label="positive",
    probabilities={"negative": 0.1, "neutral": 0.2, "positive": 0.7},
    modalities={
        "video": ModalityReading("present", None, 1.0, 0.75, None),
        "audio": ModalityReading("missing", Reason.LOST, 0.0, 0.0, 0.4),
        "text": ModalityReading("partial", Reason.PENDING, 0.5, -0.25, None),
    },
    text="[red]not markup[/red]",
    engine="onnx",
    latency_ms=Latency(0, 1, 1, 0),
)
SUMMARY = Summary(3.4, 1, 1.25, 0.3, 2.1, "positive", READING.modalities)
NOTHING = replace(SUMMARY, score=None, low=None, high=None, label=None, reason="there was nothing to read")


def drawn(renderable: RenderableType, width: int = 100) -> str:
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


def test_a_reading_says_when_how_much_how_sure_and_who() -> None:
    line = drawn(readings_table([READING])).splitlines()[1]
    for part in ("0.0-3.4", "+1.25", "+0.3 +2.1", "+0.75", "-0.25", "[red]not markup[/red]"):
        assert part in line


@pytest.mark.parametrize("width", [60, 100, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    long = replace(READING, text="word " * 100)
    for renderable in (readings_table([long]), summary_panel(SUMMARY, "a clip")):
        assert max(map(len, drawn(renderable, width).splitlines())) <= width


def test_a_summary_says_what_each_modality_had_to_do_with_it() -> None:
    text = drawn(summary_panel(SUMMARY, "a clip"))
    for part in (
        "a clip",
        "+1.25 positive",
        "90 % between +0.30 and +2.10",
        "1 window, 3.4 s",
        "missing (lost)",
    ):
        assert part in text


def test_a_summary_without_a_score_says_why() -> None:
    assert "nothing to say: there was nothing to read" in drawn(summary_panel(NOTHING, "a clip"))


def test_rows_that_failed_say_why_and_the_others_their_score() -> None:
    failed = replace(NOTHING, reason=None, row=2, error="gone.mp4 does not exist")
    lines = drawn(rows_table([replace(SUMMARY, row=1), failed])).splitlines()
    assert "+1.25" in lines[1]
    assert "gone.mp4 does not exist" in lines[2]


def test_sources_show_what_they_went_through() -> None:
    view = SourceView("camera", "video", "C920", State.LIVE, None, 25.0, 0.1, 12, 3)
    assert drawn(sources_table([view])).splitlines()[1].split() == ["camera", "live", "12", "3", "C920"]


def test_latency_shows_its_percentiles() -> None:
    line = drawn(latency_table({"engine": Percentiles(9, 1.0, 2.0, 2.5, 3.0, 4.0)})).splitlines()[1]
    assert line.split() == ["engine", "1.0", "2.0", "3.0", "4.0"]


@given(st.floats(-3, 3))
def test_a_bar_is_always_as_long_and_grows_with_its_score(score: float) -> None:
    text = bar(score)
    assert len(text) == BAR + 1
    assert text[BAR // 2] == "│"
    assert text.count("━") == round(abs(score) / 3 * (BAR // 2))
    assert bar(-score) == text[::-1]


def test_no_table_gives_a_command_to_a_terminal() -> None:
    evil = "a\x1b[2J\x1b]0;owned\x07b"
    broken = replace(NOTHING, row=1, error=f"{evil}.vtt does not exist", reason=None)
    view = SourceView("camera", "video", evil, State.LIVE, None, 25.0, 0.1, 0, 0)
    for table in (
        readings_table([replace(READING, text=evil)]),
        rows_table([broken]),
        summary_panel(broken, evil),
        sources_table([view]),
    ):
        text = drawn(table)
        assert "ab" in text
        assert "\x1b" not in text
