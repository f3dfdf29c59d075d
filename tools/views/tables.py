"""Records for people: what `analyze` prints on a terminal, and how `live` ends."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from fsrf_live.fsrf.common.config import SCORE_HIGH
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.records import SHOWN_AS, Label, ModalityReading, Reading, Summary, shown_label
from fsrf_live.stream.flow.text import printable

if TYPE_CHECKING:
    from fsrf_live.stream.flow.snapshot import Percentiles, SourceView

_STYLES: dict[Label | None, str] = {"positive": "green", "neutral": "yellow", "negative": "red", None: "dim"}
BAR = 20


def readings_table(readings: Iterable[Reading]) -> Table:
    """One line a window: time, score, interval, contributions and words."""
    table = Table(box=None, padding=(0, 1), header_style="dim")
    table.add_column("seconds", justify="right", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("90 %", no_wrap=True)
    table.add_column("", no_wrap=True)
    for modality in SHOWN_AS:
        table.add_column(SHOWN_AS[modality], justify="right", no_wrap=True)
    table.add_column("said", overflow="ellipsis", no_wrap=True, ratio=1)
    for reading in readings:
        style = _STYLES[reading.label]
        table.add_row(
            f"{reading.start_s:.1f}-{reading.end_s:.1f}",
            Text(f"{reading.score:+.2f}", f"bold {style}"),
            f"{reading.low:+.1f} {reading.high:+.1f}",
            Text(bar(reading.score), style),
            *(_contribution(reading.modalities[m]) for m in SHOWN_AS),
            Text(printable(reading.text)),
        )
    return table


def rows_table(summaries: Iterable[Summary]) -> Table:
    """One line a row of a manifest."""
    table = Table(box=None, padding=(0, 1), header_style="dim")
    table.add_column("row", justify="right")
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("90 %", no_wrap=True)
    table.add_column("label", no_wrap=True)
    table.add_column("", overflow="ellipsis", no_wrap=True, ratio=1)
    for summary in summaries:
        style = _STYLES[summary.label]
        if summary.score is None or summary.low is None or summary.high is None:
            what, why = "error" if summary.error else "nothing", summary.error or summary.reason or ""
            table.add_row(str(summary.row), "-", "", Text(what, "red"), Text(printable(why)))
            continue
        table.add_row(
            str(summary.row),
            Text(f"{summary.score:+.2f}", f"bold {style}"),
            f"{summary.low:+.1f} {summary.high:+.1f}",
            Text(shown_label(summary), style),
            "",
        )
    return table


def summary_panel(summary: Summary, title: str, *below: RenderableType) -> Panel:
    """The end of a run: the score over all of it, and each modality's contribution."""
    style = _STYLES[summary.label]
    return Panel(
        Group(_headline(summary), Text(""), _modalities(summary.modalities), *below),
        title=Text(printable(title)),
        title_align="left",
        border_style=style,
        padding=(0, 1),
        expand=False,
    )


def sources_table(views: Iterable["SourceView"]) -> Table:
    """What each source went through."""
    table = Table(box=None, padding=(0, 1), header_style="dim")
    for name, justify in (("source", "left"), ("state", "left"), ("drops", "right"), ("reconnects", "right")):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    table.add_column("", overflow="ellipsis", no_wrap=True)
    for view in views:
        counts = str(view.drops), str(view.reconnects)
        table.add_row(view.source, view.state.value, *counts, Text(printable(view.name)))
    return table


def latency_table(parts: Mapping[str, "Percentiles"]) -> Table:
    """The parts of the latency of final readings."""
    table = Table(box=None, padding=(0, 1), header_style="dim")
    table.add_column("ms")
    for name in ("p50", "p90", "p99", "max"):
        table.add_column(name, justify="right")
    for name, part in parts.items():
        table.add_row(name, *(f"{value:.1f}" for value in (part.p50, part.p90, part.p99, part.max)))
    return table


def bar(score: float) -> str:
    """A score as a bar to the left or right of a middle line, always `BAR` + 1 cells."""
    half = BAR // 2
    filled = min(half, round(abs(score) / SCORE_HIGH * half))
    side = "━" * filled
    return f"{side:>{half}}│{'':{half}}" if score < 0 else f"{'':{half}}│{side:<{half}}"


def _headline(summary: Summary) -> Text:
    if summary.score is None or summary.low is None or summary.high is None:
        return Text(printable(f"nothing to say: {summary.reason or summary.error or 'no reading'}"), "bold")
    label = shown_label(summary)
    windows = "1 window" if summary.windows == 1 else f"{summary.windows} windows"
    return Text.assemble(
        (f"{summary.score:+.2f} {label}", f"bold {_STYLES[summary.label]}"),
        f"   90 % between {summary.low:+.2f} and {summary.high:+.2f}   {windows}, {summary.duration_s:.1f} s",
    )


def _modalities(modalities: Mapping[Modality, ModalityReading]) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="dim")
    for name in ("", "state", "there", "contribution"):
        table.add_column(name, justify="right" if name in ("there", "contribution") else "left")
    for modality in (m for m in SHOWN_AS if m in modalities):
        reading = modalities[modality]
        reason = f" ({reading.reason.value})" if reading.reason else ""
        table.add_row(
            SHOWN_AS[modality], f"{reading.state}{reason}", f"{reading.coverage:.0%}", _contribution(reading)
        )
    return table


def _contribution(reading: ModalityReading) -> Text:
    if reading.state == "missing":
        return Text("-", "dim")
    return Text(f"{reading.contribution:+.2f}")
