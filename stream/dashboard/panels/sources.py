"""The sources: state, reason, rate, age of the newest item, drops, reconnects, clock drift, name."""

from rich.text import Text

from fsrf_live.stream.dashboard.cells import (
    BAD,
    DIM,
    MINUS,
    STATE_SIGN,
    STATE_STYLE,
    STRONG,
    WARN,
    Lines,
    age,
    clean,
    count,
    fit_cells,
    line,
    rate,
    shorten,
)
from fsrf_live.stream.flow.items import State
from fsrf_live.stream.flow.snapshot import Snapshot, SourceView

_HEAD = f"  {'':<7}{'state':<13}{'rate':>7} {'age':>6} {'drops':>5} {'rec.':>5}"
_ROOMY = 24


def sources(snapshot: Snapshot, width: int, height: int) -> Lines:
    """One line a source, two if there is room below rather than beside; a head if a row is spare."""
    views = snapshot.sources
    if not views:
        return [line(("no sources yet" if snapshot.loading else "no sources", DIM))]
    rest = width - len(_HEAD) - 2
    two = rest < _ROOMY and height >= 2 * len(views)
    lines: Lines = []
    for view in views:
        aside = line("") if two else _aside(view, rest)
        lines.append(Text.assemble(_figures(view), "" if two else "  ", aside, no_wrap=True, end=""))
        if two:
            lines.append(Text.assemble("  ", _aside(view, width - 2), no_wrap=True, end=""))
    return [line((_HEAD, DIM)), *lines] if len(lines) < height else lines


def _figures(view: SourceView) -> Text:
    style = STATE_STYLE[view.state]
    loud = f"bold {style}" if view.state in (State.LOST, State.STALLED) else style
    return Text.assemble(
        (f"{STATE_SIGN[view.state]} ", style),
        fit_cells(line((clean(view.source), STRONG)), 6),
        " ",
        (f"{view.state.value:<13}", loud),
        f"{rate(view.rate_hz):>7} ",
        (f"{age(view.age_s):>6} ", WARN if view.state is State.STALLED else ""),
        (f"{count(view.drops):>5} ", WARN if view.drops else DIM),
        (f"{count(view.reconnects):>5}", WARN if view.reconnects else DIM),
        no_wrap=True,
        end="",
    )


def _aside(view: SourceView, width: int) -> Text:
    """Why it is not live, or how far the rest is known; then its name and drift, as far as there is room."""
    learning = view.state is State.LIVE and view.rest is not None and view.rest < 1
    reason = clean(view.reason or (f"rest {100 * (view.rest or 0):.0f} %" if learning else ""))
    drift = "" if view.drift_ppm is None or width < 24 else f" {view.drift_ppm:+.0f} ppm".replace("-", MINUS)
    room = max(0, width - len(reason) - (3 if reason else 0) - len(drift))
    name = shorten(clean(view.name), room) if room >= 6 else ""
    quiet = view.state in (State.LIVE, State.STARTING, State.ENDED, State.DISABLED)
    shown = (reason, DIM if quiet else BAD)
    parts = [shown, (f"{' · ' if reason and name else ''}{name}", DIM), (drift if name else "", DIM)]
    return fit_cells(line(*parts), max(0, width))
