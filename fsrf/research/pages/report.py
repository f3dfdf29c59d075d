"""The page of a comparison: tables and pictures, and the figures of every run beside it."""

from pathlib import Path

from fsrf_live.fsrf.common.markdown import printed_by, report_in, write_page
from fsrf_live.fsrf.common.modalities import SUBSET_NAMES
from fsrf_live.fsrf.research.experiments.summary import Comparison
from fsrf_live.fsrf.research.pages.page import render_page
from fsrf_live.fsrf.research.pages.pictures import draw

CAVEAT = (
    "These figures are on this data alone, and cannot be set beside the tables of the FSRF and FIRF papers, "
    "which are on CMU-MOSEI and CH-SIMS."
)


def write_comparison(folder: Path, name: str, command: str, commit: str, summary: Comparison) -> Path:
    """Write ``NAME.md``, ``NAME.json`` and the pictures; returns the page's path. Raises DataError."""
    with report_in(folder):
        parts = [head(name, command, commit, summary), render_page(summary, draw(summary, folder))]
        return write_page(folder, name, parts, _rounded(run_figures(summary)))


def head(name: str, command: str, commit: str, summary: Comparison) -> str:
    """Title, how the page was made, and what it cost."""
    seconds = sum(summary.seconds(m) * len(summary.of(m)) for m in summary.models)
    runs = sum(len(summary.of(m)) for m in summary.models)
    return (
        f"# Comparison: {name}\n\n{printed_by(command, commit)}; {runs} trainings of one thread, "
        f"{seconds:.0f} processor seconds in all. Every run: [{name}.json]({name}.json). {CAVEAT}"
    )


def run_figures(summary: Comparison) -> dict[str, object]:
    """Every run's figures as plain dictionaries for JSON, by model."""
    subsets = {s: SUBSET_NAMES[s] for s in summary.task.subsets}
    return {
        model: [
            {
                "seed": o.seed,
                "seconds": o.seconds,
                "epoch": o.epoch,
                "validation": o.validation,
                "subsets": {name: o.subsets[s] for s, name in subsets.items()},
                "conditions": o.conditions,
                "intervals": {name: o.intervals[s] for s, name in subsets.items() if o.intervals},
            }
            for o in summary.of(model)
        ]
        for model in summary.models
    }


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return value
