"""Outcomes over seeds: means, deviations, and paired differences with their intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fsrf_live.fsrf.research.experiments.outcomes import Outcome
from fsrf_live.fsrf.research.experiments.task import Task

T_QUANTILES = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""Quantiles of Student's t at .975, for 1, 2, … degrees of freedom."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and sample deviation over seeds (0 for one seed)."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Of at least one value."""
        array = np.asarray(values, np.float64)
        return cls(float(array.mean()), float(array.std(ddof=1)) if len(array) > 1 else 0.0)


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean of paired differences over seeds and its 95 % interval (infinite for one seed)."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Difference":
        """Of differences, one a seed."""
        spread = Spread.of(values)
        if len(values) < 2:
            return cls(spread.mean, -np.inf, np.inf)
        quantile = T_QUANTILES[min(len(values) - 2, len(T_QUANTILES) - 1)]
        reach = quantile * spread.deviation / np.sqrt(len(values))
        return cls(spread.mean, spread.mean - reach, spread.mean + reach)


class Comparison:
    """Outcomes of one task, by model."""

    def __init__(self, task: Task, outcomes: Sequence[Outcome]) -> None:
        self.task = task
        self.models = tuple(dict.fromkeys(outcome.model for outcome in outcomes))
        self.seeds = sorted({outcome.seed for outcome in outcomes})
        self._outcomes = outcomes

    def of(self, model: str) -> list[Outcome]:
        """Its outcomes in the order of seeds."""
        return sorted((o for o in self._outcomes if o.model == model), key=lambda outcome: outcome.seed)

    def subset(self, model: str, subset: int, figure: str) -> Spread:
        """A figure of one subset."""
        return Spread.of([outcome.subsets[subset][figure] for outcome in self.of(model)])

    def incomplete(self, model: str, figure: str) -> list[float]:
        """Mean of a figure over the incomplete subsets, one a seed."""
        return [
            float(np.mean([outcome.subsets[s][figure] for s in self.task.subsets[:-1]]))
            for outcome in self.of(model)
        ]

    def condition(self, model: str, name: str, figure: str) -> Spread:
        """A figure of the complete subset under stored masks."""
        return Spread.of([outcome.conditions[name][figure] for outcome in self.of(model)])

    def disturbed(self, model: str, figure: str) -> list[float]:
        """Mean of a figure over all stored masks, one a seed."""
        return [
            float(np.mean([found[figure] for found in outcome.conditions.values()]))
            for outcome in self.of(model)
        ]

    def lead(self, model: str, other: str) -> Difference:
        """How far a model is ahead in the mean headline of incomplete subsets, over the seeds of both."""
        return _paired(*(self.incomplete(m, self.task.headline) for m in (model, other)))

    def closer(self, model: str, other: str) -> Difference:
        """How much less a model's mean absolute error is over incomplete subsets, over the seeds of both."""
        return _paired(*(self.incomplete(m, "mae") for m in (other, model)))

    def disturbed_lead(self, model: str, other: str) -> Difference:
        """How far a model is ahead in the mean headline over all stored masks, over the seeds of both."""
        return _paired(*(self.disturbed(m, self.task.headline) for m in (model, other)))

    def fall(self, model: str, name: str) -> Spread:
        """How far the headline falls from the complete subset to stored masks."""
        complete = self.task.subsets[-1]
        return Spread.of(
            [
                o.subsets[complete][self.task.headline] - o.conditions[name][self.task.headline]
                for o in self.of(model)
            ]
        )

    def seconds(self, model: str) -> float:
        """Processor seconds of one training, mean over seeds."""
        return Spread.of([outcome.seconds for outcome in self.of(model)]).mean


def _paired(ours: Sequence[float], theirs: Sequence[float]) -> Difference:
    return Difference.of([a - b for a, b in zip(ours, theirs, strict=False)])
