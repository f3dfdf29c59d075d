"""Readings of a session against ratings that somebody gave while it ran: error, lag, whether intervals hold.

Who rates is late by some seconds, so the ratings are moved back by the lag
at which they correlate best with the score (S. Mariooryad, C. Busso, "Correcting time-continuous emotional
labels by modeling the reaction lag of evaluators", IEEE Trans. Affective Computing 6(2), 2015), and each
reading is compared with their mean over its own stretch.

Whether the intervals still hold is tested as the session goes on, by a bet against them that costs nothing to
look at: see `IntervalBet`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from fsrf_live.fsrf.common.aliases import Reals
from fsrf_live.fsrf.common.metrics import interval_figures, mean_absolute_error, pearson

MISSES_ALLOWED = 0.1
"""What a 90 % interval may miss."""
ALARM = 20.0
"""Wealth from which intervals are said not to hold: of sessions in which they do, 5 % at most get there."""
LONGEST_LAG_S = 8.0
"""Evaluators of natural speech were found to need from 1 to 6 s."""
LAG_STEP_S = 0.1
_BELIEVED = 10.0
"""So many readings that miss as often as allowed are believed to have come before the first."""


@dataclass(frozen=True, slots=True)
class HeldRating:
    """A rating that held from `start_s` to `end_s`."""

    start_s: float
    end_s: float
    value: float


@dataclass(frozen=True, slots=True)
class ReadStretch:
    """A reading of the stretch from `start_s` to `end_s`."""

    start_s: float
    end_s: float
    score: float
    low: float
    high: float


class IntervalBet:
    """A bet that intervals miss more than they say, reading by reading, in the order in which they came.

    As long as each misses with a probability of `MISSES_ALLOWED` at most, whatever happened before, nobody
    gets rich: wealth is a non-negative supermartingale that begins at 1, so that it ever reaches w has a
    probability of 1/w at most (J. Ville, 1939). It is the likelihood of the misses under the rate seen so far
    against that under the rate allowed (I. Waudby-Smith, A. Ramdas, "Estimating means of bounded random
    variables by betting", J. R. Stat. Soc. B 86(1), 2024, section 4, with a plug-in bet).
    """

    def __init__(self) -> None:
        self.wealth = self.highest = 1.0
        self.readings = self.misses = 0
        self.alarm_at: int | None = None
        """The number of readings after which wealth first reached `ALARM`."""

    def add(self, *, missed: bool) -> None:
        """Settle the bet on one reading; the stake was fixed by those before it."""
        rate = (self.misses + MISSES_ALLOWED * _BELIEVED) / (self.readings + _BELIEVED)
        rate = max(MISSES_ALLOWED, rate)
        self.wealth *= rate / MISSES_ALLOWED if missed else (1.0 - rate) / (1.0 - MISSES_ALLOWED)
        self.readings += 1
        self.misses += missed
        self.highest = max(self.highest, self.wealth)
        if self.alarm_at is None and self.wealth >= ALARM:
            self.alarm_at = self.readings


@dataclass(frozen=True, slots=True)
class RatingFigures:
    """Readings beside the ratings of one session.

    `lag_s` is how late the ratings are, `correlation` that of score and ratings moved back by it, moment by
    moment; the errors are in score points, over the readings. `bias` is above zero if readings are higher
    than ratings. `wealth` is the highest of `IntervalBet`, `alarm_s` the end of the reading that made it
    `ALARM`, None if none did.
    """

    readings: int
    lag_s: float
    correlation: float
    error: float
    bias: float
    coverage: float
    width: float
    wealth: float
    alarm_s: float | None

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


def against_ratings(
    stretches: Sequence[ReadStretch], ratings: Sequence[HeldRating], end_s: float
) -> RatingFigures | None:
    """Compare what was read with what was rated up to the end of the session; None if no reading was rated.

    Neither overlap, both are in the order of time, and each rating holds until the next one.
    """
    lag_s, correlation = _lag(stretches, ratings, end_s)
    pairs = [
        (one, value)
        for one in stretches
        if (value := _mean_between(ratings, one.start_s + lag_s, one.end_s + lag_s)) is not None
    ]
    if not pairs:
        return None
    bet, alarm_s = IntervalBet(), None
    for one, value in pairs:
        bet.add(missed=not one.low <= value <= one.high)
        alarm_s = one.end_s if bet.alarm_at == bet.readings else alarm_s
    truth = np.array([value for _, value in pairs])
    score, low, high = (np.array([getattr(one, n) for one, _ in pairs]) for n in ("score", "low", "high"))
    return RatingFigures(
        readings=len(pairs),
        lag_s=lag_s,
        correlation=correlation,
        error=mean_absolute_error(truth, score),
        bias=float((score - truth).mean()),
        **interval_figures(truth, low, high),
        wealth=bet.highest,
        alarm_s=alarm_s,
    )


def render_ratings(found: RatingFigures) -> str:
    """Lines for people."""
    asked = 1.0 - MISSES_ALLOWED
    if found.alarm_s is None:
        verdict = f"nothing speaks against the intervals (evidence {found.wealth:.1f}, alarm at {ALARM:.0f})"
    else:
        verdict = f"they no longer hold: known after {found.alarm_s:.1f} s (evidence {found.wealth:.1f})"
    return "\n".join(
        [
            f"readings that were rated  {found.readings}",
            f"lag of the ratings        {found.lag_s:.1f} s",
            f"correlation               {found.correlation:+.2f}",
            f"mean error                {found.error:.2f} score points (bias {found.bias:+.2f})",
            f"inside the interval       {found.coverage:.0%} (asked: {asked:.0%}; width {found.width:.2f})",
            f"do the intervals hold?    {verdict}",
        ]
    )


def _lag(
    stretches: Sequence[ReadStretch], ratings: Sequence[HeldRating], end_s: float
) -> tuple[float, float]:
    """The lag at which ratings correlate best with the score, and how well; the least of equal ones."""
    times = np.arange(0.0, end_s, LAG_STEP_S)
    score = _at(times, [(one.start_s, one.end_s, one.score) for one in stretches])
    rated = _at(times, [(one.start_s, one.end_s, one.value) for one in ratings])
    best = (0.0, 0.0)
    for steps in range(min(round(LONGEST_LAG_S / LAG_STEP_S) + 1, len(times))):
        a, b = score[: len(times) - steps], rated[steps:]
        both = ~np.isnan(a) & ~np.isnan(b)
        found = pearson(a[both], b[both]) if both.any() else 0.0
        if steps == 0 or found > best[1] + 1e-9:
            best = (round(steps * LAG_STEP_S, 1), found)
    return best if best[1] > 0 else (0.0, best[1])


def _at(times: Reals, stretches: Sequence[tuple[float, float, float]]) -> Reals:
    """At each of the times the value of the stretch that it lies in, NaN in none."""
    values = np.full(len(times), np.nan)
    for start_s, end_s, value in stretches:
        values[(times + 1e-9 >= start_s) & (times < end_s)] = value
    return values


def _mean_between(ratings: Sequence[HeldRating], start_s: float, end_s: float) -> float | None:
    """The mean of what was rated over a stretch, None unless it was rated from its beginning on."""
    if not ratings or ratings[0].start_s > start_s:
        return None
    end_s = min(end_s, ratings[-1].end_s)
    if end_s <= start_s:
        return None
    total = sum(one.value * max(0.0, min(one.end_s, end_s) - max(one.start_s, start_s)) for one in ratings)
    return total / (end_s - start_s)
