"""What may look over the shoulder of a session's core: a recorder, a profile."""

from typing import Protocol

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import Pair
from fsrf_live.stream.flow.queues import InboxItem
from fsrf_live.stream.flow.records import Record
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.windows.window import Window


class Journal(Protocol):
    """Is told everything that the core does, in order, by its thread."""

    def begin(self, modalities: frozenset[Modality], windows: WindowSettings) -> None:
        """Take down what the session is."""

    def epoch(self, epoch_ns: int) -> None:
        """Take down that times in records count from here."""

    def pair(self, pair: Pair) -> None:
        """Take down which wall clock belongs to which time from now on."""

    def op(self, op: InboxItem) -> None:
        """Take down an item that was given to the sync buffer."""

    def advance(self, now_ns: int) -> None:
        """Take down that windows were asked for, and when."""

    def read(self, window: Window, begun_ns: int) -> None:
        """Take down that a window was read, and when that began; before its reading is recorded."""

    def record(self, record: Record) -> None:
        """Take down what was answered."""

    def finish(self, now_ns: int) -> None:
        """Take down that the session is over."""

    def close(self) -> None:
        """There will be no more."""
