"""Pictures of a comparison, as SVG: the curve over missing rates, and a reliability diagram."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fsrf.errors import DataError
from fsrf.experiments.contenders import ABLATIONS, FSRF_NAME
from fsrf.experiments.masks import RATES
from fsrf.experiments.summary import Spread, Summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIZE = (7.4, 3.8)
SALT = "fsrf"


def draw(summary: Summary, folder: Path) -> dict[str, str]:
    """Write the pictures of a task into a folder; returns their file names by kind.

    Raises DataError where matplotlib, of the extra ``[train]``, is not installed.
    """
    names = {"rates": f"{summary.task.name}-rates.svg"}
    _save(rates(summary), folder / names["rates"])
    if any(outcome.reliability for outcome in summary.of(FSRF_NAME)):
        names["reliability"] = f"{summary.task.name}-reliability.svg"
        _save(reliability(summary), folder / names["reliability"])
    return names


def rates(summary: Summary) -> "Figure":
    """The headline over the share of missing frames, with a band of one deviation for FSRF."""
    figure = _figure()
    axes = figure.subplots()
    task = summary.task
    places = [0.0, *RATES]
    for model in summary.models:
        if model in ABLATIONS:
            continue
        line = [summary.subset(model, task.subsets[-1], task.headline)]
        line += [summary.condition(model, f"rate-{rate}", task.headline) for rate in RATES]
        means = np.array([spread.mean for spread in line])
        ours = model == FSRF_NAME
        axes.plot(places, means, label=model, linewidth=2.4 if ours else 1.1, zorder=3 if ours else 2)
        if ours:
            reach = np.array([spread.deviation for spread in line])
            axes.fill_between(places, means - reach, means + reach, alpha=0.2, linewidth=0)
    axes.set_xlabel("share of frames that are missing, all modalities")
    axes.set_ylabel(task.columns[task.headline])
    axes.grid(alpha=0.3)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8, frameon=False)
    return figure


def reliability(summary: Summary) -> "Figure":
    """How often the likeliest class is right, by how likely FSRF says it is; circles grow with their rows."""
    figure = _figure()
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    for outcome in summary.of(FSRF_NAME):
        points = np.array(outcome.reliability)
        axes.scatter(
            points[:, 0], points[:, 1], s=400 * points[:, 2], alpha=0.5, label=f"seed {outcome.seed}"
        )
    axes.set_xlabel("probability of the likeliest class")
    axes.set_ylabel("share that is right")
    axes.set_xlim(0.3, 1.0)
    axes.set_ylim(0.0, 1.0)
    gap = Spread.of(
        [float(sum(abs(c - a) * share for c, a, share in o.reliability)) for o in summary.of(FSRF_NAME)]
    )
    axes.set_title(f"expected calibration error {gap.mean:.3f} ± {gap.deviation:.3f}", fontsize=9)
    axes.grid(alpha=0.3)
    return figure


def _figure() -> "Figure":
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as error:
        raise DataError(f"pictures need matplotlib ({error}): pip install 'fsrf-live[train]'") from error
    mpl.rcParams["svg.hashsalt"] = SALT
    return Figure(figsize=SIZE, layout="constrained")


def _save(figure: "Figure", path: Path) -> None:
    """Write an SVG whose bytes depend on nothing but what is drawn."""
    figure.savefig(path, format="svg", metadata={"Date": None})
