"""A source of text that waits until the words before are taken: a pipe gives faster than anything reads."""

from collections.abc import Callable

from engines.contract import Modality
from stream.items import Item
from stream.sources.source import Health, Source, health_of

WAIT_S = 0.1


class Patient:
    """Holds up nobody but the thread that reads it, and that for 100 ms at a time."""

    def __init__(self, source: Source, wait_for_room: Callable[[float], bool]) -> None:
        """`wait_for_room` waits so many seconds at most and says whether one more item has room."""
        self._source = source
        self._wait_for_room = wait_for_room

    @property
    def name(self) -> str:
        """The name of the source inside."""
        return self._source.name

    @property
    def modality(self) -> Modality:
        """What the source inside yields."""
        return self._source.modality

    @property
    def health(self) -> Health:
        """That of the source inside."""
        return health_of(self._source)

    def open(self) -> None:
        """Open the source inside."""
        self._source.open()

    def read(self) -> Item | None:
        """Give the next item of the source inside, or None while there is no room for it."""
        return self._source.read() if self._wait_for_room(WAIT_S) else None

    def close(self) -> None:
        """Close the source inside."""
        self._source.close()
