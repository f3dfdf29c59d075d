"""A source around another one, which looks from outside like the one inside."""

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.items import Item
from fsrf_live.stream.sources.source import Health, Source, health_of


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
