"""Sources for tests: any as its description, and one that plays what it is given."""

from collections import deque
from collections.abc import Callable, Iterable

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import Clock, wait_until
from fsrf_live.stream.flow.items import Item, due_ns
from fsrf_live.stream.sources.source import HEALTHY, EndOfSource, Source, SourceKind, SourceSpec


def spec_of(make: Callable[[], Source], kind: SourceKind = "device") -> SourceSpec:
    """The description of a source, named as a first one that is made just for that."""
    first = make()
    return SourceSpec(kind, first.modality, first.name, make)


class ScriptedSource:
    """Plays given items, each when a live device would have handed it over; their times are the clock's."""

    name = "script"
    health = HEALTHY

    def __init__(self, items: Iterable[Item], modality: Modality, clock: Clock) -> None:
        self.modality = modality
        self._clock = clock
        self._items = deque(items)

    def open(self) -> None:
        """Nothing is held."""

    def read(self) -> Item | None:
        """Give the next item once it is due; raises EndOfSource after the last."""
        if not self._items:
            raise EndOfSource
        return self._items.popleft() if wait_until(self._clock, due_ns(self._items[0])) else None

    def close(self) -> None:
        """Nothing is held."""
