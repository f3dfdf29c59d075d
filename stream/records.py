"""The JSON records that other programs read: reading, event, summary. One object a line.

The field names and their order are a promise; they change only on purpose.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from engines.contract import Modality
from stream.items import Reason, State

Label = Literal["negative", "neutral", "positive"]
LABELS: tuple[Label, ...] = ("negative", "neutral", "positive")


@dataclass(frozen=True, slots=True)
class ModalityReading:
    """One modality's part in a reading.

    `contribution` is its exact Shapley value in score points (the three sum to the score less the
    no-evidence prior); `recovery` in [0, 1] is how far its recovery may be trusted, None where it is present.
    """

    state: Literal["present", "partial", "missing"]
    reason: Reason | None
    coverage: float
    contribution: float
    recovery: float | None


@dataclass(frozen=True, slots=True)
class Latency:
    """Where the milliseconds of a reading went; the parts sum to `total`.

    `wait` is the price of a setting (the silence that closes an utterance, a paced file), not slowness.
    """

    wait: float
    features: float
    engine: float
    emit: float

    @property
    def total(self) -> float:
        """Sum of the parts, in ms."""
        return self.wait + self.features + self.engine + self.emit


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer for one revision of one window; times in seconds since the session began.

    `without` holds, for each modality that is there, the score that this reading would have had if that
    modality's device went now (all seven subsets are computed anyway).
    """

    window: int
    revision: int
    final: bool
    start_s: float
    end_s: float
    score: float
    low: float
    high: float
    label: Label
    probabilities: Mapping[Label, float]
    modalities: Mapping[Modality, ModalityReading]
    text: str
    engine: str
    latency_ms: Latency
    without: Mapping[Modality, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """A source changed its state."""

    time_s: float
    source: str
    state: State
    reason: str | None


@dataclass(frozen=True, slots=True)
class Summary:
    """The end of a run; `score`, `low`, `high`, `label` are None, and `reason` says why, without a reading."""

    duration_s: float
    windows: int
    score: float | None
    low: float | None
    high: float | None
    label: Label | None
    modalities: Mapping[Modality, ModalityReading]
    reason: str | None = None
    row: int | None = None
    error: str | None = None


Record = Reading | Event | Summary
