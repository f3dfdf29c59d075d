"""Percentiles of where the milliseconds of readings went. Bounded memory: HdrHistogram, three digits."""

from typing import Any

import numpy as np

from fsrf_live.stream.flow.records import Latency
from fsrf_live.stream.flow.snapshot import Percentiles

PARTS = ("wait", "features", "engine", "emit", "processing", "total")
LONGEST_US = 600_000_000
DIGITS = 3


class LatencyRecorder:
    """Percentiles for each part of `Latency`, for ``processing`` (all but `wait`) and for ``total``.

    Not thread-safe. Values above ten minutes count as ten minutes.
    """

    def __init__(self) -> None:
        from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]

        self._histograms: dict[str, Any] = {part: HdrHistogram(1, LONGEST_US, DIGITS) for part in PARTS}
        self._longest_us = dict.fromkeys(PARTS, 0)

    def add(self, latency: Latency) -> None:
        """Count one reading."""
        for part, milliseconds in _parts(latency).items():
            microseconds = min(LONGEST_US, round(milliseconds * 1000))
            self._longest_us[part] = max(self._longest_us[part], microseconds)
            self._histograms[part].record_value(microseconds)

    def percentiles(self) -> dict[str, Percentiles]:
        """Percentiles of each part in ms; nothing before the first reading."""
        if not self._histograms["total"].get_total_count():
            return {}
        return {part: self._of(part) for part in PARTS}

    def _of(self, part: str) -> Percentiles:
        histogram, longest = self._histograms[part], self._longest_us[part]
        # Its own way to percentiles visits thousands of counts in Python, in the thread that reads windows.
        counted = np.cumsum(np.asarray(histogram.counts))
        wanted = [histogram.get_target_count_at_percentile(percentile) for percentile in (50, 90, 95, 99)]
        places = map(histogram.get_value_from_index, np.searchsorted(counted, wanted).tolist())
        highest = map(histogram.get_highest_equivalent_value, places)
        p50, p90, p95, p99 = (min(value, longest) / 1000 for value in highest)
        return Percentiles(int(histogram.get_total_count()), p50, p90, p95, p99, longest / 1000)


def _parts(latency: Latency) -> dict[str, float]:
    parts = {
        "wait": latency.wait,
        "features": latency.features,
        "engine": latency.engine,
        "emit": latency.emit,
    }
    return {**parts, "processing": latency.total - latency.wait, "total": latency.total}
