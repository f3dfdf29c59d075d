"""What a recording tells, in seconds since its session began: all that exports are made of."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fsrf_live.fsrf.common.errors import RecordingError
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import State, Words
from fsrf_live.stream.flow.records import CaptureTime, Event, Marker, Reading, Record, Summary
from fsrf_live.stream.flow.text import printable
from fsrf_live.stream.recording.chunks import Mark, Operation
from fsrf_live.stream.recording.edits import edited_records, epoch_wall_ns, read_edits
from fsrf_live.stream.recording.media import recorded_origin_ns
from fsrf_live.stream.recording.recorded import Recording

_NO_XML = re.compile("[\ufffe\uffff]")
"""What XML 1.0 (section 2.2) forbids beside the control characters, which `printable` takes out."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words that were heard or read, and how sure they are, from 0 to 1."""

    start_s: float
    end_s: float
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch in which a source stayed in one state; `reason` says why, None if nothing has to be said."""

    source: str
    start_s: float
    end_s: float
    state: State
    reason: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """A stretch in which somebody rated the person alike."""

    start_s: float
    end_s: float
    rating: float


@dataclass(frozen=True, slots=True)
class Film:
    """The recorded pictures and sound, and when they begin, in seconds since the session did."""

    path: Path
    start_s: float


@dataclass(frozen=True, slots=True)
class Account:
    """A session as a whole.

    `readings` are the last revisions of all windows, in order, which never overlap; `begun` is the wall clock
    at time zero, None if the recording has none; `records` is everything as it was told; `markers` are those
    without a rating, and `ratings` the others.
    """

    name: str
    duration_s: float
    begun: CaptureTime | None
    records: tuple[Record, ...]
    readings: tuple[Reading, ...] = ()
    words: tuple[Spoken, ...] = ()
    spells: tuple[Spell, ...] = ()
    markers: tuple[Marker, ...] = ()
    ratings: tuple[Marker, ...] = ()
    summary: Summary | None = None
    film: Film | None = None
    _starts: tuple[float, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_starts", tuple(reading.start_s for reading in self.readings))

    def reading_at(self, time_s: float) -> Reading | None:
        """What was read of the window that this moment lies in; None if it lies in none."""
        place = bisect_right(self._starts, time_s)
        reading = self.readings[place - 1] if place else None
        return reading if reading is not None and time_s < reading.end_s else None


def account_of(recording: Recording) -> Account:
    """Read all of a recording, or of what is left of one.

    Raises RecordingError if it holds no records, or its media are gone or cannot be read.
    """
    account = brief_account(recording, recording.records())
    epoch_ns, words = _steps_of(recording)
    return replace(account, words=tuple(_spoken(words, epoch_ns)), film=_film(recording, epoch_ns))


def brief_account(recording: Recording, recorded: Sequence[Record]) -> Account:
    """What the records alone tell: all but the words and the film, for which every step has to be read.

    Markers are those that hold after `stream.recording.edits`. Raises RecordingError if there are no records,
    or the edits cannot be read.
    """
    if not recorded:
        raise RecordingError(f"{recording.folder} holds no records: there is nothing to tell")
    records = edited_records(recorded, read_edits(recording.folder))
    summary = next((r for r in records if isinstance(r, Summary)), None)
    duration_s = max(record.until_s for record in recorded) if summary is None else summary.duration_s
    markers = sorted((r for r in records if isinstance(r, Marker)), key=lambda marker: marker.time_s)
    wall_ns = epoch_wall_ns(records)
    return Account(
        name=recording.folder.resolve().name,
        duration_s=duration_s,
        begun=None if wall_ns is None else CaptureTime(wall_ns),
        records=tuple(records),
        readings=_newest(record for record in records if isinstance(record, Reading)),
        spells=tuple(_spells([r for r in records if isinstance(r, Event)], duration_s)),
        markers=tuple(marker for marker in markers if marker.rating is None),
        ratings=tuple(marker for marker in markers if marker.rating is not None),
        summary=summary,
    )


def held_ratings(account: Account) -> Iterator[Held]:
    """The ratings as stretches: each holds until the next one, the last to the end."""
    ends_s = [*(marker.time_s for marker in account.ratings[1:]), account.duration_s]
    for marker, end_s in zip(account.ratings, ends_s, strict=False):
        if marker.rating is not None and end_s > marker.time_s:
            yield Held(marker.time_s, end_s, marker.rating)


def plain(text: str) -> str:
    """One line that may stand in any format: without control characters, and what XML forbids."""
    return _NO_XML.sub("", printable(text))


def _steps_of(recording: Recording) -> tuple[int, list[Words]]:
    """The moment from which seconds count, and the words that stayed."""
    epoch_ns, words = 0, []
    for step in recording.steps():
        if isinstance(step, Words) and not step.provisional and plain(step.text):
            words.append(step)
        elif isinstance(step, Mark) and step.op is Operation.EPOCH:
            epoch_ns = step.at_ns
    return epoch_ns, sorted(words, key=lambda one: one.start_ns)


def _newest(readings: Iterable[Reading]) -> tuple[Reading, ...]:
    newest = {reading.window: reading for reading in readings}
    return tuple(sorted(newest.values(), key=lambda reading: reading.start_s))


def _spoken(words: Iterable[Words], epoch_ns: int) -> Iterator[Spoken]:
    for said in words:
        start_s, end_s = ((at_ns - epoch_ns) / NS for at_ns in (said.start_ns, said.end_ns))
        yield Spoken(max(0.0, start_s), max(0.0, end_s), plain(said.text), said.confidence)


def _spells(events: list[Event], duration_s: float) -> Iterator[Spell]:
    """In the order in which they began; what took no time is left out."""
    next_s: dict[str, float] = {}
    found = []
    for event in reversed(events):
        start_s, end_s = max(0.0, event.time_s), next_s.get(event.source, duration_s)
        next_s[event.source] = start_s
        if end_s > start_s:
            reason = None if event.reason is None else plain(event.reason)
            found.append(Spell(plain(event.source), start_s, end_s, event.state, reason))
    yield from reversed(found)


def _film(recording: Recording, epoch_ns: int) -> Film | None:
    if recording.media is None:
        return None
    path = recording.folder / recording.media
    return Film(path, (recorded_origin_ns(path) - epoch_ns) / NS) if path.exists() else None
