"""A running estimate over the windows of a session: what a person says, shows and sounds like of late.

The reading of an utterance begins anew with each window, so a line through them saws; the trend goes on. It
is the mean of the newest reading of each window, weighed by its evidence (`stream.reading.evidence`), which
fades with a time constant. Only readings and their own times count, so a replay gives the same trend.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from fsrf_live.stream.flow.records import Reading, Trend
from fsrf_live.stream.reading.evidence import evidence_of

FADING_S = 20.0
"""Time constant: what was said so long ago counts 37 %."""
FORGOTTEN_S = 4 * FADING_S
"""What is older is left out; if nothing came since there is no trend."""
MOST_PARTS = 128
"""Windows that count at most: those of a text alone have no time between them."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What a window's newest reading adds."""

    end_s: float
    evidence: float
    score: float
    low: float
    high: float


class RunningTrend:
    """Follows the readings of one session, in the order in which they come."""

    def __init__(self) -> None:
        self._parts: dict[int, _Part] = {}
        self._now_s = -math.inf

    def follow(self, reading: Reading) -> Reading:
        """The reading with the trend up to it; it takes the place of an older revision of its window."""
        self._now_s = max(self._now_s, reading.end_s)
        part = _Part(reading.end_s, evidence_of(reading), reading.score, reading.low, reading.high)
        self._parts[reading.window] = part
        kept = sorted(w for w, p in self._parts.items() if self._now_s - p.end_s <= FORGOTTEN_S)
        self._parts = {window: self._parts[window] for window in kept[-MOST_PARTS:]}
        return replace(reading, trend=_mean(self._parts.values(), self._now_s))


def _mean(parts: Iterable[_Part], now_s: float) -> Trend | None:
    weighed = [(p.evidence * math.exp((p.end_s - now_s) / FADING_S), p) for p in parts]
    total = sum(weight for weight, _ in weighed)
    if not total:
        return None
    score = sum(weight * p.score for weight, p in weighed) / total
    low = sum(weight * p.low for weight, p in weighed) / total
    high = sum(weight * p.high for weight, p in weighed) / total
    return Trend(score, low, high)
