"""How often a frame is worth looking at: the first of each slot of time is."""


class Slots:
    """Slots of `1 / rate_hz` seconds, of which one is taken last."""

    def __init__(self, rate_hz: float) -> None:
        self._length_ns = round(1e9 / rate_hz)
        self._taken: int | None = None

    def free(self, time_ns: int) -> bool:
        """Say whether this time lies in another slot than the one taken last."""
        return time_ns // self._length_ns != self._taken

    def take(self, time_ns: int) -> None:
        """Take the slot of this time."""
        self._taken = time_ns // self._length_ns
