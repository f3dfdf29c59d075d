"""Pictures of what failure costs: the score over time in each case, and how it fades as more is lost."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fsrf_live.fsrf.common.config import SCORE_HIGH, SCORE_LOW
from fsrf_live.fsrf.common.files import replacing
from fsrf_live.fsrf.common.pictures import figure
from fsrf_live.stream.clips.rehearsal import CaseRun, Cost
from fsrf_live.stream.flow.clock import NS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fsrf_live.stream.flow.records import Reading

GROUPS = ("subset", "camera", "mic", "text", "given")
_COMPLETE, CASE, FAULT = "#888888", "#1f6fb4", "#d9a03f"
WIDTH_IN, PANEL_IN = 9.0, 1.5
_MARGIN = 0.2
"""Score points beyond the scale, so that a line at its end is seen."""


def draw_scores(folder: Path, runs: Sequence[CaseRun]) -> list[str]:
    """One picture a group, a panel a case: its score and band before those of the complete run."""
    names = []
    for group in GROUPS:
        shown = [run for run in runs if run.case.group == group]
        if shown:
            drawn = _figure(PANEL_IN * len(shown) + 0.4)
            panels = drawn.subplots(len(shown), sharex=True, squeeze=False)[:, 0]
            for axes, run in zip(panels, shown, strict=True):
                _draw_case(axes, run, runs[0])
            panels[-1].set_xlabel("s")
            names.append(_save(drawn, folder, f"{group}.png"))
    return names


def draw_curves(folder: Path, costs: Sequence[Cost]) -> str:
    """How far the score moves, and how wide its interval is, against the share that is dropped."""
    drawn = _figure(3.6)
    moved, width = drawn.subplots(1, 2)
    curves: dict[str, list[tuple[float, Cost]]] = {}
    for cost in costs:
        if cost.case.group == "curve":
            fault = cost.case.faults[0]
            curves.setdefault(fault.source, []).append((fault.value or 0.0, cost))
    for source, points in curves.items():
        name = "all of them" if source == "*" else source
        shares = [0.0, *(share for share, _ in points)]
        moved.plot(shares, [0.0, *(cost.moved or 0.0 for _, cost in points)], marker=".", label=name)
        widths = [costs[0].width, *(cost.width for _, cost in points)]
        width.plot(shares, [float("nan") if w is None else w for w in widths], marker=".", label=name)
    for axes, title in ((moved, "mean change of the score"), (width, "width of the 90 % interval")):
        axes.set_title(title, fontsize=9)
        axes.set_xlabel("share of items dropped")
        axes.set_ylim(bottom=0.0)
        axes.grid(alpha=0.3)
    moved.legend(fontsize=8, frameon=False)
    return _save(drawn, folder, "degradation.png")


def _draw_case(axes: "Axes", run: CaseRun, complete: CaseRun) -> None:
    _draw_track(axes, complete.finals, _COMPLETE, 0.15)
    _draw_track(axes, run.finals, CASE, 0.25)
    for fault in run.case.faults:
        end_s = min(fault.end_s, complete.finals[-1].end_s if complete.finals else fault.start_s)
        axes.axvspan(fault.start_s, end_s, ymax=0.04, color=FAULT, linewidth=0)
    axes.axhline(0.0, color="black", linewidth=0.5, alpha=0.4)
    axes.set_ylim(SCORE_LOW - _MARGIN, SCORE_HIGH + _MARGIN)
    axes.set_yticks([SCORE_LOW, 0, SCORE_HIGH])
    axes.set_title(run.case.name, fontsize=8, loc="left", pad=2)
    start_s, _ = run.case.span
    axes.set_xlim(min(0.0, start_s / NS), None)


def _draw_track(axes: "Axes", readings: Sequence["Reading"], colour: str, alpha: float) -> None:
    for reading in readings:
        span = (reading.start_s, reading.end_s)
        axes.fill_between(span, reading.low, reading.high, color=colour, alpha=alpha, linewidth=0)
        axes.plot(span, (reading.score, reading.score), color=colour, linewidth=2, solid_capstyle="butt")


def _figure(height_in: float) -> "Figure":
    return figure((WIDTH_IN, height_in), dpi=110)


def _save(drawn: "Figure", folder: Path, name: str) -> str:
    """Write a PNG; equal drawings give equal bytes."""
    with replacing(folder / name) as file:
        drawn.savefig(file, format="png", metadata={"Software": None})
    return name
