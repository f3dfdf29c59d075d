"""From what an engine answered to what records tell: one answer, or the mean of several."""

from collections.abc import Sequence
from operator import attrgetter, mul
from typing import Any, Literal

from fsrf_live.engines.common.contract import COMPLETE, SUBSETS, Outputs, shapley, subset_index
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import Reason
from fsrf_live.stream.flow.records import (
    ESTIMATES,
    LABELS,
    Label,
    Latency,
    ModalityReading,
    Reading,
    Summary,
    Trend,
    is_unsure,
    label_of,
)
from fsrf_live.stream.windows.presence import WHOLE
from fsrf_live.stream.windows.window import Presence, Window


class WindowAnswer:
    """What the engine said of one window, of which only `available` was there."""

    def __init__(self, outputs: Outputs, row: int, prior: Outputs, available: tuple[Modality, ...]) -> None:
        """`prior` is the engine's, the answer if nothing is available."""
        self._available = available
        self._outputs, self._row = (outputs, row) if available else (prior, 0)
        self._subset = subset_index(available) if available else COMPLETE
        self._prior = float(prior.score[0, COMPLETE])
        self._scores = outputs.score[row]

    def reading(self, window: Window, epoch_ns: int, text: str, engine: str, latency: Latency) -> Reading:
        """The record of it; its times count from `epoch_ns`."""
        row, subset, outputs = self._row, self._subset, self._outputs
        score = float(outputs.score[row, subset])
        low, high = (float(bound) for bound in outputs.interval[row, subset])
        probabilities: dict[Label, float] = dict(
            zip(LABELS, map(float, outputs.probabilities[row, subset]), strict=True)
        )
        label = label_of(score)
        return Reading(
            window=window.id,
            revision=window.revision,
            final=window.final,
            start_s=(window.start_ns - epoch_ns) / NS,
            end_s=(window.end_ns - epoch_ns) / NS,
            score=score,
            low=min(low, score),
            high=max(high, score),
            label=label,
            probabilities=probabilities,
            unsure=is_unsure(label, probabilities),
            modalities=self._modalities(window),
            text=text,
            engine=engine,
            latency_ms=latency,
            without={m: self._score(set(self._available) - {m}) for m in self._available},
        )

    def _score(self, subset: set[Modality]) -> float:
        """Score from what is there of a subset; the prior if nothing is."""
        there = subset & set(self._available)
        return float(self._scores[subset_index(there)]) if there else self._prior

    def _modalities(self, window: Window) -> dict[Modality, ModalityReading]:
        values = shapley([self._score(set(subset)) for subset in SUBSETS], self._prior)
        recovery = self._outputs.recovery[self._row, self._subset]
        return {
            m: _modality_reading(
                window.presence[m], m in self._available, float(values[index]), float(recovery[index])
            )
            for index, m in enumerate(MODALITIES)
        }


estimates_of = attrgetter(*ESTIMATES)
"""What a reading estimates, in the order of `ESTIMATES`."""


def mean_trend(weights: Sequence[float], estimates: Sequence[tuple[float, ...]]) -> Trend | None:
    """The mean of readings by their estimates, each by its weight; None if all weights are 0."""
    total = sum(weights)
    if not total:
        return None
    return Trend(*(sum(map(mul, weights, values)) / total for values in zip(*estimates, strict=True)))


class MeanAnswer:
    """The same of readings that need not be kept: sums alone are."""

    def __init__(self) -> None:
        self.weight = 0.0
        self._sums = dict.fromkeys(ESTIMATES, 0.0)
        self._masses: dict[Label, float] = dict.fromkeys(LABELS, 0.0)

    def add(self, reading: Reading, weight: float) -> None:
        """Count a reading by a weight of at least 0."""
        self.weight += weight
        for name in ESTIMATES:
            self._sums[name] += weight * getattr(reading, name)
        for label in LABELS:
            self._masses[label] += weight * reading.probabilities[label]

    def summary(
        self, duration_s: float, windows: int, modalities: dict[Modality, ModalityReading], reason: str
    ) -> Summary:
        """The mean as the end of a run; `reason` says why there is none, if nothing has a weight."""
        if not self.weight:
            return Summary(duration_s, windows, None, None, None, None, modalities, reason)
        estimates: dict[str, Any] = {name: total / self.weight for name, total in self._sums.items()}
        label = label_of(estimates["score"])
        masses: dict[Label, float] = {name: mass / self.weight for name, mass in self._masses.items()}
        unsure = is_unsure(label, masses)
        return Summary(duration_s, windows, label=label, modalities=modalities, unsure=unsure, **estimates)


def _modality_reading(
    presence: Presence, there: bool, contribution: float, recovery: float
) -> ModalityReading:
    if not there:
        # A tokenizer may make nothing of what can be seen, such as an accent alone.
        return ModalityReading("missing", presence.reason or Reason.UNCLEAR, 0.0, 0.0, recovery)
    state = state_of(presence.coverage)
    return ModalityReading(state, presence.reason, presence.coverage, contribution, None)


def state_of(coverage: float) -> Literal["present", "partial", "missing"]:
    """State of a modality with this coverage."""
    if coverage >= WHOLE:
        return "present"
    return "partial" if coverage > 0 else "missing"
