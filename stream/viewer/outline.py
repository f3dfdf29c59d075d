"""What a list says of a recording, without reading all of it."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from fsrf_live.fsrf.common.errors import RecordingError
from fsrf_live.stream.flow.records import CaptureTime, Marker, Record, Summary, decode
from fsrf_live.stream.recording.edits import MarkerEdit, edited_markers, epoch_wall_ns

_MARKER = re.compile(rb'^\{"type":"marker".*\}$', re.MULTILINE)
_LOOKED_BACK = 4
"""Lines at the end of which one is a record, unless the file is damaged further up too."""


@dataclass(frozen=True, slots=True)
class Outline:
    """`begun` is the wall clock at the beginning, None if it is not known; `length_s` counts from there.

    `summary` is None if the session was cut off, or still runs.
    """

    begun: CaptureTime | None
    length_s: float
    markers: int
    ratings: int
    summary: Summary | None


def outline_of(content: bytes, edits: Sequence[MarkerEdit]) -> Outline:
    """Of what lies in ``records.jsonl``, be it torn; raises RecordingError if there is no record in it."""
    first, last = _first(content), _last(content)
    recorded = [r for line in _MARKER.findall(content) for r in _records([line]) if isinstance(r, Marker)]
    held = edited_markers(recorded, edits).values()
    wall_ns = epoch_wall_ns([first, last])
    ratings = sum(marker.rating is not None for marker in held)
    return Outline(
        begun=None if wall_ns is None else CaptureTime(wall_ns),
        length_s=max(0.0, last.until_s),
        markers=len(held) - ratings,
        ratings=ratings,
        summary=last if isinstance(last, Summary) else None,
    )


def _first(content: bytes) -> Record:
    for record in _records([content.partition(b"\n")[0]]):
        return record
    raise RecordingError("its records are damaged, or there are none")


def _last(content: bytes) -> Record:
    lines = content[-_LOOKED_BACK * 20_000 :].rstrip(b"\n").split(b"\n")
    for record in _records(reversed(lines[-_LOOKED_BACK:])):
        return record
    return _first(content)


def _records(lines: Iterator[bytes] | Sequence[bytes]) -> Iterator[Record]:
    """Those that are whole."""
    for line in lines:
        with suppress(RecordingError, UnicodeDecodeError):
            yield decode(line.decode("utf-8"))
