"""What failure costs, for people: the table that ``fsrf simulate`` prints."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fsrf_live.stream.clips.rehearsal import Cost, dropout_of
from fsrf_live.stream.flow.text import printable

TITLES = {
    "complete": "everything there",
    "subset": "something is absent",
    "camera": "the camera fails",
    "mic": "the microphone fails",
    "text": "the text fails",
    "given": "as you asked",
}
COLUMNS = ("whole", "score", "most off", "width", "inside", "labels", "noticed", "back")
LEGEND = (
    "whole, score: of the windows that the failure reached, in the complete run and under it; most off: "
    "the largest difference; width: of the 90 % interval, and how much wider; inside: windows whose complete "
    "score stayed in it; labels: windows with another one; noticed, back: seconds from the failure's "
    "beginning, and from its end to the next reading with the modality (words: when somebody speaks)"
)


def view(costs: Sequence[Cost], media: str, duration_s: float) -> RenderableType:
    """The table with its legend, and the cost of a single dropout if the complete run is sure."""
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim", pad_edge=False)
    table.add_column(Text(f"{printable(media)}, {duration_s:.1f} s"), no_wrap=True, overflow="ellipsis")
    for name in COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    group = None
    for cost in costs:
        if cost.case.group in TITLES:
            if cost.case.group != group:
                group = cost.case.group
                table.add_row(Text(TITLES[group], "bold"))
            table.add_row(Text(f"  {cost.case.name}"), *cells(cost))
    return Group(table, Text(""), Text(sure(costs)), Text(LEGEND, "dim"))


def cells(cost: Cost) -> list[Text]:
    """One row, without its name."""
    plain = [_signed(cost.complete), _signed(cost.score), _plain(cost.most), _width(cost)]
    inside = "-" if not cost.windows else f"{cost.inside}/{cost.windows}"
    alarming = Text(inside, "" if cost.inside == cost.windows else "red")
    labels = Text(str(cost.relabelled), "red" if cost.relabelled else "dim")
    times = [_seconds(cost.noticed_s, cost.unnoticed), _seconds(cost.back_s, cost.not_back)]
    return [*map(Text, plain), alarming, labels, *map(Text, times)]


def sure(costs: Sequence[Cost]) -> str:
    """One sentence about single dropouts."""
    dropout = dropout_of(costs)
    if dropout is None:
        return "No stretch is strong (complete, and a score of at least 1 either way)."
    return (
        "If the complete run is strong (every modality there, a score of at least 1 either way), a single "
        f"dropout moves the score by {dropout.most:.2f} at most ({dropout.worst}). Of {dropout.strong} "
        f"comparisons the sign is kept in {dropout.kept}, and the interval is wider in "
        f"{dropout.widened}."
    )


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.2f}"


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _width(cost: Cost) -> str:
    if cost.width is None or cost.complete_width is None:
        return "-"
    return f"{cost.width:.1f} {cost.width - cost.complete_width:+.1f}"


def _seconds(seconds: float | None, never: int) -> str:
    """Seconds, or ``never`` if a source's failure was not noticed or did not pass."""
    if never:
        return "never"
    return "-" if seconds is None else f"{seconds:.2f}"
