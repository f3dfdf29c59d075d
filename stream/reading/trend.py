"""A running estimate over the windows of a session: what a person says, shows and sounds like of late.

The reading of an utterance begins anew with each window, so a line through them saws; the trend goes on. It
is the mean of the newest reading of each window, weighed by its evidence (`stream.reading.evidence`), which
fades with a time constant. Only readings and their own times count, so a replay gives the same trend.
"""

import math
from dataclasses import replace
from typing import NamedTuple

from fsrf_live.stream.flow.records import Reading
from fsrf_live.stream.reading.answer import estimates_of, mean_trend
from fsrf_live.stream.reading.evidence import evidence_of

FADING_S = 20.0
"""Time constant: what was said so long ago counts 37 %."""
FORGOTTEN_S = 4 * FADING_S
"""What is older is left out; if nothing came since there is no trend."""
MOST_PARTS = 128
"""Windows that count at most: those of a text alone have no time between them."""


class _Part(NamedTuple):
    """What a window's newest reading adds."""

    end_s: float
    evidence: float
    estimates: tuple[float, ...]


class RunningTrend:
    """Follows the readings of one session, in the order in which they come."""

    def __init__(self) -> None:
        self._parts: dict[int, _Part] = {}
        self._now_s = -math.inf

    def follow(self, reading: Reading) -> Reading:
        """The reading with the trend up to it; it takes the place of an older revision of its window."""
        self._now_s = max(self._now_s, reading.end_s)
        self._parts[reading.window] = _Part(reading.end_s, evidence_of(reading), estimates_of(reading))
        kept = sorted(w for w, p in self._parts.items() if self._now_s - p.end_s <= FORGOTTEN_S)
        self._parts = {window: self._parts[window] for window in kept[-MOST_PARTS:]}
        parts = self._parts.values()
        weights = [p.evidence * math.exp((p.end_s - self._now_s) / FADING_S) for p in parts]
        return replace(reading, trend=mean_trend(weights, [p.estimates for p in parts]))
