"""The page of a comparison: tables and pictures, and beside it the figures that they are made of."""

from pathlib import Path

from fsrf_live.fsrf.common.markdown import printed_by, report_in, write_page
from fsrf_live.fsrf.common.modalities import SUBSET_NAMES
from fsrf_live.fsrf.research.experiments.summary import Comparison, Spread
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
        return write_page(folder, name, parts, page_figures(summary))


def head(name: str, command: str, commit: str, summary: Comparison) -> str:
    """Title, how the page was made, and what it cost."""
    seconds = sum(summary.seconds(m) * len(summary.of(m)) for m in summary.models)
    runs = sum(len(summary.of(m)) for m in summary.models)
    return (
        f"# Comparison: {name}\n\n{printed_by(command, commit)}; {runs} trainings of one thread, "
        f"{seconds:.0f} processor seconds in all. Figures by seed: [{name}.json]({name}.json). {CAVEAT}"
    )


def page_figures(summary: Comparison) -> dict[str, object]:
    """What the tables are made of: ``[mean, deviation]`` over seeds, and what is compared by seed."""
    figures = {
        "headline": summary.task.headline,
        "seeds": summary.seeds,
        "models": {model: _model_figures(summary, model) for model in summary.models},
    }
    return {name: _rounded(one) for name, one in figures.items()}


def _model_figures(summary: Comparison, model: str) -> dict[str, object]:
    task, outcomes = summary.task, summary.of(model)
    subsets = {SUBSET_NAMES[s]: s for s in task.subsets}
    titles = tuple(outcomes[0].intervals[task.subsets[0]]) if outcomes[0].intervals else ()
    return {
        "seconds": summary.seconds(model),
        "subsets": {
            name: {title: _pair(summary.subset(model, s, title)) for title in outcomes[0].subsets[s]}
            for name, s in subsets.items()
        },
        "conditions": {
            name: _pair(summary.condition(model, name, task.headline)) for name in outcomes[0].conditions
        },
        "intervals": {
            name: {title: _pair(Spread.of([o.intervals[s][title] for o in outcomes])) for title in titles}
            for name, s in subsets.items()
            if titles
        },
        "by seed": {
            "complete": [outcome.subsets[task.subsets[-1]][task.headline] for outcome in outcomes],
            "incomplete": summary.incomplete(model, task.headline),
            "disturbed": summary.disturbed(model, task.headline),
            "incomplete mae": summary.incomplete(model, "mae"),
        },
    }


def _pair(spread: Spread) -> list[float]:
    return [spread.mean, spread.deviation]


def run_figures(summary: Comparison) -> dict[str, object]:
    """All figures of every run as plain dictionaries for JSON, by model."""
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
