"""The JSON records that other programs read: reading, event, summary. One object a line.

The field names and their order are a promise; they change only on purpose.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from fsrf_live.fsrf.common.errors import RecordingError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import Change, Reason, State

Label = Literal["negative", "neutral", "positive"]
LABELS: tuple[Label, ...] = ("negative", "neutral", "positive")
SHOWN_AS: Mapping[Modality, str] = {"video": "face", "audio": "voice", "text": "words"}
"""What people call the modalities, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class ModalityReading:
    """One modality's part in a reading.

    `contribution` is its exact Shapley value in score points (the three sum to the score less the
    no-evidence prior); `recovery` in [0, 1] is how far its recovery may be trusted, None if it is present.
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

    @classmethod
    def of(cls, change: Change, epoch_ns: int) -> "Event":
        """The record of a change; times count from `epoch_ns`."""
        return cls((change.time_ns - epoch_ns) / NS, change.source, change.state, change.reason)


@dataclass(frozen=True, slots=True)
class Summary:
    """The end of a run; `score` to `label` are None, and `reason` says why, if there was no reading."""

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

_PARTS = ("wait", "features", "engine", "emit")


def encode(record: Record, *, timed: bool = True) -> str:
    """One line of JSON without its newline; the same record always gives the same characters.

    Scores and times have three decimals, probabilities four; text that is no valid Unicode is mended.
    Without `timed` the latency of a reading is left out: what is left depends on the input alone.
    """
    if isinstance(record, Reading):
        values = _reading(record)
        if not timed:
            del values["latency_ms"]
    elif isinstance(record, Event):
        values = {
            "type": "event",
            "time_s": _round(record.time_s),
            "source": record.source,
            "state": record.state.value,
            "reason": record.reason,
        }
    else:
        values = _summary(record)
    line = json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return line.encode("utf-8", "replace").decode("utf-8")


def decode(line: str) -> Record:
    """Inverse of `encode`; raises RecordingError if the line is not such a record."""
    try:
        values = json.loads(line)
        return _DECODERS[values["type"]](values)
    except (KeyError, TypeError, ValueError) as error:
        raise RecordingError(f"not a record of this program ({error}): {line[:60]!r}") from error


def _round(value: float, digits: int = 3) -> float:
    return round(float(value), digits) + 0.0


def _optional(value: float | None) -> float | None:
    return None if value is None else _round(value)


def _reading(reading: Reading) -> dict[str, Any]:
    parts = {part: _round(getattr(reading.latency_ms, part)) for part in _PARTS}
    return {
        "type": "reading",
        "window": reading.window,
        "revision": reading.revision,
        "final": reading.final,
        "start_s": _round(reading.start_s),
        "end_s": _round(reading.end_s),
        "score": _round(reading.score),
        "low": _round(reading.low),
        "high": _round(reading.high),
        "label": reading.label,
        "probabilities": {label: _round(reading.probabilities[label], 4) for label in LABELS},
        "modalities": _modalities(reading.modalities),
        "text": reading.text,
        "engine": reading.engine,
        "latency_ms": {"total": _round(sum(parts.values())), **parts},
    }


def _summary(summary: Summary) -> dict[str, Any]:
    values: dict[str, Any] = {
        "type": "summary",
        "duration_s": _round(summary.duration_s),
        "windows": summary.windows,
        "score": _optional(summary.score),
        "low": _optional(summary.low),
        "high": _optional(summary.high),
        "label": summary.label,
        "modalities": _modalities(summary.modalities),
    }
    extra = {"reason": summary.reason, "row": summary.row, "error": summary.error}
    return {**values, **{name: value for name, value in extra.items() if value is not None}}


def _modalities(modalities: Mapping[Modality, ModalityReading]) -> dict[str, Any]:
    return {
        m: {
            "state": modalities[m].state,
            "reason": None if (reason := modalities[m].reason) is None else reason.value,
            "coverage": _round(modalities[m].coverage),
            "contribution": _round(modalities[m].contribution),
            "recovery": _optional(modalities[m].recovery),
        }
        for m in SHOWN_AS
        if m in modalities
    }


def _decode_modalities(values: dict[str, Any]) -> dict[Modality, ModalityReading]:
    return {
        m: ModalityReading(**{**values[m], "reason": values[m]["reason"] and Reason(values[m]["reason"])})
        for m in SHOWN_AS
        if m in values
    }


def _decode_reading(values: dict[str, Any]) -> Reading:
    fields = {name: value for name, value in values.items() if name != "type"}
    latency = {part: fields["latency_ms"][part] for part in _PARTS}
    modalities = _decode_modalities(fields["modalities"])
    return Reading(**{**fields, "modalities": modalities, "latency_ms": Latency(**latency)})


def _decode_event(values: dict[str, Any]) -> Event:
    return Event(values["time_s"], values["source"], State(values["state"]), values["reason"])


def _decode_summary(values: dict[str, Any]) -> Summary:
    fields = {name: value for name, value in values.items() if name != "type"}
    return Summary(**{**fields, "modalities": _decode_modalities(fields["modalities"])})


_DECODERS: dict[str, Callable[[dict[str, Any]], Record]] = {
    "reading": _decode_reading,
    "event": _decode_event,
    "summary": _decode_summary,
}
