"""From what an engine answered to what records tell: one answer, or the mean of several."""

from typing import Literal

from fsrf_live.engines.common.contract import COMPLETE, SUBSETS, Outputs, shapley, subset_index
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.records import (
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


class MeanAnswer:
    """The mean of readings, each by its weight; only sums are kept."""

    def __init__(self) -> None:
        self.weight = 0.0
        self._score = self._low = self._high = 0.0
        self._masses: dict[Label, float] = dict.fromkeys(LABELS, 0.0)

    def add(self, reading: Reading, weight: float) -> None:
        """Count a reading by a weight of at least 0."""
        self.weight += weight
        self._score += weight * reading.score
        self._low += weight * reading.low
        self._high += weight * reading.high
        for label in LABELS:
            self._masses[label] += weight * reading.probabilities[label]

    def trend(self) -> Trend | None:
        """The mean as a running estimate; None if nothing has a weight."""
        return Trend(*self._estimate()) if self.weight else None

    def summary(
        self, duration_s: float, windows: int, modalities: dict[Modality, ModalityReading], reason: str
    ) -> Summary:
        """The mean as the end of a run; `reason` says why there is none, if nothing has a weight."""
        if not self.weight:
            return Summary(duration_s, windows, None, None, None, None, modalities, reason)
        score, low, high = self._estimate()
        label = label_of(score)
        masses: dict[Label, float] = {name: mass / self.weight for name, mass in self._masses.items()}
        unsure = is_unsure(label, masses)
        return Summary(duration_s, windows, score, low, high, label, modalities, unsure=unsure)

    def _estimate(self) -> tuple[float, float, float]:
        return self._score / self.weight, self._low / self.weight, self._high / self.weight


def _modality_reading(
    presence: Presence, there: bool, contribution: float, recovery: float
) -> ModalityReading:
    if not there:
        return ModalityReading("missing", presence.reason, 0.0, 0.0, recovery)
    state = state_of(presence.coverage)
    return ModalityReading(state, presence.reason, presence.coverage, contribution, None)


def state_of(coverage: float) -> Literal["present", "partial", "missing"]:
    """State of a modality with this coverage."""
    if coverage >= WHOLE:
        return "present"
    return "partial" if coverage > 0 else "missing"
