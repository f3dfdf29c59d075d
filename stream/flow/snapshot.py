"""What the dashboard draws: one frozen picture of the session, taken off the drawing thread."""

from collections.abc import Mapping
from dataclasses import dataclass

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.items import State
from fsrf_live.stream.flow.records import Reading


@dataclass(frozen=True, slots=True)
class SourceView:
    """One source as a person should see it.

    `source` is its role (``camera``, ``mic``, ``text``), `name` the device, file or address with any
    credentials redacted. `rate_hz` counts new items a second, `age_s` is the age of the last new item.
    `rehearsed` says that the user asked for the failure that `reason` tells of. `rest` is how much of the
    person's resting face or usual voice is known, from 0 to 1; None if that does not matter here.
    """

    source: str
    modality: Modality
    name: str
    state: State
    reason: str | None
    rate_hz: float
    age_s: float | None
    drops: int
    reconnects: int
    drift_ppm: float | None = None
    rehearsed: bool = False
    rest: float | None = None


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Percentiles of one latency part in ms."""

    count: int
    p50: float
    p90: float
    p95: float
    p99: float
    max: float


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """One reading on the graph; `missing` names the modalities that were not there (marked below it).

    `trend` is the score of the running estimate, None if there is none.
    """

    time_s: float
    score: float
    low: float
    high: float
    final: bool
    missing: tuple[Modality, ...] = ()
    trend: float | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything on the screen at one moment.

    `time_s` counts from the start of the session; `duration_s` is how long the media lasts, None if it is
    live. `loading` says what is still being loaded. `latency` is keyed by part as in `Latency`, with
    ``processing`` (all but `wait`) and ``total``. `messages` are the newest events, oldest first. `ended`
    says that the session is over by itself; `recording_media`, that pictures and sound are recorded too.
    `tentative` is what was recognised behind `words`, and may still be taken back.
    """

    time_s: float
    loading: str | None
    reading: Reading | None
    history: tuple[HistoryPoint, ...]
    sources: tuple[SourceView, ...]
    words: str
    latency: Mapping[str, Percentiles]
    engine: str
    faults: tuple[str, ...]
    recording: bool
    duration_s: float | None
    messages: tuple[str, ...] = ()
    ended: bool = False
    recording_media: bool = False
    tentative: str = ""
