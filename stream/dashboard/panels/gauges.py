"""Small horizontal gauges: the interval on its scale, signed bars, shares."""

from rich.text import Text

from fsrf_live.fsrf.common.config import SCORE_HIGH, SCORE_LOW
from fsrf_live.stream.dashboard.cells import DIM, FAINT, line, polarity

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_FULL = 1.5
"""The contribution, in score points, that fills one side of a signed bar."""


def share(value: float, width: int, style: str) -> Text:
    """A share in [0, 1] as a bar on a faint track of `width` cells."""
    filled = round(min(1.0, max(0.0, value)) * width)
    return line(("━" * filled, style), ("─" * (width - filled), FAINT))


def interval(score: float, low: float, high: float, width: int) -> Text:
    """The scale of scores with the interval as a thick stretch and the score as a dot; 0 is marked."""
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
    share_of_scale = (min(SCORE_HIGH, max(SCORE_LOW, value)) - SCORE_LOW) / (SCORE_HIGH - SCORE_LOW)
    return min(width - 1, int(share_of_scale * width))


def signed_bar(value: float, width: int) -> Text:
    """A bar that grows from the middle: to the left when negative, to the right when positive.

    `width` cells, the middle one an axis.
    """
    side = (width - 1) // 2
    eighths = round(min(1.0, abs(value) / _FULL) * side * 8)
    left, right = ("", _rightward(eighths)) if value >= 0 else (_leftward(eighths), "")
    style = polarity(value)
    spare = width - 2 * side - 1
    return line(
        ("·" * (side - len(left)), FAINT),
        (left, style),
        ("│", DIM),
        (right, style),
        ("·" * (side - len(right)), FAINT),
        " " * spare,
    )


def _rightward(eighths: int) -> str:
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _leftward(eighths: int) -> str:
    """Only half blocks exist that hang on the right, so this is rounded to halves."""
    halves = round(eighths / 4) if eighths >= 4 else 1 if eighths else 0
    return ("▐" if halves % 2 else "") + "█" * (halves // 2)
