"""One picture of the dashboard: a pure function from a snapshot, a size and the view's state to lines."""

from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.text import Text

from fsrf_live.stream.dashboard.cells import (
    DIM,
    STATE_SIGN,
    STATE_STYLE,
    Lines,
    block,
    clean,
    cut_cells,
    fit_cells,
    framed,
    line,
    polarity,
    ruled,
    signed,
)
from fsrf_live.stream.dashboard.graph import graph
from fsrf_live.stream.dashboard.layout import Box, Panel, plan
from fsrf_live.stream.dashboard.panels import edges, help, latency, score, sources, talk, who
from fsrf_live.stream.dashboard.state import UiState
from fsrf_live.stream.flow.records import shown_label
from fsrf_live.stream.flow.snapshot import Snapshot

_LEAST_WIDTH, _LEAST_HEIGHT = 40, 8
_Draw = Callable[[Snapshot, int, int], Lines]


def _history(snapshot: Snapshot, width: int, height: int) -> Lines:
    return graph(snapshot.history, snapshot.time_s, width, height)


_PANELS: dict[Panel, tuple[str, str, _Draw]] = {
    "score": ("sentiment", "score", score.score),
    "history": ("history", "past", _history),
    "who": ("who said so", "who", who.who),
    "sources": ("sources", "in", sources.sources),
    "words": ("words", "words", talk.words),
    "latency": ("where the milliseconds went", "ms", latency.latency),
    "events": ("events", "events", talk.events),
}
_NOTES: dict[Panel, Callable[[Snapshot], Text]] = {
    "score": score.score_note,
    "latency": latency.latency_note,
    "history": lambda _: line(("● final  ⠒ trend  ⠡ 90 %  ▒ missing", DIM)),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """Lines of exactly the screen's width; a rich renderable."""

    lines: tuple[Text, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for index, text in enumerate(self.lines):
            if index:
                yield Segment.line()
            yield from text.render(console)


def render(snapshot: Snapshot, width: int, height: int, ui: UiState | None = None) -> Picture:
    """Draw the snapshot on exactly `width` x `height` cells (1 x 1 at least); designed for 60 x 20 and up."""
    ui = ui or UiState()
    if width < _LEAST_WIDTH or height < _LEAST_HEIGHT:
        return Picture(tuple(block(_tiny(snapshot, ui), width, height)))
    rows: list[list[tuple[int, Text]]] = [[] for _ in range(height)]
    rows[0].append((0, edges.header(snapshot, ui, width)))
    rows[-1].append((0, edges.footer(snapshot, ui, width)))
    for box in plan(width, height):
        for offset, text in enumerate(_draw(box, snapshot)):
            rows[box.y + offset].append((box.x, text))
    lines = [_merge(row, width) for row in rows]
    return Picture(tuple(_with_help(lines, width, height) if ui.help else lines))


def _tiny(snapshot: Snapshot, ui: UiState) -> Lines:
    """What is left of the picture if there is no room for panels."""
    reading = snapshot.reading
    said = [edges.recording(snapshot), " " if snapshot.recording else "", "FROZEN " if ui.frozen else ""]
    if reading is None:
        lines = [line(*said, clean(snapshot.loading or "") or "no score yet")]
    else:
        label = shown_label(reading)
        lines = [
            line(*said, (signed(reading.score), f"bold {polarity(reading.score)}"), f" {label}"),
            line(f"{signed(reading.low)} … {signed(reading.high)}"),
        ]
    states = [
        line((STATE_SIGN[view.state], STATE_STYLE[view.state]), f" {clean(view.source)}")
        for view in snapshot.sources
    ]
    return [*lines, *states, line((clean(f"{snapshot.words} {snapshot.tentative}"), DIM))]


def apology(error: Exception, width: int, height: int) -> Picture:
    """What is shown if a picture could not be drawn."""
    lines = [
        line((" the dashboard could not draw this picture; the session goes on ", "bold reverse")),
        line(f" {type(error).__name__}: {clean(str(error))}"),
        line((" q ", "bold"), "quit"),
    ]
    return Picture(tuple(block(lines, width, height)))


def _draw(box: Box, snapshot: Snapshot) -> Lines:
    title, short, draw = _PANELS[box.panel]
    if box.edge == "bare":
        head = Text.assemble((f" {short} ", "bold"), end="", no_wrap=True)
        room = box.width - head.cell_len
        text = block(draw(snapshot, room, 1), room, 1)[0]
        return [Text.assemble(head, text, end="", no_wrap=True)]
    note = _NOTES[box.panel](snapshot) if box.panel in _NOTES else line("")
    around, inside = (framed, (4, 2)) if box.edge == "frame" else (ruled, (2, 1))
    lines = draw(snapshot, box.width - inside[0], box.height - inside[1])
    return around(title, note, lines, box.width, box.height)


def _merge(pieces: list[tuple[int, Text]], width: int) -> Text:
    """One line from pieces at columns, left to right."""
    merged = line("")
    for x, text in sorted(pieces, key=lambda piece: piece[0]):
        merged.append(" " * (x - merged.cell_len))
        merged.append_text(text)
    return fit_cells(merged, width)


def _with_help(lines: list[Text], width: int, height: int) -> list[Text]:
    box, x, y = help.help_overlay(width, height)
    covered = list(lines)
    for offset, text in enumerate(box):
        under = lines[y + offset].plain
        right = x + text.cell_len
        covered[y + offset] = Text.assemble(
            (cut_cells(under, 0, x), DIM),
            text,
            (cut_cells(under, right, width - right), DIM),
            end="",
            no_wrap=True,
        )
    return covered
