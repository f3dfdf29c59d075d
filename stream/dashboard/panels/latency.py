"""Where the milliseconds went: percentiles of each part; the wait that a setting costs is kept apart."""

from collections.abc import Mapping

from rich.text import Text

from fsrf_live.stream.dashboard.cells import DIM, POSITIVE_COLOUR, STRONG, Lines, line, milliseconds
from fsrf_live.stream.dashboard.panels import gauges
from fsrf_live.stream.flow.snapshot import Percentiles, Snapshot

_ORDER = ("features", "engine", "emit")
_SUM = "processing"
_NAME = 11
_FIGURE = 7


def latency(snapshot: Snapshot, width: int, height: int) -> Lines:
    """A table if there are rows for it, else one line."""
    parts = snapshot.latency
    if not parts:
        return [line(("no reading has been timed yet", DIM))]
    if height < 3:
        return [_summary(parts, width)]
    known = {"wait", "total", _SUM}
    names = [n for n in _ORDER if n in parts] + sorted(n for n in parts if n not in known and n not in _ORDER)
    bar = max(0, width - _NAME - 3 * _FIGURE - 2)
    largest = max((parts[name].p95 for name in names), default=0.0)
    extra = (_SUM in parts) + ("wait" in parts)
    shown = sorted(sorted(names, key=lambda n: -parts[n].p95)[: max(0, height - 1 - extra)], key=names.index)
    rows = [_row(name, parts[name], "", _scaled(parts[name].p95, largest, bar)) for name in shown]
    if _SUM in parts:
        rows.append(_row(_SUM, parts[_SUM], STRONG, line(("the sum", DIM))))
    if "wait" in parts:
        rows.append(_row("wait", parts["wait"], DIM, line(("a setting", DIM))))
    head = line((f"{'':<{_NAME}}{'p50':>{_FIGURE}}{'p95':>{_FIGURE}}{'p99':>{_FIGURE}}", DIM))
    return [head, *rows[: height - 1]]


def latency_note(snapshot: Snapshot) -> Text:
    """How many readings the percentiles are of."""
    counts = [part.count for part in snapshot.latency.values()]
    return line((f"ms of {max(counts)} readings", DIM)) if counts else line("")


def _row(name: str, part: Percentiles, style: str, aside: Text) -> Text:
    figures = "".join(f"{milliseconds(value):>{_FIGURE}}" for value in (part.p50, part.p95, part.p99))
    return Text.assemble((f"{name[: _NAME - 1]:<{_NAME}}{figures}  ", style), aside, no_wrap=True, end="")


def _scaled(value: float, largest: float, width: int) -> Text:
    return gauges.share(value / largest if largest > 0 else 0.0, width, POSITIVE_COLOUR)


def _summary(parts: Mapping[str, Percentiles], width: int) -> Text:
    """The most that fits on one line; the wait is always on it."""
    shown = " + ".join(f"{name} {milliseconds(parts[name].p50)}" for name in _ORDER if name in parts)
    total = parts.get(_SUM)
    wait = f"wait {milliseconds(parts['wait'].p50)}" if "wait" in parts else ""
    work = f"work {milliseconds(total.p50)}" if total else shown
    tails = f"p95 {milliseconds(total.p95)}  p99 {milliseconds(total.p99)}" if total else ""
    equals = f" = {milliseconds(total.p50)}" if total else ""
    for first, second in ((shown + equals, tails), (shown + equals, ""), (work, tails), (work, "")):
        text = line(first, ("  " + second if second else "", DIM), ("  " + wait if wait else "", DIM))
        if text.cell_len <= width:
            return text
    return line(work)
