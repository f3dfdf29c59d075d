"""A media file that begins anew whenever it is over, so that a short clip makes a session of any length."""

from collections.abc import Callable

from fsrf_live.stream.flow.clock import NS, Clock, Epoch, wait_until
from fsrf_live.stream.flow.items import Item
from fsrf_live.stream.sources.source import EndOfSource, Health, Source, health_of

TAIL_NS = NS // 2
"""How long after its end a round may still give what belongs to it; what lasts longer is cut off."""


class Looped:
    """One part of a file, round after round; each round is a fresh source that plays from its own epoch.

    All parts of a file have the same period, so they stay together. Opened again, it joins the round that
    plays now.
    """

    def __init__(self, make: Callable[[Epoch], Source], clock: Clock, epoch: Epoch, period_s: float) -> None:
        """`period_s`, above zero, is how long the file lasts; the session's rounds count from `epoch`."""
        self._make = make
        self._clock = clock
        self._epoch = epoch
        self._period_ns = round(period_s * NS)
        self._round = 0
        self._drops_before = 0
        self._inside = make(epoch)
        self.name = self._inside.name
        self.modality = self._inside.modality

    @property
    def health(self) -> Health:
        """Drops are those of all rounds."""
        return Health(self._drops_before + health_of(self._inside).drops, finite=True)

    def open(self) -> None:
        """Join the round that plays now; raises MediaError where the file cannot be read."""
        self._begin((self._clock.now_ns() - self._epoch.fix()) // self._period_ns)

    def read(self) -> Item | None:
        """Give the next item once it is due; raises MediaError at damage, and never EndOfSource."""
        if self._clock.now_ns() >= self._starts_ns(self._round + 1) + TAIL_NS:
            self._begin(self._round + 1)
        try:
            return self._inside.read()
        except EndOfSource:
            if wait_until(self._clock, self._starts_ns(self._round + 1)):
                self._begin(self._round + 1)
            return None

    def close(self) -> None:
        """Release the file."""
        self._inside.close()

    def _begin(self, number: int) -> None:
        """Begin this round, or the present one where this one is over already (after a sleep)."""
        since_ns = self._clock.now_ns() - self._epoch.fix()
        self._round = max(number, since_ns // self._period_ns, 0)
        self._drops_before += health_of(self._inside).drops
        self._inside.close()
        epoch = Epoch(self._clock)
        epoch.fix(self._starts_ns(self._round))
        self._inside = self._make(epoch)
        self._inside.open()

    def _starts_ns(self, number: int) -> int:
        return self._epoch.fix() + number * self._period_ns
