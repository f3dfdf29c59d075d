"""The JSON records that other programs read: reading, event, marker, summary. One object a line.

The field names and their order are a promise; they change only on purpose.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

from fsrf_live.fsrf.common.config import NEUTRAL_WITHIN, SCORE_HIGH, SCORE_LOW
from fsrf_live.fsrf.common.errors import RecordingError, UsageError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import NS, Pair
from fsrf_live.stream.flow.items import Change, Marked, Reason, State
from fsrf_live.stream.flow.markers import MARKER_SOURCES, MarkerSource, checked_marker, checked_rating

Label = Literal["negative", "neutral", "positive"]
LABELS: tuple[Label, ...] = ("negative", "neutral", "positive")
SURE_FROM = 0.5
"""A label is unsure if the probability of its band is less."""
ESTIMATES: Mapping[str, str] = {
    "score": f"Score of the utterance or stretch at this moment, from {SCORE_LOW:g}, very negative, to "
    f"{SCORE_HIGH:g}, very positive",
    "low": "Lower end of its 90 % prediction interval",
    "high": "Upper end of its 90 % prediction interval",
}
"""What readings, trends and summaries estimate, in its order, and what it means."""
LATER = ("unsure", "trend")
"""Fields that came with version 5: records of older ones have none."""
SHOWN_AS: Mapping[Modality, str] = {"video": "face", "audio": "voice", "text": "words"}
"""What people call the modalities, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class CaptureTime:
    """When the newest of what a record tells was captured: its `end_s`, `time_s` or `duration_s`.

    `wall_ns` counts from 1970 in UTC. `clock_ns` is the same on this machine's monotonic clock; None if the
    record was read back, for then it is of another run. As a string it is ISO 8601, to the millisecond.
    """

    wall_ns: int
    clock_ns: int | None = None

    def __str__(self) -> str:
        time = _UNIX_EPOCH + timedelta(milliseconds=self.wall_ns // _NS_PER_MS)
        return f"{time.isoformat(timespec='milliseconds')}Z"

    @classmethod
    def of(cls, text: str) -> "CaptureTime":
        """Inverse of `str`; raises ValueError."""
        time = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
        if time < _UNIX_EPOCH:
            raise ValueError(f"{text} is before 1970")
        return cls((time - _UNIX_EPOCH) // timedelta(milliseconds=1) * _NS_PER_MS)


_UNIX_EPOCH = datetime(1970, 1, 1)
_NS_PER_MS = 1_000_000
_SHARE_DIGITS = 4


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
class Trend:
    """The running estimate over the windows so far, and the interval that goes with it, in score points."""

    score: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer for one revision of one window; times in seconds since the session began.

    `label` is the band of `score` as `label_of` tells it, and `unsure` is True if less than half of the
    distribution lies in that band; so it mostly is if there was nothing to read. `unsure` is None in
    recordings of a version before 5.

    `without` holds, for each modality that is there, the score that this reading would have had if that
    modality's device went now (all seven subsets are computed anyway). `time` is None for a file, and in
    recordings of a version before 4. `trend` is None if nothing was there for a while, and in recordings of a
    version before 5.
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
    time: CaptureTime | None = None
    unsure: bool | None = None
    trend: Trend | None = None

    @property
    def until_s(self) -> float:
        """The moment that `time` tells, in seconds since the session began."""
        return self.end_s


@dataclass(frozen=True, slots=True)
class Event:
    """A source changed its state."""

    time_s: float
    source: str
    state: State
    reason: str | None
    time: CaptureTime | None = None

    @property
    def until_s(self) -> float:
        """The moment that `time` tells, in seconds since the session began."""
        return self.time_s

    @classmethod
    def of(cls, change: Change, epoch_ns: int) -> "Event":
        """The record of a change; times count from `epoch_ns`."""
        return cls((change.time_ns - epoch_ns) / NS, change.source, change.state, change.reason)


@dataclass(frozen=True, slots=True)
class Marker:
    """A moment that somebody, or another program, has named: ``stimulus 3``.

    `rating` is what somebody thinks of the person from then on, on the scale of scores; None of most markers.
    """

    time_s: float
    name: str
    source: MarkerSource
    time: CaptureTime | None = None
    rating: float | None = None

    @property
    def until_s(self) -> float:
        """The moment that `time` tells, in seconds since the session began."""
        return self.time_s

    @classmethod
    def of(cls, marked: Marked, epoch_ns: int) -> "Marker":
        """The record of what was marked; times count from `epoch_ns`."""
        return cls((marked.time_ns - epoch_ns) / NS, marked.name, marked.source, rating=marked.rating)


@dataclass(frozen=True, slots=True)
class Summary:
    """The end of a run; `score` to `label` are None, and `reason` says why, if there was no reading.

    `unsure` is as in readings, of what all of them say together; None also if there was no reading.
    """

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
    time: CaptureTime | None = None
    unsure: bool | None = None

    @property
    def until_s(self) -> float:
        """The moment that `time` tells, in seconds since the session began."""
        return self.duration_s


Record = Reading | Event | Marker | Summary

_PARTS = ("wait", "features", "engine", "emit")


_R = TypeVar("_R", bound=Record)


def label_of(score: float) -> Label:
    """The band of a score as records tell it (to three decimals): neutral within ± `NEUTRAL_WITHIN`."""
    told = _round(score)
    return "positive" if told > NEUTRAL_WITHIN else "negative" if told < -NEUTRAL_WITHIN else "neutral"


def is_unsure(label: Label, probabilities: Mapping[Label, float]) -> bool:
    """Whether less than half of the mass, as records tell it, lies in the band of the label."""
    return _round(probabilities[label], _SHARE_DIGITS) < SURE_FROM


def shown_label(record: Reading | Summary) -> str:
    """The label of a record as people read it: with a question mark if it is unsure."""
    return f"{record.label}?" if record.unsure else str(record.label)


def timed(record: _R, pair: Pair | None, epoch_ns: int) -> _R:
    """The record with its `time`, none without a pair; its seconds count from `epoch_ns` of the clock."""
    if pair is None:
        return record
    clock_ns = epoch_ns + round(record.until_s * NS)
    return replace(record, time=CaptureTime(pair.wall_at(clock_ns), clock_ns))


def encode(record: Record, *, latency: bool = True) -> str:
    """One line of JSON without its newline; the same record always gives the same characters.

    Scores and times have three decimals, probabilities four; text that is no valid Unicode is mended.
    Without `latency` that of a reading is left out: what is left depends on the input alone.
    """
    values = values_of(record)
    if not latency:
        values.pop("latency_ms", None)
    return as_line(values)


def as_line(values: Mapping[str, Any]) -> str:
    """One line of JSON without its newline; text that is no valid Unicode is mended."""
    line = json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return line.encode("utf-8", "replace").decode("utf-8")


def values_of(record: Record) -> dict[str, Any]:
    """The record as JSON has it: names, strings, rounded numbers, in their order."""
    if isinstance(record, Reading):
        name, values = "reading", _reading(record)
    elif isinstance(record, Event):
        name, values = "event", _event(record)
    elif isinstance(record, Marker):
        name, values = "marker", _marker(record)
    else:
        name, values = "summary", _summary(record)
    time = {} if record.time is None else {"time": str(record.time)}
    return {"type": name, **time, **values}


def decode(line: str) -> Record:
    """Inverse of `encode`; raises RecordingError if the line is not such a record."""
    try:
        values = json.loads(line)
        record = _DECODERS[values["type"]](values)
        if json.loads(encode(record)) != values:
            raise ValueError("a value is of another kind")
        return record
    except (
        AttributeError,
        KeyError,
        OverflowError,
        RecursionError,
        TypeError,
        UsageError,
        ValueError,
    ) as error:
        raise RecordingError(f"not a record of this program ({error}): {line[:60]!r}") from error


def _round(value: float, digits: int = 3) -> float:
    return round(float(value), digits) + 0.0


def _optional(value: float | None) -> float | None:
    return None if value is None else _round(value)


def _known(**values: Any) -> dict[str, Any]:
    """Those that are not None: what a record does not know it leaves out."""
    return {name: value for name, value in values.items() if value is not None}


def _reading(reading: Reading) -> dict[str, Any]:
    parts = {part: _round(getattr(reading.latency_ms, part)) for part in _PARTS}
    return {
        "window": reading.window,
        "revision": reading.revision,
        "final": reading.final,
        "start_s": _round(reading.start_s),
        "end_s": _round(reading.end_s),
        **_estimates(reading),
        "label": reading.label,
        **_known(unsure=reading.unsure),
        "probabilities": {label: _round(reading.probabilities[label], _SHARE_DIGITS) for label in LABELS},
        **_known(trend=None if reading.trend is None else _estimates(reading.trend)),
        "modalities": _modalities(reading.modalities),
        "text": reading.text,
        "engine": reading.engine,
        "latency_ms": {"total": _round(sum(parts.values())), **parts},
    }


def _estimates(told: Reading | Trend) -> dict[str, float]:
    return {name: _round(getattr(told, name)) for name in ESTIMATES}


def _event(event: Event) -> dict[str, Any]:
    return {
        "time_s": _round(event.time_s),
        "source": event.source,
        "state": event.state.value,
        "reason": event.reason,
    }


def _marker(marker: Marker) -> dict[str, Any]:
    values = {"time_s": _round(marker.time_s), "name": marker.name, "source": marker.source}
    return {**values, **_known(rating=_optional(marker.rating))}


def _summary(summary: Summary) -> dict[str, Any]:
    values: dict[str, Any] = {
        "duration_s": _round(summary.duration_s),
        "windows": summary.windows,
        **{name: _optional(getattr(summary, name)) for name in ESTIMATES},
        "label": summary.label,
        **_known(unsure=summary.unsure),
        "modalities": _modalities(summary.modalities),
    }
    return {**values, **_known(reason=summary.reason, row=summary.row, error=summary.error)}


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


def _fields(values: dict[str, Any]) -> dict[str, Any]:
    fields = {name: value for name, value in values.items() if name != "type"}
    return {**fields, "time": CaptureTime.of(values["time"])} if "time" in values else fields


def _check(values: dict[str, Any], **kinds: type) -> None:
    """Raise TypeError if a value is of another kind; of those that are no numbers, which `encode` rounds."""
    for name, kind in kinds.items():
        if type(values[name]) is not kind:
            raise TypeError(f"{name} is no {kind.__name__}")


def _kinds(values: dict[str, Any], **kinds: type) -> dict[str, type]:
    """The kinds of those values that are there."""
    return {name: kind for name, kind in kinds.items() if name in values}


def _decode_reading(values: dict[str, Any]) -> Reading:
    known = _kinds(values, unsure=bool)
    _check(values, window=int, revision=int, final=bool, text=str, engine=str, **known)
    if values["label"] not in LABELS or values["modalities"].keys() != SHOWN_AS.keys():
        raise ValueError("its label or its modalities are none of ours")
    fields = _fields(values)
    latency = {part: fields["latency_ms"][part] for part in _PARTS}
    modalities = _decode_modalities(fields["modalities"])
    parts = {"modalities": modalities, "latency_ms": Latency(**latency)}
    trend = {"trend": Trend(**fields["trend"])} if "trend" in fields else {}
    return Reading(**{**fields, **parts, **trend})


def _decode_event(values: dict[str, Any]) -> Event:
    _check(values, source=str, **({} if values["reason"] is None else {"reason": str}))
    fields = _fields(values)
    time = fields.get("time")
    return Event(fields["time_s"], fields["source"], State(fields["state"]), fields["reason"], time)


def _decode_marker(values: dict[str, Any]) -> Marker:
    _check(values, name=str)
    if checked_marker(values["name"]) != values["name"] or values["source"] not in MARKER_SOURCES:
        raise ValueError("its name or its source is none of ours")
    if "rating" in values:
        checked_rating(values["rating"])
    return Marker(**_fields(values))


def _decode_summary(values: dict[str, Any]) -> Summary:
    _check(values, windows=int, **_kinds(values, unsure=bool))
    fields = _fields(values)
    return Summary(**{**fields, "modalities": _decode_modalities(fields["modalities"])})


_DECODERS: dict[str, Callable[[dict[str, Any]], Record]] = {
    "reading": _decode_reading,
    "event": _decode_event,
    "marker": _decode_marker,
    "summary": _decode_summary,
}
