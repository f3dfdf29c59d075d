"""Pictures of figures, as SVG; matplotlib is of the extra ``[train]``."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.common.metrics import ReliabilityRow

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SIZE = (7.4, 3.8)
SALT = "fsrf"


def figure() -> "Figure":
    """An empty picture; raises DataError where matplotlib is not installed."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as error:
        raise DataError(f"pictures need matplotlib ({error}): pip install 'fsrf-live[train]'") from error
    mpl.rcParams["svg.hashsalt"] = SALT
    return Figure(figsize=_SIZE, layout="constrained")


def reliability_diagram(groups: Mapping[str, Sequence[ReliabilityRow]], title: str) -> "Figure":
    """How often the likeliest class is right, by how likely it is said to be; circles grow with the rows."""
    drawn = figure()
    axes = drawn.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    for name, rows in groups.items():
        points = np.array(rows)
        (line,) = axes.plot(points[:, 0], points[:, 1], linewidth=1.1, alpha=0.7, label=name)
        axes.scatter(points[:, 0], points[:, 1], s=400 * points[:, 2], alpha=0.4, color=line.get_color())
    axes.set_xlabel("probability of the likeliest class")
    axes.set_ylabel("share that is right")
    axes.set_xlim(0.3, 1.0)
    axes.set_ylim(0.0, 1.0)
    axes.set_title(title, fontsize=9)
    axes.grid(alpha=0.3)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8, frameon=False)
    return drawn


def save_svg(drawn: "Figure", path: Path) -> None:
    """Write an SVG whose bytes depend on nothing but what is drawn."""
    drawn.savefig(path, format="svg", metadata={"Date": None})
