"""Small horizontal gauges: the interval on its scale, signed bars, shares."""

from rich.text import Text

from stream.dashboard.cells import line
from stream.dashboard.theme import DIM, FAINT, polarity

_EIGHTHS = " ▏▎▍▌▋▊▉█"
LOW, HIGH = -3.0, 3.0


def share(value: float, width: int, style: str) -> Text:
    """A share in [0, 1] as a bar on a faint track of `width` cells."""
    filled = round(min(1.0, max(0.0, value)) * width)
    return line(("━" * filled, style), ("─" * (width - filled), FAINT))


def interval(score: float, low: float, high: float, width: int) -> Text:
    """The scale from -3 to +3 with the interval as a thick stretch and the score as a dot; 0 is marked."""
    left, at, right = (_place(value, width) for value in (low, score, high))
    zero = _place(0.0, width)
    cells = []
    for cell in range(width):
        if cell == at:
            cells.append(("●", polarity(score)))
        elif left <= cell <= right:
            cells.append(("━", polarity(score)))
        else:
            cells.append(("┼" if cell == zero else "─", FAINT))
    return line(*cells)


def empty_scale(width: int) -> Text:
    """The scale without a score."""
    zero = _place(0.0, width)
    return line(("─" * zero + "┼" + "─" * (width - zero - 1), FAINT))


def _place(value: float, width: int) -> int:
    share_of_scale = (min(HIGH, max(LOW, value)) - LOW) / (HIGH - LOW)
    return min(width - 1, int(share_of_scale * width))


def signed_bar(value: float, width: int, full: float = 2.0) -> Text:
    """A bar that grows from the middle: to the left when negative, to the right when positive.

    `full` is the value that fills one side. `width` cells, the middle one an axis.
    """
    side = (width - 1) // 2
    eighths = round(min(1.0, abs(value) / full) * side * 8)
    if value >= 0:
        bar = _bar(eighths, side)
        return line(
            ("·" * side, FAINT), ("│", DIM), (bar, polarity(value)), *_dots(side - len(bar), width, side)
        )
    cells = min(side, -(-eighths // 8))
    whole = "█" * (eighths // 8)
    part = "▐" if eighths % 8 >= 4 else "▕" if eighths % 8 else ""
    shown = (part + whole)[-cells:] if cells else ""
    return line(
        ("·" * (side - len(shown)), FAINT), (shown, polarity(value)), ("│", DIM), *_dots(side, width, side)
    )


def _bar(eighths: int, side: int) -> str:
    return ("█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else ""))[:side]


def _dots(cells: int, width: int, side: int) -> list[tuple[str, str]]:
    spare = width - 2 * side - 1
    return [("·" * cells, FAINT), (" " * spare, "")]
