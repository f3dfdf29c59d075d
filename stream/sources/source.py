"""What a source is, and how it is described before it is one.

A source is driven by one thread only: it opens, reads and closes there.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.items import ROLE_OF, Item, Role


class EndOfSource(Exception):  # noqa: N818 - the end of a file is no error
    """A file or pipe has come to its end."""


@dataclass(frozen=True, slots=True)
class Health:
    """What a source knows of itself: `drops` lost below us, and how far its clock runs fast, in ppm.

    `faulty` is True while a fault is rehearsed: what a file then repeats or leaves silent is not its own.
    """

    drops: int = 0
    drift_ppm: float | None = None
    faulty: bool = False


HEALTHY = Health()
"""For a source that cannot lose anything and keeps no clock of its own."""


class Source(Protocol):
    """A device, file or pipe that yields items of one modality, stamped with the one clock.

    `open` and `read` raise SourceError if the device is gone or refuses, and `read` raises EndOfSource at
    the end of a file. `read` blocks for 100 ms at most if the library below allows that, and gives None if
    nothing new has arrived. `close` never raises and may be called at any time by the owning thread.
    """

    @property
    def name(self) -> str:
        """The device, file or address, credentials redacted."""

    @property
    def modality(self) -> Modality:
        """What it yields."""

    @property
    def health(self) -> Health:
        """Losses and drift so far; may be read from any thread."""

    def open(self) -> None:
        """Open, or open again after a failure."""

    def read(self) -> Item | None:
        """Give the next new item, or None."""

    def close(self) -> None:
        """Release the device."""


SourceKind = Literal["device", "fake", "file", "pipe", "added"]


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A source as data: everything that must be known of it before it is opened, and how to make it.

    A ``device`` may be missing, and comes and goes; a ``fake`` one is always there, and so, as far as can be
    known, is one ``added`` by another package or program. A ``file`` plays from the
    epoch of its session, a ``pipe`` begins at once. `name` is shown until the source has been opened: a
    camera may then know a better one. `make` gives a fresh source, not yet open, and never raises: a capture
    calls it again for each hung source that it leaves behind.
    """

    kind: SourceKind
    modality: Modality
    name: str
    make: Callable[[], Source]

    @property
    def finite(self) -> bool:
        """Whether it ends. Repeats and silence in it are its own, and opening it again is no help."""
        return self.kind in ("file", "pipe")

    @property
    def role(self) -> Role:
        """The place in a session that it takes."""
        return ROLE_OF[self.modality]

    def inside(self, wrap: Callable[[Source], Source]) -> "SourceSpec":
        """The same with something round each source that it makes."""
        make = self.make
        return replace(self, make=lambda: wrap(make()))


class Around:
    """A source round another: everything is as inside, except what a subclass changes."""

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
        return self._source.health

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
        """`wait_for_room` waits that many seconds at most and says whether one more item has room."""
        super().__init__(source)
        self._wait_for_room = wait_for_room

    def read(self) -> Item | None:
        """Give the next item of the source inside, or None while there is no room for it."""
        return self._source.read() if self._wait_for_room(_WAIT_S) else None
