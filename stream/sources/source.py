"""What a source is. A source is driven by one thread only: it opens, reads and closes there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.items import Item


class EndOfSource(Exception):  # noqa: N818 - the end of a file is no error
    """A file or pipe has come to its end."""


class Source(Protocol):
    """A device, file or pipe that yields items of one modality, stamped with the one clock.

    `open` and `read` raise SourceError where the device is gone or refuses, and `read` raises EndOfSource at
    the end of a file. `read` blocks for 100 ms at most where the library below allows, and gives None where
    nothing new has come. `close` never raises and may be called at any time by the owning thread.
    """

    @property
    def name(self) -> str:
        """The device, file or address, credentials redacted."""

    @property
    def modality(self) -> Modality:
        """What it yields."""

    def open(self) -> None:
        """Open, or open again after a failure."""

    def read(self) -> Item | None:
        """Give the next new item, or None."""

    def close(self) -> None:
        """Release the device."""


Opener = Callable[[], Source]
"""Makes a fresh source, not yet open: what a capture needs in order to leave a hung one behind."""


@dataclass(frozen=True, slots=True)
class Health:
    """What a source knows of itself: `drops` lost below us, and how far its clock runs fast, in ppm.

    `finite` marks a file or pipe: repeats and silence in it are its own, and opening it again is no help.
    """

    drops: int = 0
    drift_ppm: float | None = None
    finite: bool = False


UNKNOWN = Health()


def health_of(source: Source | None) -> Health:
    """What it tells as its ``health``, which may be read from any thread; the default where it tells none."""
    health = getattr(source, "health", None)
    return health if isinstance(health, Health) else UNKNOWN


class Around:
    """Everything is that of the source inside, but for what a kind of it does otherwise."""

    def __init__(self, source: Source) -> None:
        self._source = source

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
        """Give the next item of the source inside."""
        return self._source.read()

    def close(self) -> None:
        """Close the source inside."""
        self._source.close()


_WAIT_S = 0.1


class Patient(Around):
    """Holds up nobody but the thread that reads it, and that for 100 ms at a time."""

    def __init__(self, source: Source, wait_for_room: Callable[[float], bool]) -> None:
        """`wait_for_room` waits so many seconds at most and says whether one more item has room."""
        super().__init__(source)
        self._wait_for_room = wait_for_room

    def read(self) -> Item | None:
        """Give the next item of the source inside, or None while there is no room for it."""
        return self._source.read() if self._wait_for_room(_WAIT_S) else None
