"""Markers that were set right afterwards: what was recorded stays as it is, and `EDITS` lies beside it.

An edit says what a marker is from now on, or that it is gone. So all edits are of one kind, and each can be
undone by another one: nothing is lost, neither of what was recorded nor of what was done to it.

    {"format": "fsrf-edits", "version": 1, "edits": [
     {"id": "r0", "time_s": 2.5, "name": "stimulus 1", "source": "key"},
     {"id": "r1"},
     {"id": "n0", "time_s": 9.0, "name": "rating", "source": "viewer", "rating": 1.5}]}

Marker ``r0`` is the first that was recorded, ``n0`` the first that was added; without more than its `id` it
is gone.
"""

import json
import math
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fsrf_live.fsrf.common.errors import RecordingError, UsageError
from fsrf_live.fsrf.common.files import write_whole
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.markers import MARKER_SOURCES, MarkerSource, checked_marker, checked_rating
from fsrf_live.stream.flow.records import CaptureTime, Marker, Record, Summary

EDITS = "edits.json"
_FORMAT, _VERSION = "fsrf-edits", 1
MOST_EDITS = 10_000
"""All of them are read and written at once: this many take a megabyte."""
_ID = re.compile(r"[rn](0|[1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class MarkerEdit:
    """What the marker of this `id` is from now on; None if it is gone."""

    id: str
    marker: Marker | None


def edited_markers(recorded: Sequence[Marker], edits: Sequence[MarkerEdit]) -> dict[str, Marker]:
    """The markers and ratings that hold, by their ids, in the order of their times.

    This is the law for all who show, export or evaluate a recording. Those of the same time stay in the
    order in which they were recorded, and then added.
    """
    held = {f"r{number}": marker for number, marker in enumerate(recorded)}
    for edit in edits:
        if edit.marker is None:
            held.pop(edit.id, None)
        else:
            held[edit.id] = edit.marker
    return dict(sorted(held.items(), key=lambda item: (item[1].time_s, *_place(item[0]))))


def edited_records(records: Sequence[Record], edits: Sequence[MarkerEdit]) -> list[Record]:
    """What was recorded, with the markers that hold, each before what was told of later moments."""
    if not edits:
        return list(records)
    markers = list(edited_markers([r for r in records if isinstance(r, Marker)], edits).values())
    wall_ns = epoch_wall_ns(records)
    told: list[Record] = []
    for record in records:
        if isinstance(record, Marker):
            continue
        until_s = math.inf if isinstance(record, Summary) else record.until_s
        while markers and markers[0].time_s < until_s:
            told.append(_timed(markers.pop(0), wall_ns))
        told.append(record)
    return [*told, *(_timed(marker, wall_ns) for marker in markers)]


def epoch_wall_ns(records: Sequence[Record]) -> int | None:
    """The wall clock at the beginning of the session, None if no record knows it."""
    timed = next((record for record in records if record.time is not None), None)
    return None if timed is None or timed.time is None else timed.time.wall_ns - round(timed.until_s * NS)


def new_id(edits: Sequence[MarkerEdit]) -> str:
    """For a marker to add: one that none has had."""
    return f"n{1 + max((_place(edit.id)[1] for edit in edits if edit.id.startswith('n')), default=-1)}"


def read_edits(folder: Path) -> list[MarkerEdit]:
    """The edits of a recording, none if there are none; raises RecordingError if they cannot be read."""
    try:
        content = (folder / EDITS).read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RecordingError(f"{folder / EDITS} cannot be read ({error.strerror})") from error
    try:
        return decode_edits(content)
    except ValueError as error:
        raise RecordingError(
            f"{folder / EDITS} is damaged: mend it, or move it away to go by what was recorded"
        ) from error


@contextmanager
def editing(folder: Path) -> Iterator[list[MarkerEdit]]:
    """The edits of a recording, to add to; written at the end of the block, whole or not at all.

    Nobody else edits meanwhile. Raises RecordingError if they cannot be read or written, UsageError if they
    become too many.
    """
    import fcntl

    try:
        lock = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise RecordingError(f"{folder} cannot be edited ({error.strerror})") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of the folder: two servers may show the same recording
        edits = read_edits(folder)
        known = len(edits)
        yield edits
        if len(edits) > MOST_EDITS:
            raise UsageError(f"a recording takes {MOST_EDITS} edits and no more")
        if len(edits) != known:
            write_whole(folder / EDITS, encode_edits(edits))
    except OSError as error:
        raise RecordingError(f"{folder / EDITS} cannot be written ({error.strerror})") from error
    finally:
        os.close(lock)


def encode_edits(edits: Sequence[MarkerEdit]) -> bytes:
    """As they are kept, a line each."""
    lines = ",\n".join(f" {json.dumps(_values_of(edit), ensure_ascii=False)}" for edit in edits)
    head = f'"format": "{_FORMAT}", "version": {_VERSION}'
    return f'{{{head}, "edits": [\n{lines}\n]}}\n'.encode()


def decode_edits(content: bytes) -> list[MarkerEdit]:
    """Inverse of `encode_edits`; raises ValueError if it is something else."""
    try:
        values = json.loads(content)
        if (values["format"], values["version"]) != (_FORMAT, _VERSION):
            raise ValueError("it is of another version")
        return [_edit_of(**each) for each in values["edits"]]
    except (AttributeError, KeyError, RecursionError, TypeError, UsageError) as error:
        raise ValueError(str(error)) from error


def _values_of(edit: MarkerEdit) -> dict[str, Any]:
    if edit.marker is None:
        return {"id": edit.id}
    rating = {} if edit.marker.rating is None else {"rating": edit.marker.rating}
    marker = edit.marker
    return {"id": edit.id, "time_s": marker.time_s, "name": marker.name, "source": marker.source, **rating}


def _edit_of(
    id: str, time_s: float | None = None, name: str = "", source: str = "", rating: float | None = None
) -> MarkerEdit:
    if not isinstance(id, str) or not _ID.fullmatch(id):
        raise ValueError("there is no such marker")
    if time_s is None:
        return MarkerEdit(id, None)
    if type(time_s) not in (int, float) or not math.isfinite(time_s):
        raise ValueError("its time is none")
    known: dict[str, MarkerSource] = {one: one for one in MARKER_SOURCES}
    value = None if rating is None else checked_rating(rating)
    return MarkerEdit(id, Marker(time_s, checked_marker(name), known[source], rating=value))


def _timed(marker: Marker, wall_ns: int | None) -> Marker:
    """With the wall clock of its moment."""
    if wall_ns is None:
        return replace(marker, time=None)
    return replace(marker, time=CaptureTime(wall_ns + round(marker.time_s * NS)))


def _place(id: str) -> tuple[bool, int]:
    return id[0] == "n", int(id[1:])
