"""The person's own neutral face as a reference, learned from what passes by."""

import numpy as np

from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.stream.features.expression import look_neutral

_FEWEST, _ENOUGH, _MOST = 10, 40, 300
"""Neutral frames, of which there are ten a second. Nothing is taken out in the first second, because a mean
of so few is mostly the pose of a moment; after four seconds the share is whole. From 300 frames on a new one
counts as one of 300, so that the mean follows a face that turns within half a minute."""

SHARE = 0.7
"""The rest stays in: what looks neutral still holds a little of a mood that lasts."""

_AWAY_NS = 3_000_000_000
"""People look away for a second or two; it takes longer to change seats."""


class NeutralReference:
    """Takes the own neutral face out of the vectors of one person, as soon as enough of it has been seen.

    A frame counts as neutral if every measure that carries an expression lies within the range of the neutral
    faces of many people, so a smile is never learned, however long it lasts; what is learned is therefore
    small as well. A face that was away for 3 s may come back as somebody else: then it starts again. One that
    is `known` (`stream.features.baseline`) is taken out from the first frame on, and nothing is learned.
    """

    def __init__(self, width: int, known: Floats | None = None) -> None:
        self._mean = np.zeros(width, np.float64) if known is None else known.astype(np.float64)
        self._seen = 0 if known is None else _ENOUGH
        self._known = known is not None
        self._last_ns: int | None = None

    @property
    def share(self) -> float:
        """How much of the own neutral face is taken out now, in [0, 0.7]; it ramps in over 40 frames."""
        return SHARE * min(max(self._seen - _FEWEST, 0) / (_ENOUGH - _FEWEST), 1.0)

    def relative(self, time_ns: int, vector: Floats) -> Floats:
        """The vector less the share of the own neutral vector; the canonical face is zero already."""
        if not self._known:
            self._learn(time_ns, vector)
        return (vector - self.share * self._mean).astype(np.float32)

    def _learn(self, time_ns: int, vector: Floats) -> None:
        if self._last_ns is not None and abs(time_ns - self._last_ns) > _AWAY_NS:
            self._mean[:] = 0.0
            self._seen = 0
        self._last_ns = time_ns
        if look_neutral(vector[None])[0]:
            self._seen = min(self._seen + 1, _MOST)
            self._mean += (vector - self._mean) / self._seen
