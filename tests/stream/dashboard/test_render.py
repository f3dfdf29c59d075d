"""What is on the screen, at the sizes that the layouts were designed for."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from fsrf_live.stream.dashboard import UiState, render
from fsrf_live.stream.dashboard.cells import DIM, MINUS
from fsrf_live.stream.flow.items import State
from fsrf_live.stream.flow.snapshot import Snapshot
from tests.doubles.scripted import scripted

WIDTHS = (60, 80, 100, 140, 200)
HEIGHTS = (20, 24, 30, 40, 60)
GOLDEN = Path(__file__).parent / "golden"


def text_of(snapshot: Snapshot, width: int, height: int, ui: UiState | None = None) -> str:
    return "\n".join(text.plain for text in render(snapshot, width, height, ui).lines)


@pytest.mark.parametrize("height", HEIGHTS)
@pytest.mark.parametrize("width", WIDTHS)
def test_a_picture_fills_the_screen_exactly(mid_outage: Snapshot, width: int, height: int) -> None:
    lines = render(mid_outage, width, height).lines
    assert len(lines) == height
    assert {text.cell_len for text in lines} == {width}


@pytest.mark.parametrize("height", HEIGHTS)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_key_fact_is_there_at_every_size(mid_outage: Snapshot, width: int, height: int) -> None:
    shown = text_of(mid_outage, width, height)
    facts = ["neutral", f"{MINUS}0.98 … +1.22", "+0.07", f"{MINUS}0.16", "recovered 72 %"]
    facts += ["camera", "lost", "no ne", "mic", "live", "25.0/s", "41 ms", "12", "wait", "600"]
    facts += ["REC", "camera:unplug", "onnx", "0:20", "surprise this is", "q", "?", "if lost"]
    assert [fact for fact in facts if fact not in shown] == []


@pytest.mark.parametrize("width", [40, *WIDTHS])
def test_it_says_all_the_time_that_pictures_and_sound_are_recorded(mid_outage: Snapshot, width: int) -> None:
    assert "● REC media" not in text_of(mid_outage, width, 24)
    assert "● REC media" in text_of(replace(mid_outage, recording_media=True), width, 24)


@pytest.mark.parametrize(("width", "height"), [(60, 20), (60, 44), (80, 24), (100, 34), (140, 40), (200, 50)])
@pytest.mark.parametrize("moment", [0.2, 20.0, 33.0])
def test_the_picture_is_the_golden_one(width: int, height: int, moment: float) -> None:
    """Set FSRF_UPDATE_GOLDEN to write them anew after a change on purpose; look at the difference."""
    shown = text_of(scripted(moment), width, height)
    path = GOLDEN / f"{width}x{height}_{moment:g}s.txt"
    if os.environ.get("FSRF_UPDATE_GOLDEN"):
        path.write_text(shown + "\n", encoding="utf-8")
    assert shown + "\n" == path.read_text(encoding="utf-8")


def letters_in(snapshot: Snapshot, width: int, height: int, style: str) -> str:
    """What is shown in italics of a style, without blanks."""
    styled = [
        text.plain[span.start : span.end]
        for text in render(snapshot, width, height).lines
        for span in text.spans
        if span.style == style
    ]
    return "".join("".join(styled).split())


@pytest.mark.parametrize(("width", "height"), [(60, 20), (80, 24), (100, 34), (200, 50)])
def test_words_that_may_be_taken_back_are_dim(mid_outage: Snapshot, width: int, height: int) -> None:
    words = replace(mid_outage, words="so wonderful", tentative="isn't it")
    assert letters_in(words, width, height, "italic").strip("“") == "sowonderful"
    assert letters_in(words, width, height, f"italic {DIM}").strip("”") == "isn'tit"
    settled = replace(words, words=f"{words.words} {words.tentative}", tentative="")
    assert letters_in(settled, width, height, f"italic {DIM}") == ""
    assert text_of(settled, width, height) == text_of(words, width, height)


def test_before_the_models_are_ready_it_says_what_is_loading(live_microphone: Snapshot) -> None:
    shown = text_of(live_microphone, 80, 24)
    assert "loading the face model" in shown
    assert "◐ loading" in shown


def test_without_a_reading_it_says_that_it_listens_or_that_nothing_was_said(
    live_microphone: Snapshot,
) -> None:
    ready = replace(live_microphone, loading=None)
    assert "listening" in text_of(ready, 80, 24)
    assert "nothing was said" in text_of(replace(ready, ended=True), 80, 24)


@pytest.mark.parametrize("width", [80, 140, 200])
def test_a_live_source_says_how_far_the_rest_of_the_person_is_known(mid_outage: Snapshot, width: int) -> None:
    def shown(rest: float | None, state: State) -> str:
        sources = tuple(
            replace(view, rest=rest, state=state) if view.source == "mic" else view
            for view in mid_outage.sources
        )
        return text_of(replace(mid_outage, sources=sources), width, 40)

    assert "rest 40 %" in shown(0.4, State.LIVE)
    assert "rest 0 %" in shown(0.0, State.LIVE)
    for rest, state in ((1.0, State.LIVE), (None, State.LIVE), (0.4, State.DISABLED)):
        assert "rest " not in shown(rest, state)


def test_frozen_is_marked_and_the_key_says_how_to_go_on(mid_outage: Snapshot) -> None:
    shown = text_of(mid_outage, 100, 30, UiState(frozen=True))
    assert "FROZEN" in shown
    assert "go on" in shown


def test_a_cut_source_offers_to_be_restored(mid_outage: Snapshot) -> None:
    sources = tuple(
        replace(view, state=State.DISABLED) if view.source == "mic" else view for view in mid_outage.sources
    )
    assert "restore audio" in text_of(replace(mid_outage, sources=sources), 100, 30)


@pytest.mark.parametrize("width", WIDTHS)
def test_help_covers_the_picture_and_names_every_key(mid_outage: Snapshot, width: int) -> None:
    shown = text_of(mid_outage, width, 24, UiState(help=True))
    for key in ("q ", "space", "1 2 3", "f ", "m M", "? closes", "wait"):
        assert key in shown


def test_the_answer_to_a_key_takes_the_place_of_the_keys(mid_outage: Snapshot) -> None:
    shown = render(mid_outage, 60, 20, UiState(notice="video cut: press 3 to restore it")).lines[-1].plain
    assert "video cut: press 3" in shown


@pytest.mark.parametrize("width", [40, 60, 100])
def test_the_name_of_a_marker_is_shown_as_it_is_typed(mid_outage: Snapshot, width: int) -> None:
    shown = render(mid_outage, width, 20, UiState(typed="")).lines[-1].plain
    assert " marker: ▏  Enter sets it" in shown
    long = "a long name of a stimulus " * 9 + "to its end"
    assert "to its end▏" in render(mid_outage, 100, 20, UiState(typed=long)).lines[-1].plain


def test_nothing_is_said_by_colour_alone(mid_outage: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    console = Console(force_terminal=True, width=100, color_system="truecolor")
    with console.capture() as capture:
        console.print(render(mid_outage, 100, 30))
    drawn = capture.get()
    assert "38;2" not in drawn
    for sign in ("◆ neutral", "✕ camera", "● mic", "▒ recovered", "◐ partly", f"{MINUS}0.16"):
        assert sign in text_of(mid_outage, 100, 30)


def test_escape_sequences_of_others_never_reach_the_terminal(mid_outage: Snapshot) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J\u202eabc"
    camera = replace(mid_outage.sources[0], name=evil, reason=evil)
    snapshot = replace(
        mid_outage, sources=(camera,), words=evil, faults=(evil,), messages=(evil,), loading=evil, engine=evil
    )
    for width in WIDTHS:
        shown = text_of(snapshot, width, 40)
        assert not any(character in shown for character in "\x1b\x07\u202e")
