"""A source of text that waits until the words before are taken: a pipe gives faster than anything reads."""

from collections.abc import Callable

from fsrf_live.stream.flow.items import Item
from fsrf_live.stream.sources.around import Around
from fsrf_live.stream.sources.source import Source

WAIT_S = 0.1


class Patient(Around):
    """Holds up nobody but the thread that reads it, and that for 100 ms at a time."""

    def __init__(self, source: Source, wait_for_room: Callable[[float], bool]) -> None:
        """`wait_for_room` waits so many seconds at most and says whether one more item has room."""
        super().__init__(source)
        self._wait_for_room = wait_for_room

    def read(self) -> Item | None:
        """Give the next item of the source inside, or None while there is no room for it."""
        return self._source.read() if self._wait_for_room(WAIT_S) else None
