"""Times two ways of doing the same thing alternately, so that a busy machine slows both equally."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Milliseconds of each run of two ways."""

    name: str
    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """How many times faster ours is, by the medians."""
        return float(np.median(self.theirs) / np.median(self.ours))

    def line(self, target: float) -> str:
        """One line for a person, with what was asked for."""
        ours, theirs = (
            "/".join(f"{value:.2f}" for value in percentiles(times)) for times in (self.ours, self.theirs)
        )
        asked = f"{self.ratio:.1f} times faster (asked: {target:g})"
        return f"{self.name}: {asked}; {ours} against {theirs} ms p50/p90/p99"


def compare(name: str, ours: Work, theirs: Work, *, rounds: int = 60, warm_up: int = 5) -> Comparison:
    """Run both alternately; the first rounds do not count."""
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(warm_up + rounds):
        for work, kept in zip((ours, theirs), times, strict=True):
            started = time.perf_counter()
            work()
            if turn >= warm_up:
                kept.append((time.perf_counter() - started) * 1e3)
    return Comparison(name, tuple(times[0]), tuple(times[1]))


def percentiles(times: Sequence[float]) -> tuple[float, float, float]:
    """p50, p90 and p99."""
    p50, p90, p99 = np.percentile(times, (50, 90, 99))
    return float(p50), float(p90), float(p99)
