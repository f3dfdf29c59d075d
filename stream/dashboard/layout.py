"""Where each panel goes: five designed layouts, chosen by the width, fitted to the height.

A layout is a list of bands from top to bottom; a band is a row of columns; a column is a stack of cells.
Sizes are fitted by one rule (`stream.dashboard.layout`); events come only if there is room for all else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


class Claim(Protocol):
    """What asks for rows: `least` and `want` of them, `grow` shares of what is left; low ranks come first."""

    @property
    def least(self) -> int:
        """Rows without which it is of no use."""

    @property
    def want(self) -> int:
        """Rows that show all of it."""

    @property
    def grow(self) -> int:
        """Its share of the rows that nobody wants; 0 takes none."""

    @property
    def rank(self) -> int:
        """The lower, the earlier it gets what it wants."""


def fit_rows(items: Sequence[Claim], room: int, luxury: int) -> list[int]:
    """Rows for each item so that they sum to `room` (0 for an item that had to go).

    An item whose rank is `luxury` or more comes only if all others have what they want.
    """
    kept = sorted(range(len(items)), key=lambda index: items[index].rank)
    last = items[kept[-1]]
    if last.rank >= luxury and sum(items[index].want for index in kept[:-1]) + last.least > room:
        kept.pop()
    while len(kept) > 1 and sum(items[index].least for index in kept) > room:
        kept.pop()
    rows = [0] * len(items)
    for index in kept:
        rows[index] = min(items[index].least, max(0, room))
    spare = room - sum(rows)
    for index in kept:
        more = min(spare, items[index].want - rows[index])
        if more > 0:
            rows[index] += more
            spare -= more
    growing = [index for index in kept if items[index].grow] or kept[-1:]
    weights = sum(max(1, items[index].grow) for index in growing)
    for index in growing:
        share = max(0, spare) * max(1, items[index].grow) // weights
        rows[index] += share
    rows[growing[0]] += max(0, room - sum(rows))
    return rows


Panel = Literal["score", "history", "who", "sources", "words", "latency", "events"]
Edge = Literal["frame", "rule", "bare"]

HEADER_ROWS = 1
FOOTER_ROWS = 1
_OPTIONAL_RANK = 5


@dataclass(frozen=True, slots=True)
class Box:
    """A panel's place in cells, its edge included."""

    panel: Panel
    x: int
    y: int
    width: int
    height: int
    edge: Edge


@dataclass(frozen=True, slots=True)
class _Cell:
    """A panel's rows without its edge; one row alone needs no edge."""

    panel: Panel
    least: int
    want: int
    grow: int
    rank: int


@dataclass(frozen=True, slots=True)
class _Sized:
    """Rows with the edge, for one cell or for the tallest column of a band."""

    least: int
    want: int
    grow: int
    rank: int


@dataclass(frozen=True, slots=True)
class _Column:
    """`width` in cells; 0 takes what the others leave."""

    width: int
    cells: tuple[_Cell, ...]


_Band = tuple[_Column, ...]

_HISTORY = _Cell("history", 3, 8, 3, 1)
_SOURCES = _Cell("sources", 3, 4, 0, 3)
_WORDS = _Cell("words", 1, 6, 0, 5)
_LATENCY = _Cell("latency", 1, 6, 0, 4)
_EVENTS = _Cell("events", 2, 4, 1, 6)


def _alone(panel: Panel, least: int, want: int, grow: int, rank: int) -> _Band:
    return (_Column(0, (_Cell(panel, least, want, grow, rank),)),)


