"""What a page is told of a recording: never more than it can draw, however long the session was.

A stretch of many readings is thinned. It is cut into slots of the same length, and of each those stay that
show what happened in it: the first one, the extremes of the score and of the interval, and the worst that
each modality came to. So a peak of one reading is there, and an outage of one reading too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.stream.flow.items import State
from fsrf_live.stream.flow.records import Marker, Reading, Record, Summary, values_of
from fsrf_live.stream.recording.account import Account

MOST_READINGS = 2000
"""As many as the live page keeps."""
MOST_SAID, MOST_MARKED, MOST_OUTAGES = 3000, 2000, 500
"""Utterances, markers and outages of a stretch that are told; how many there are is told as well."""
_KEPT_OF_A_SLOT = 5 + len(MODALITIES)
_NOT_SHOWN = ("engine", "latency_ms", "time", "type")
"""What of a reading a page is not told."""
_UNSHAKEN = (State.LIVE, State.STARTING, State.ENDED)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ToldRecording:
    """A recording as it is told: `line` are its readings by their ends, the newest answer for each.

    `marked` are the markers and ratings that hold by their ids, `gone` those that were deleted.
    """

    account: Account
    line: Sequence[Reading]
    marked: Mapping[str, Marker]
    gone: Mapping[str, Marker]


def line_of(records: Iterable[Record]) -> list[Reading]:
    """The readings in the order of their ends; of those with the same end, the newest."""
    newest = {record.end_s: record for record in records if isinstance(record, Reading)}
    return [newest[end_s] for end_s in sorted(newest)]


def stretch_of(told: ToldRecording, start_s: float, end_s: float) -> dict[str, Any]:
    """What was between two moments, bounded."""
    within = [reading for reading in told.line if start_s <= reading.end_s <= end_s]
    readings, slot_s = thinned(within, MOST_READINGS)
    account = told.account
    said = [one for one in account.readings if one.text and start_s <= one.end_s and one.start_s <= end_s]
    marked = {id: marker for id, marker in told.marked.items() if start_s <= marker.time_s <= end_s}
    outages = [
        spell
        for spell in account.spells
        if spell.state not in _UNSHAKEN and spell.start_s <= end_s and start_s <= spell.end_s
    ]
    return {
        "start_s": start_s,
        "end_s": end_s,
        "slot_s": slot_s,
        "readings": [_reading(reading) for reading in readings],
        "said": [_said(reading) for reading in said[:MOST_SAID]],
        "marked": _marked(marked),
        "gone": _marked(told.gone),
        "outages": [asdict(spell) for spell in outages[:MOST_OUTAGES]],
        "there_are": {
            "readings": len(within),
            "said": len(said),
            "marked": len(marked),
            "gone": len(told.gone),
            "outages": len(outages),
        },
    }


def whole_of(told: ToldRecording) -> dict[str, Any]:
    """What holds for all of it."""
    account = told.account
    return {
        "name": account.name,
        "begun": None if account.begun is None else str(account.begun),
        "duration_s": account.duration_s,
        "summary": summary_of(account.summary),
    }


def summary_of(summary: Summary | None) -> dict[str, Any] | None:
    """The summary as a page shows it."""
    return None if summary is None else {k: v for k, v in values_of(summary).items() if k != "time"}


def thinned(readings: Sequence[Reading], most: int) -> tuple[list[Reading], float]:
    """At most so many of them, and how long a slot is, of which a few stay: 0 if all do."""
    if len(readings) <= most:
        return list(readings), 0.0
    start_s = readings[0].end_s
    slots = max(1, most // _KEPT_OF_A_SLOT)
    slot_s = (readings[-1].end_s - start_s) / slots
    kept: list[Reading] = []
    slot: list[Reading] = []
    number = 0
    for reading in readings:
        of = min(slots - 1, int((reading.end_s - start_s) / slot_s))
        if of != number:
            kept += _kept(slot)
            slot, number = [], of
        slot.append(reading)
    return kept + _kept(slot), slot_s


def _kept(slot: Sequence[Reading]) -> list[Reading]:
    if not slot:
        return []
    places = range(len(slot))
    kept = {
        0,
        min(places, key=lambda at: slot[at].score),
        max(places, key=lambda at: slot[at].score),
        min(places, key=lambda at: slot[at].low),
        max(places, key=lambda at: slot[at].high),
        *(min(places, key=lambda at: slot[at].modalities[m].coverage) for m in MODALITIES),
    }
    return [slot[at] for at in sorted(kept)]


def _reading(reading: Reading) -> dict[str, Any]:
    return {name: value for name, value in values_of(reading).items() if name not in _NOT_SHOWN}


def _said(reading: Reading) -> dict[str, Any]:
    said = {"start_s": reading.start_s, "end_s": reading.end_s, "text": reading.text}
    return {**said, "score": reading.score}


def _marked(markers: Mapping[str, Marker]) -> list[dict[str, Any]]:
    return [{"id": id, **marker_values(marker)} for id, marker in list(markers.items())[:MOST_MARKED]]


def marker_values(marker: Marker) -> dict[str, Any]:
    """A marker as a page shows it, and names it when it asks for a change."""
    values = values_of(marker)
    return {name: values[name] for name in ("time_s", "name", "source", "rating") if name in values}
