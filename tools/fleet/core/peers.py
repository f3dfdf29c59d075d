"""Who else is in the fleet, as far as one can hear."""

from collections.abc import Iterator
from dataclasses import dataclass

from fsrf_live.stream.flow.clock import NS
from fsrf_live.tools.fleet.core.messages import Beat

BEAT_NS = 3 * NS // 10
"""From one word of a worker to the next: six may be lost within a lease."""
LEASE_NS = 2 * NS
"""Who has said nothing for so long has lost its streams to the others."""
GONE_NS = NS // 2
"""The same, once its link has broken: a worker that lives says a word meanwhile over another one."""
OWN_LEASE_NS = LEASE_NS - BEAT_NS
"""Less than the others wait: who stood still for so long gives its streams up before they take them."""


@dataclass(slots=True)
class _Known:
    beat: Beat | None
    until_ns: int


class Peers:
    """The other workers, and until when each is taken to live. Workers of another program are none."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def hear(self, beat: Beat, now_ns: int) -> None:
        """Take its word."""
        self._known[beat.worker] = _Known(beat, now_ns + LEASE_NS)

    def presume(self, worker: str, now_ns: int) -> None:
        """Take it to live for a lease, since others have seen it do something new; unless it is known to."""
        if not self.lives(worker, now_ns):
            known = self._known.get(worker)
            self._known[worker] = _Known(known.beat if known else None, now_ns + LEASE_NS)

    def lose(self, worker: str, now_ns: int) -> None:
        """Its link has broken."""
        known = self._known.get(worker)
        if known is not None:
            known.until_ns = min(known.until_ns, now_ns + GONE_NS)

    def lives(self, worker: str, now_ns: int) -> bool:
        """Whether it is taken to live."""
        known = self._known.get(worker)
        return known is not None and now_ns < known.until_ns

    def beats(self, now_ns: int) -> Iterator[Beat]:
        """The last word of each that lives."""
        for known in list(self._known.values()):
            if known.beat is not None and now_ns < known.until_ns:
                yield known.beat

    @property
    def highest_rank(self) -> int:
        """Of all that were ever heard."""
        return max((known.beat.rank for known in self._known.values() if known.beat is not None), default=0)
