"""What a page asks for: that a marker is from now on something else, new, or gone."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.flow.markers import RATING, MarkerSource, checked_marker, checked_rating
from fsrf_live.stream.flow.records import Marker
from fsrf_live.stream.recording.edits import MarkerEdit, edited_markers, new_id

LONGEST_EDIT = 16_384
"""Bytes of a request: two names of the longest kind fit, every letter of them escaped or not."""
SET_BY: MarkerSource = "viewer"
_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class MarkerWish:
    """`marker` is what the marker `id` is to be, None if it is to go; an `id` of None asks for a new one.

    `seen` is what the page took it for, None if it was gone: if it is not that any more, somebody else has
    changed it meanwhile.
    """

    id: str | None
    marker: Marker | None
    seen: Marker | None


def wish_of(message: bytes) -> MarkerWish:
    """What a request asks for; raises UsageError if it is none of ours."""
    try:
        values = json.loads(message)
    except (RecursionError, UnicodeDecodeError, ValueError) as error:
        raise UsageError("this request is no JSON") from error
    known = isinstance(values, dict) and values.keys() == {"id", "marker", "seen"}
    if not known or not isinstance(values["id"], str | None):
        raise UsageError("this request asks for nothing that there is: load the page again")
    wish = MarkerWish(values["id"], _marker(values["marker"]), _marker(values["seen"]))
    if wish.id is None and (wish.marker is None or wish.seen is not None):
        raise UsageError("this request asks for nothing that there is: load the page again")
    return wish


def edit_of(
    wish: MarkerWish, recorded: Sequence[Marker], edits: Sequence[MarkerEdit], duration_s: float
) -> MarkerEdit:
    """The edit that does it; raises UsageError if the marker is another one by now, or its moment is none."""
    marker, held = wish.marker, edited_markers(recorded, edits)
    first_s = min([0.0, *(one.time_s for one in recorded)])
    if marker is not None and not first_s <= marker.time_s <= duration_s:
        raise UsageError(f"a marker is of a moment of the recording, from 0 to {duration_s:.1f} s")
    if wish.id is None:
        return MarkerEdit(new_id(edits), marker)
    source = _source(wish.id, recorded, edits)
    if source is None:
        raise UsageError("there is no such marker")
    if not _alike(held.get(wish.id), wish.seen):
        raise UsageError("another page has changed this marker meanwhile: look at it again")
    if marker is None:
        return MarkerEdit(wish.id, None)
    return MarkerEdit(wish.id, Marker(marker.time_s, marker.name, source, rating=marker.rating))


def _source(id: str, recorded: Sequence[Marker], edits: Sequence[MarkerEdit]) -> MarkerSource | None:
    """Who set a marker, be it deleted by now; None if there never was one."""
    ever = {f"r{number}": marker for number, marker in enumerate(recorded)}
    ever |= {edit.id: edit.marker for edit in edits if edit.marker is not None}
    return ever[id].source if id in ever else None


def _alike(held: Marker | None, seen: Marker | None) -> bool:
    if held is None or seen is None:
        return held is seen
    same_time = _rounded(held.time_s) == _rounded(seen.time_s)
    return same_time and _rounded(held.rating) == _rounded(seen.rating) and held.name == seen.name


def _rounded(value: float | None) -> float | None:
    """As records have it."""
    return None if value is None else round(value, _DECIMALS)


def _marker(values: Any) -> Marker | None:
    if values is None:
        return None
    if not isinstance(values, Mapping) or not isinstance(values.get("name", RATING), str):
        raise UsageError("a marker has a name, which is text, and a time")
    given = values.get("time_s")
    time_s = float(str(given)) if type(given) in (int, float) else math.nan
    if not math.isfinite(time_s):
        raise UsageError("the time of a marker is a number of seconds")
    rating = values.get("rating")
    if rating is not None:
        if type(rating) not in (int, float):
            raise UsageError("a rating is a number")
        rating = _rounded(checked_rating(float(str(rating))))
    name = checked_marker(values.get("name", RATING))
    return Marker(round(time_s, _DECIMALS), name, SET_BY, rating=rating)
