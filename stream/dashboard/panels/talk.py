"""The last words, and what happened to the session."""

from fsrf_live.stream.dashboard.cells import DIM, Lines, clean, line, tail_lines, tail_words
from fsrf_live.stream.flow.snapshot import Snapshot

_LONGEST = 4_000


def words(snapshot: Snapshot, width: int, height: int) -> Lines:
    """The newest words, as many lines of them as there are; those that may be taken back are dim."""
    tentative = clean(snapshot.tentative)
    text = clean(f"{snapshot.words} {tentative}"[-_LONGEST:])
    if not text:
        return [line(("no words yet", DIM))]
    if height < 2:
        return _toned([tail_words(text, width - 1)], tentative)
    return _toned(tail_lines(f"“{text}”", max(2, width), height), tentative and f"{tentative}”")


def _toned(rows: list[str], tentative: str) -> Lines:
    """Lines of words whose last ones are tentative; wrapping changes nothing but the blanks."""
    left = len(tentative.replace(" ", ""))
    lines = []
    for row in reversed(rows):
        at = len(row)
        while at > 0 and left > 0:
            at -= 1
            left -= row[at] != " "
        lines.append(line((row[:at], "italic"), (row[at:], f"italic {DIM}")))
    return lines[::-1]


def events(snapshot: Snapshot, width: int, height: int) -> Lines:
    """The newest events, the newest last."""
    if not snapshot.messages:
        return [line(("nothing has happened yet", DIM))]
    return [line((clean(message), DIM)) for message in snapshot.messages[-height:]] if height > 0 else []
