"""What the dashboard itself knows, beside the session's snapshot, and what it may ask of the session."""

from dataclasses import dataclass
from typing import Protocol

from fsrf_live.fsrf.common.modalities import Modality


@dataclass(frozen=True, slots=True)
class UiState:
    """State of the view: `frozen` holds the picture, `help` shows the keys, `notice` answers the last key.

    `keys` is False if the terminal cannot be read (standard input is the text source).
    """

    frozen: bool = False
    help: bool = False
    notice: str | None = None
    keys: bool = True


class Actions(Protocol):
    """What a key may do to the session. Every call must return at once."""

    def cut(self, modality: Modality) -> None:
        """Take a modality out until it is restored, as if its device were unplugged."""

    def restore(self, modality: Modality) -> None:
        """Undo `cut`."""

    def next_fault(self) -> str:
        """Rehearse the next fault and name it."""
