"""What failure costs, for files: JSON lines, and a folder with a page, tables and pictures."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fsrf_live.fsrf.common.csv_rows import csv_row
from fsrf_live.fsrf.common.files import write_whole
from fsrf_live.stream.clips.rehearsal import CaseRun, Cost
from fsrf_live.tools.shell.output import STANDARD_OUTPUT, writing, written_whole
from fsrf_live.tools.views.simulation_tables import COLUMNS, LEGEND, TITLES, cells, sure

PAGE, COSTS, READINGS = "report.md", "cases.csv", "readings.csv"


def record_of(cost: Cost) -> dict[str, Any]:
    """One case as a JSON object; the names and their order are stable."""
    values: dict[str, float | None] = {
        "complete": cost.complete,
        "score": cost.score,
        "moved": cost.moved,
        "most": cost.most,
        "complete_width": cost.complete_width,
        "width": cost.width,
    }
    times = {"noticed_s": cost.noticed_s, "back_s": cost.back_s}
    return {
        "type": "case",
        "case": cost.case.name,
        "group": cost.case.group,
        "faults": [str(fault) for fault in cost.case.faults],
        "without": sorted(cost.case.without),
        "windows": cost.of,
        "compared": cost.windows,
        **{name: _rounded(value) for name, value in values.items()},
        "inside": cost.inside,
        "relabelled": cost.relabelled,
        **{name: _rounded(value) for name, value in times.items()},
        "unnoticed": cost.unnoticed,
        "not_back": cost.not_back,
    }


def write_lines(costs: Sequence[Cost], target: str | None) -> None:
    """One line of JSON a case, to standard output or a file; raises UsageError if it cannot be written."""
    text = "".join(json.dumps(record_of(cost), separators=(",", ":")) + "\n" for cost in costs)
    if target is None or target == STANDARD_OUTPUT:
        sys.stdout.write(text)
        return
    with written_whole("--jsonl", Path(target)) as file:
        file.write(text)


def write_rehearsal(folder: Path, media: str, runs: Sequence[CaseRun], costs: Sequence[Cost]) -> None:
    """Write everything; raises UsageError if there is no room."""
    from fsrf_live.tools.views.simulation_pictures import draw_curves, draw_scores

    with writing("--report", folder, "make room, or choose another"):
        pictures = [*draw_scores(folder, runs), draw_curves(folder, costs)]
        write_whole(folder / COSTS, _costs_csv(costs).encode())
        write_whole(folder / READINGS, _readings_csv(runs).encode())
        write_whole(folder / PAGE, _page(media, costs, pictures).encode())


def _costs_csv(costs: Sequence[Cost]) -> str:
    rows = [record_of(cost) for cost in costs]
    names = [name for name in rows[0] if name != "type"]
    flat = [[" ".join(v) if isinstance(v, list) else v for v in (row[n] for n in names)] for row in rows]
    return _csv([names, *flat])


def _readings_csv(runs: Sequence[CaseRun]) -> str:
    names = ["case", "window", "start_s", "end_s", "score", "low", "high", "label", "video", "audio", "text"]
    rows = [
        [
            run.case.name,
            r.window,
            *(_rounded(v) for v in (r.start_s, r.end_s, r.score, r.low, r.high)),
            r.label,
        ]
        + [r.modalities[m].state for m in ("video", "audio", "text")]
        for run in runs
        for r in run.finals
    ]
    return _csv([names, *rows])


def _csv(rows: Sequence[Sequence[Any]]) -> str:
    return "".join(map(csv_row, rows))


def _page(media: str, costs: Sequence[Cost], pictures: Sequence[str]) -> str:
    head = f"| case | {' | '.join(COLUMNS)} |\n|---|{'---:|' * len(COLUMNS)}\n"
    parts = [f"# What failure costs on {media}\n\n{sure(costs)}\n\n"]
    for group, title in TITLES.items():
        rows = [cost for cost in costs if cost.case.group == group]
        if rows:
            lines = (f"| {c.case.name} | {' | '.join(cell.plain for cell in cells(c))} |\n" for c in rows)
            parts.append(f"## {title.capitalize()}\n\n{head}{''.join(lines)}\n")
    parts.append(f"{LEGEND[0].upper()}{LEGEND[1:]}.\n\n## Pictures\n\n")
    parts += [f"![{Path(name).stem}]({name})\n\n" for name in pictures]
    return "".join(parts).rstrip() + "\n"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3) + 0.0
