"""Who else is in the fleet, as far as one can hear."""

from collections.abc import Iterator
from dataclasses import dataclass

from fsrf_live.stream.flow.clock import NS
from fsrf_live.tools.fleet.core.messages import Beat

BEAT_NS = NS // 5
"""From one word of a worker to the next, or 0.1 s more: five may be lost within a lease."""
LEASE_NS = 7 * NS // 4
"""Who has said nothing for so long has lost its streams to the others.

A session needs a second and a little to its first reading: together they stay below three.
"""
GONE_NS = NS // 2
"""The same, once its link has broken: a worker that lives says a word meanwhile over another one."""
OWN_LEASE_NS = LEASE_NS - BEAT_NS
"""Less than the others wait: who stood still for so long gives its streams up before they take them."""
MOST_GONE = 1000
"""The newest workers that live no more: one that somebody begins again and again has many names."""


@dataclass(slots=True)
class _Known:
    beat: Beat | None
    until_ns: int


class Peers:
    """The other workers, and until when each is taken to live. Workers of another program are none."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self.highest_rank = 0
        """Of all that were ever heard."""

    def hear(self, beat: Beat, now_ns: int) -> None:
        """Take its word."""
        self.highest_rank = max(self.highest_rank, beat.rank)
        self._keep(beat.worker, _Known(beat, now_ns + LEASE_NS), now_ns)

    def presume(self, worker: str, now_ns: int) -> None:
        """Take it to live for a lease, since others have seen it do something new; unless it is known to."""
        if not self.lives(worker, now_ns):
            known = self._known.get(worker)
            self._keep(worker, _Known(known.beat if known else None, now_ns + LEASE_NS), now_ns)

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

    def _keep(self, worker: str, known: _Known, now_ns: int) -> None:
        self._known.pop(worker, None)  # so that the newest words are the last
        self._known[worker] = known
        if len(self._known) > MOST_GONE:
            gone = [name for name, each in self._known.items() if each.until_ns <= now_ns]
            for name in gone[:-MOST_GONE]:
                del self._known[name]
