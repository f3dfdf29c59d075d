"""What the dashboard itself knows, beside the session's snapshot, and what it may ask of the session."""

from dataclasses import dataclass
from typing import Protocol

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.markers import MarkerSource


@dataclass(frozen=True, slots=True)
class UiState:
    """State of the view: `frozen` holds the picture, `help` shows the keys, `notice` answers the last key.

    `typed` is the name of a marker as far as it is typed, None if none is; `rating` is the last that was
    given. `keys` is False if the terminal cannot be read (standard input is the text source).
    """

    frozen: bool = False
    help: bool = False
    notice: str | None = None
    keys: bool = True
    typed: str | None = None
    rating: float | None = None


class Actions(Protocol):
    """What a key may do to the session. Every call must return at once."""

    def cut(self, modality: Modality) -> None:
        """Take a modality out until it is restored, as if its device were unplugged."""

    def restore(self, modality: Modality) -> None:
        """Undo `cut`."""

    def mark(self, name: str, source: MarkerSource, time_ns: int, rating: float | None) -> float:
        """Name or rate the moment at which a key was pressed; raises UsageError if the name is none."""

    def next_fault(self) -> str:
        """Rehearse the next fault and name it."""
