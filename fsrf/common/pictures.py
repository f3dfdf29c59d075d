"""Pictures of figures, as SVG; matplotlib is of the extra ``[train]``."""

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.common.files import write_whole
from fsrf_live.fsrf.common.metrics import ReliabilityRow

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SIZE = (7.4, 3.8)
SALT = "fsrf"
_LONG_NUMBER = re.compile(r"-?\d+\.\d\d+")
_STYLE = re.compile(r'style="([^"]*)"')
_TAG = re.compile(r"<[^>]*>")
_UNSEEN = re.compile(
    r"<!.*?>|<metadata>.*?</metadata>|</?g(?: id=\"[^\"]*\")?>| transform=\"rotate\(-0 [^\"]*\""
    r"|(?<=[\dz])\s+(?=\")|(?<=>)\s+(?=<)",
    re.DOTALL,
)
"""Comments, metadata, groups, turns by nothing, and space at the end of a path and between elements."""


def figure(size: tuple[float, float] = _SIZE, dpi: float = 100) -> "Figure":
    """An empty picture, `size` in inches; raises DataError if matplotlib is not installed."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as error:
        raise DataError(f"pictures need matplotlib ({error}): pip install 'fsrf-live[train]'") from error
    mpl.rcParams["svg.hashsalt"] = SALT
    mpl.rcParams["font.sans-serif"] = ["DejaVu Sans"]  # every text in an SVG names the whole list
    mpl.rcParams["svg.fonttype"] = "none"  # text stays text: as outlines, the letters are most of the file
    return Figure(figsize=size, dpi=dpi, layout="constrained")


def reliability_diagram(
    groups: Mapping[str, Sequence[ReliabilityRow]], behind: Sequence[Sequence[ReliabilityRow]], title: str
) -> "Figure":
    """How often the likeliest class is right, by how likely it is said to be; circles grow with the rows.

    What is `behind` the groups, such as the single seeds of a mean, is drawn as thin lines.
    """
    drawn = figure()
    axes = drawn.subplots()
    axes.plot([0.3, 1], [0.3, 1], color="grey", linewidth=0.8)
    for rows in behind:
        points = np.array(rows)
        axes.plot(points[:, 0], points[:, 1], color="grey", linewidth=0.6, alpha=0.5, clip_on=False)
    for name, rows in groups.items():
        points = np.array(rows)
        x, y, sizes = points[:, 0], points[:, 1], 400 * points[:, 2]
        (line,) = axes.plot(x, y, linewidth=1.1, alpha=0.7, label=name, clip_on=False)
        axes.scatter(x, y, s=sizes, alpha=0.4, linewidth=0, color=line.get_color(), clip_on=False)
    axes.set_xlabel("probability of the likeliest class")
    axes.set_ylabel("share that is right")
    axes.set_xlim(0.3, 1.0)
    axes.set_ylim(0.0, 1.0)
    axes.set_title(title, fontsize=9)
    axes.grid(alpha=0.3, clip_on=False)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8, frameon=False)
    return drawn


def save_svg(drawn: "Figure", path: Path) -> None:
    """Write a small SVG, in tenths of a point, whose bytes depend on nothing but what is drawn."""
    whole = io.StringIO()
    drawn.savefig(whole, format="svg", metadata={"Date": None})
    write_whole(path, _shortened(whole.getvalue()).encode())


def _shortened(svg: str) -> str:
    """The same picture, each style written once, without digits that nobody sees; a line an element."""
    seen = _UNSEEN.sub("", svg).rstrip().replace(" \n", " ").replace("><", ">\n<")
    styles = list(dict.fromkeys(_STYLE.findall(seen)))
    classes = "".join(f".s{number}{{{style}}}" for number, style in enumerate(styles))
    seen = _STYLE.sub(lambda style: f'class="s{styles.index(style[1])}"', seen)
    return _TAG.sub(_short_tag, seen).replace("</style>", f"{classes}</style>", 1) + "\n"


def _short_tag(tag: re.Match[str]) -> str:
    return _LONG_NUMBER.sub(lambda number: f"{round(float(number[0]), 1):g}", tag[0])
