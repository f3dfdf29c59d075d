"""How much a reading tells: by it several readings are weighed against each other."""

from collections.abc import Mapping

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.records import Reading

SHARES: Mapping[Modality, float] = {"text": 0.5, "audio": 0.25, "video": 0.25}
"""What each modality counts if it is there all the time: words as much as face and voice together."""
WHOLE_S = 3.0
"""A window that is shorter counts less, in proportion; one that is longer tells no more for that."""
INSTANT_S = 0.001
"""Taken for the length of a window without one, such as that of a still picture."""
NARROWEST = 0.05
"""In score points: half-widths below count as this."""


def evidence_of(reading: Reading) -> float:
    """Evidence of a reading, 0 if nothing was there.

    What was there of each modality, by `SHARES`, over the squared half-width of the interval (the weight of
    the mean of least variance), times the share of `WHOLE_S` that the window lasts.
    """
    there = sum(SHARES[m] * part.coverage for m, part in reading.modalities.items())
    seconds = max(INSTANT_S, reading.end_s - reading.start_s)
    half = max(NARROWEST, (reading.high - reading.low) / 2)
    return there * min(1.0, seconds / WHOLE_S) / half**2
