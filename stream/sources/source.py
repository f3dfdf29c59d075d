"""What a source is. A source is driven by one thread only: it opens, reads and closes there."""

from typing import Protocol

from engines.contract import Modality
from stream.items import Item


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
        """The next new item, or None."""

    def close(self) -> None:
        """Release the device."""
