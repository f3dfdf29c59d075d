"""Pictures of a comparison, as SVG: the curve over missing rates, and a reliability diagram."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fsrf_live.fsrf.common.metrics import ReliabilityRow, calibration_error
from fsrf_live.fsrf.common.pictures import figure, reliability_diagram, save_svg
from fsrf_live.fsrf.research.experiments.contenders import ABLATIONS, FSRF_NAME
from fsrf_live.fsrf.research.experiments.masks import RATES
from fsrf_live.fsrf.research.experiments.summary import Comparison, Spread

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(summary: Comparison, folder: Path) -> dict[str, str]:
    """Write the pictures of a task into a folder; returns their file names by kind.

    Raises DataError if matplotlib is not installed.
    """
    names = {"rates": f"{summary.task.name}-rates.svg"}
    save_svg(rates(summary), folder / names["rates"])
    if any(outcome.reliability for outcome in summary.of(FSRF_NAME)):
        names["reliability"] = f"{summary.task.name}-reliability.svg"
        save_svg(reliability(summary), folder / names["reliability"])
    return names


def rates(summary: Comparison) -> "Figure":
    """The headline over the share of missing frames, with a band of one deviation for FSRF."""
    drawn = figure()
    axes = drawn.subplots()
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
    axes.grid(alpha=0.3, clip_on=False)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8, frameon=False)
    return drawn


def reliability(summary: Comparison) -> "Figure":
    """The reliability diagram of FSRF's complete answers: all seeds together, and each behind."""
    seeds = [outcome.reliability for outcome in summary.of(FSRF_NAME)]
    gap = Spread.of([calibration_error(rows) for rows in seeds])
    title = f"expected calibration error {gap.mean:.3f} ± {gap.deviation:.3f}"
    return reliability_diagram({"all seeds": pooled(seeds)}, seeds, title)


def pooled(seeds: Sequence[Sequence[ReliabilityRow]]) -> list[ReliabilityRow]:
    """The rows of several runs by bins of a tenth, each run weighted equally."""
    rows = np.array([row for each in seeds for row in each])
    bins = (rows[:, 0] * 10).astype(np.int64)
    together = []
    for place in np.unique(bins):
        confidence, right, share = rows[bins == place].T
        weights = share / share.sum()
        mean_share = share.sum() / len(seeds)
        together.append((float(confidence @ weights), float(right @ weights), float(mean_share)))
    return together
