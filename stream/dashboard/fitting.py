"""How rows are shared out: every item gets its least, then what it wants in order of rank; the rest grows.

Where even the least does not fit, the items of the highest rank go.
"""

from collections.abc import Sequence
from typing import Protocol


class Item(Protocol):
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


def fit_rows(items: Sequence[Item], room: int, luxury: int) -> list[int]:
    """Rows for each item so that they sum to `room` (0 for an item that had to go).

    An item whose rank is `luxury` or more comes only where all others have what they want.
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