_NARROW: tuple[_Band, ...] = (
    _alone("score", 3, 5, 0, 0),
    _alone("history", 3, 6, 3, 3),
    _alone("who", 3, 4, 0, 1),
    _alone("sources", 3, 7, 0, 2),
    _alone("words", 1, 2, 0, 5),
    _alone("latency", 1, 6, 0, 4),
)
_COMPACT: tuple[_Band, ...] = (
    (_Column(34, (_Cell("score", 3, 7, 0, 0),)), _Column(0, (_Cell("who", 6, 7, 0, 2),))),
    _alone("history", 3, 8, 3, 1),
    _alone("sources", 3, 4, 0, 3),
    (_Column(0, (_WORDS,)), _Column(44, (_LATENCY,))),
)
_STANDARD: tuple[_Band, ...] = (
    (
        _Column(46, (_Cell("score", 4, 9, 0, 0), _Cell("who", 6, 7, 0, 2), _EVENTS)),
        _Column(0, (_HISTORY,)),
    ),
    _alone("sources", 3, 4, 0, 3),
    (_Column(0, (_WORDS,)), _Column(48, (_LATENCY,))),
)
_WIDE: tuple[_Band, ...] = (
    (
        _Column(60, (_Cell("score", 4, 10, 0, 0), _Cell("who", 6, 7, 0, 2), _EVENTS)),
        _Column(0, (_HISTORY, _Cell("words", 1, 2, 0, 5))),
    ),
    (_Column(0, (_SOURCES,)), _Column(58, (_LATENCY,))),
)
_PANORAMA: tuple[_Band, ...] = (
    (
        _Column(62, (_Cell("score", 4, 10, 0, 0), _Cell("who", 6, 10, 0, 2), _Cell("words", 1, 3, 1, 5))),
        _Column(0, (_HISTORY,)),
        _Column(66, (_Cell("sources", 3, 7, 0, 3), _LATENCY, _EVENTS)),
    ),
)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Bands for screens of this width and height and more; framed from `frame_rows` on."""

    columns: int
    rows: int
    frame_rows: int
    bands: tuple[_Band, ...]


_LAYOUTS = (
    _Layout(200, 20, 24, _PANORAMA),
    _Layout(140, 20, 26, _WIDE),
    _Layout(100, 20, 30, _STANDARD),
    _Layout(80, 24, 34, _COMPACT),
    _Layout(0, 0, 38, _NARROW),
)


def plan(width: int, height: int) -> tuple[Box, ...]:
    """Places of the panels between header and footer; boxes never overlap and never leave the screen.

    `width` is 40 at least, the narrowest that a frame and its figures make sense in.
    """
    chosen = next(one for one in _LAYOUTS if width >= one.columns and height >= one.rows)
    bands = chosen.bands
    edge: Edge = "frame" if height >= chosen.frame_rows else "rule"
    room = height - HEADER_ROWS - FOOTER_ROWS
    boxes: list[Box] = []
    y = HEADER_ROWS
    sized = [_band_size(band, edge) for band in bands]
    for band, rows in zip(bands, fit_rows(sized, room, _EVENTS.rank), strict=True):
        if rows:
            boxes += _place_band(band, y, width, rows, edge)
            y += rows
    return tuple(boxes)


def _edge_rows(edge: Edge) -> int:
    return 2 if edge == "frame" else 1


def _sized(cell: _Cell, edge: Edge) -> _Sized:
    more = _edge_rows(edge)
    least = 1 if cell.least == 1 and edge == "rule" else cell.least + more
    return _Sized(least, cell.want + more, cell.grow, cell.rank)


def _band_size(band: _Band, edge: Edge) -> _Sized:
    """A band needs what its tallest column needs; words and events may go before the band does."""
    columns = [[_sized(cell, edge) for cell in column.cells] for column in band]
    return _Sized(
        least=max(_column_least(cells) for cells in columns),
        want=max(sum(cell.want for cell in cells if cell.rank < _EVENTS.rank) for cells in columns),
        grow=max(cell.grow for cells in columns for cell in cells),
        rank=min(cell.rank for cells in columns for cell in cells),
    )


def _column_least(cells: Sequence[_Sized]) -> int:
    kept = [cell.least for cell in cells if cell.rank < _OPTIONAL_RANK]
    return sum(kept) if kept else min(cell.least for cell in cells)


def _place_band(band: _Band, y: int, width: int, rows: int, edge: Edge) -> list[Box]:
    fixed = sum(column.width for column in band)
    gaps = (len(band) - 1) if edge == "frame" else 2 * (len(band) - 1)
    boxes: list[Box] = []
    x = 0
    for column in band:
        wide = column.width or width - fixed - gaps
        boxes += _place_column(column, x, y, wide, rows, edge)
        x += wide + (1 if edge == "frame" else 2)
    return boxes


def _place_column(column: _Column, x: int, y: int, width: int, rows: int, edge: Edge) -> list[Box]:
    boxes = []
    heights = fit_rows([_sized(cell, edge) for cell in column.cells], rows, _EVENTS.rank)
    for cell, height in zip(column.cells, heights, strict=True):
        if height:
            boxes.append(Box(cell.panel, x, y, width, height, "bare" if height == 1 else edge))
            y += height
    return boxes
