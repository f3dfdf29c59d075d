"""The history of the score as a graph of braille dots: lines, the band of its interval, what was missing.

The coloured line is the reading of each window, the white one the trend over them.

A cell holds 2 x 4 dots. The time axis grows from the left until it is full and then scrolls by whole cells,
so that what has been drawn keeps its shape.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.text import Text

from fsrf_live.fsrf.common.config import SCORE_HIGH, SCORE_LOW
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.stream.dashboard.cells import (
    DIM,
    FAINT,
    HIGHEST,
    LETTER_OF,
    LOWEST,
    MINUS,
    RECOVERED,
    TREND,
    Lines,
    fit_cells,
    line,
    polarity,
)
from fsrf_live.stream.flow.snapshot import HistoryPoint

SECONDS_PER_CELL = 0.5
LONGEST_GAP_S = 2.5
_SPANS_S = (10, 20, 30, 45, 60, 90, 120)
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_BAND = "⠡"
_LABELS = 4


@dataclass(frozen=True, slots=True)
class _Sample:
    """The score at one moment, and the trend if there is one.

    `held` if no reading is near and the last one is only carried on.
    """

    score: float
    low: float
    high: float
    held: bool
    trend: float | None


def graph(history: Sequence[HistoryPoint], now_s: float, width: int, height: int) -> Lines:
    """The graph in `width` x `height` cells: plot, one lane a modality if there is room, time axis."""
    lanes = 3 if height >= 9 else 0
    axis = 1 if height >= 6 else 0
    rows = max(1, height - lanes - axis)
    cells = max(1, width - _LABELS)
    start, span = time_window(now_s, cells)
    plot = _plot(history, now_s, start, span / cells, cells, rows)
    lines = [_labelled(_level(row, rows), cells_line) for row, cells_line in enumerate(plot)]
    if lanes:
        lines += [_lane(modality, history, now_s, start, span / cells, cells) for modality in MODALITIES]
    if axis:
        lines.append(_labelled("", _axis(start, span, now_s, cells)))
    return [fit_cells(text, width) for text in lines[:height]]


def time_window(now_s: float, cells: int) -> tuple[float, float]:
    """Start and length in seconds of what `cells` columns show."""
    wanted = cells * SECONDS_PER_CELL
    span = float(max((s for s in _SPANS_S if s <= wanted), default=_SPANS_S[0]))
    step = span / cells
    overrun = max(0.0, now_s - span)
    return -(-overrun // step) * step, span


def _plot(
    history: Sequence[HistoryPoint], now_s: float, start: float, step: float, cells: int, rows: int
) -> Lines:
    times = [point.time_s for point in history]
    marks = {int((point.time_s - start) // step): point for point in history if point.final}
    columns = []
    for cell in range(cells):
        moments = (start + (cell + 0.25) * step, start + (cell + 0.75) * step)
        pair = [_sample(history, times, moment) if moment <= now_s else None for moment in moments]
        columns.append(_column(pair, rows, marks.get(cell)))
    return [_runs([column[row] for column in columns]) for row in range(rows)]


def _sample(history: Sequence[HistoryPoint], times: list[float], moment: float) -> _Sample | None:
    after = bisect_right(times, moment)
    if after == 0:
        return None
    one = history[after - 1]
    if after == len(times) or times[after] - one.time_s > LONGEST_GAP_S:
        fresh = moment - one.time_s <= SECONDS_PER_CELL
        return _Sample(one.score, one.low, one.high, not fresh, one.trend)
    two = history[after]
    share = (moment - one.time_s) / max(1e-9, two.time_s - one.time_s)

    def mix(here: float, there: float) -> float:
        return here + share * (there - here)

    trend = None if one.trend is None or two.trend is None else mix(one.trend, two.trend)
    return _Sample(mix(one.score, two.score), mix(one.low, two.low), mix(one.high, two.high), False, trend)


def _column(pair: list[_Sample | None], rows: int, mark: HistoryPoint | None) -> list[tuple[str, str]]:
    """The cells of one column from top to bottom as (character, style)."""
    zero = _dot(0.0, rows) // 4
    column = [("┈" if row == zero else " ", FAINT) for row in range(rows)]
    firm = [sample for sample in pair if sample is not None and not sample.held]
    if firm:
        upper = _dot(max(sample.high for sample in firm), rows) // 4
        lower = _dot(min(sample.low for sample in firm), rows) // 4
        for row in range(upper, lower + 1):
            column[row] = (_BAND, FAINT)
    trend = _trend_dots(pair, rows)
    _lay(column, trend, TREND)
    dots = [0] * rows
    for x, sample in enumerate(pair):
        if sample is not None and not (sample.held and x):
            y = _dot(sample.score, rows)
            dots[y // 4] |= _DOTS[x][y % 4]
    style = polarity(next((s.score for s in reversed(pair) if s is not None), 0.0))
    if len(firm) == 2:
        _join(dots, _dot(firm[0].score, rows), _dot(firm[1].score, rows))
    _lay(column, [bits and bits | under for bits, under in zip(dots, trend, strict=True)], style)
    if mark is not None:
        column[_dot(mark.score, rows) // 4] = ("●", polarity(mark.score))
    return column


def _lay(column: list[tuple[str, str]], dots: list[int], style: str) -> None:
    """Put a line over what is there."""
    for row, bits in enumerate(dots):
        if bits:
            column[row] = (chr(0x2800 | bits), style)


def _trend_dots(pair: list[_Sample | None], rows: int) -> list[int]:
    dots = [0] * rows
    for x, sample in enumerate(pair):
        if sample is not None and sample.trend is not None:
            y = _dot(sample.trend, rows)
            dots[y // 4] |= _DOTS[x][y % 4]
    return dots


def _join(dots: list[int], left: int, right: int) -> None:
    """Fill the dots between two neighbours of the line, so that a steep one has no holes."""
    low, high = sorted((left, right))
    for y in range(low, high + 1):
        dots[y // 4] |= _DOTS[0 if abs(y - left) <= abs(y - right) else 1][y % 4]


def _dot(value: float, rows: int) -> int:
    share = (SCORE_HIGH - min(SCORE_HIGH, max(SCORE_LOW, value))) / (SCORE_HIGH - SCORE_LOW)
    return min(4 * rows - 1, int(share * 4 * rows))


def _level(row: int, rows: int) -> str:
    if row == 0:
        return HIGHEST
    if row == rows - 1:
        return LOWEST
    return "0" if row == _dot(0.0, rows) // 4 else ""


def _labelled(label: str, rest: Text) -> Text:
    return Text.assemble((f"{label:>{_LABELS - 1}} ", DIM), rest, no_wrap=True, end="")


def _lane(
    modality: Modality, history: Sequence[HistoryPoint], now_s: float, start: float, step: float, cells: int
) -> Text:
    times = [point.time_s for point in history]
    marks = []
    for cell in range(cells):
        moment = start + (cell + 0.5) * step
        after = bisect_right(times, moment)
        if moment > now_s or after == 0:
            marks.append((" ", FAINT))
        elif modality in history[after - 1].missing:
            marks.append(("▒", RECOVERED))
        else:
            marks.append(("─", FAINT))
    return _labelled(LETTER_OF[modality], _runs(marks))


def _axis(start: float, span: float, now_s: float, cells: int) -> Text:
    """Seconds before now below the line: ``-60 s … -30 s … now``."""
    text = [" "] * cells
    step = span / cells
    taken = cells + 1
    for back in range(0, int(span) + 1, 5 if span <= 30 else 10 if span <= 60 else 30):
        label = "now" if back == 0 else f"{MINUS}{back} s"
        at = round((now_s - back - start) / step) - (len(label) - 1 if back == 0 else len(label) // 2)
        if at < 0 or at + len(label) >= taken or at + len(label) > cells + 1:
            at = min(at, cells - len(label)) if back == 0 else -1
        if at >= 0:
            text[at : at + len(label)] = label
            taken = at
    return line(("".join(text)[:cells], DIM))


def _runs(cells: list[tuple[str, str]]) -> Text:
    """Cells joined to one line, neighbours of one style in one span."""
    spans = [
        ("".join(character for character, _ in run), style)
        for style, run in groupby(cells, key=lambda cell: cell[1])
    ]
    return Text.assemble(*spans, no_wrap=True, end="")
