"""The last words, and what happened to the session."""

from fsrf_live.stream.dashboard.cells import DIM, Lines, clean, line, tail_lines, tail_words
from fsrf_live.stream.flow.snapshot import Snapshot

_LONGEST = 4_000


def words(snapshot: Snapshot, width: int, height: int) -> Lines:
    """The newest words, as many lines of them as there are."""
    text = clean(snapshot.words[-_LONGEST:])
    if not text:
        return [line(("no words yet", DIM))]
    if height < 2:
        return [line((tail_words(text, width - 1), "italic"))]
    return [line((row, "italic")) for row in tail_lines(f"“{text}”", max(2, width), height)]


def events(snapshot: Snapshot, width: int, height: int) -> Lines:
    """The newest events, the newest last."""
    if not snapshot.messages:
        return [line(("nothing has happened yet", DIM))]
    return [line((clean(message), DIM)) for message in snapshot.messages[-height:]] if height > 0 else []
