"""What the viewer answers: lists, stretches, edits, pictures, sound. No HTTP here."""

import math
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fsrf_live.fsrf.common.errors import FsrfError, RecordingError
from fsrf_live.stream.flow.records import Marker
from fsrf_live.stream.recording.recording import HEADER
from fsrf_live.stream.viewer.asking import wish_of
from fsrf_live.stream.viewer.films import Films
from fsrf_live.stream.viewer.opened import OpenedRecording
from fsrf_live.stream.viewer.reels import Still
from fsrf_live.stream.viewer.shelf import Listed, Shelf, is_running, line_for, shown_name
from fsrf_live.stream.viewer.telling import marker_values, stretch_of, summary_of, whole_of
from fsrf_live.stream.viewer.wave import ByteRange, part_of, wave_bytes

MOST_OPENED = 2
"""Recordings that are kept as they were read: an hour takes some 20 MB."""


@dataclass(frozen=True, slots=True)
class Reel:
    """Where the film of a recording is, when it begins, and how long its sound is as a file."""

    path: Path
    start_s: float
    size: int


class Desk:
    """Thread-safe. Everything raises FsrfError with the one line that the page shows, or OSError."""

    def __init__(self, folder: Path) -> None:
        """Raises UsageError if there is no such folder."""
        self._shelf = Shelf(folder)
        self._films = Films()
        self._opened: OrderedDict[tuple[Path, int], OpenedRecording] = OrderedDict()
        self._lock = threading.Lock()

    def list(self) -> dict[str, Any]:
        """All recordings."""
        listed, there_are = self._shelf.listing()
        recordings = [_listed(one) for one in listed]
        return {"folder": self._shelf.name, "recordings": recordings, "there_are": there_are}

    def state(self, id: str) -> dict[str, Any]:
        """Whether there is something new about a recording."""
        folder = self._shelf.find(id)
        return {"state": self._open(folder).state(), "running": is_running(folder)}

    def show(self, id: str, start_s: float | None, end_s: float | None) -> dict[str, Any]:
        """A recording, of the whole or of a stretch."""
        folder = self._shelf.find(id)
        opened = self._open(folder)
        state, told = opened.told()
        ends_s = max([told.account.duration_s, *(reading.end_s for reading in told.line[-1:])])
        from_s, to_s = (-math.inf if start_s is None else start_s), (ends_s if end_s is None else end_s)
        return {
            **whole_of(told),
            **stretch_of(told, max(from_s, min(0.0, _first_s(told.marked))), min(to_s, ends_s)),
            "name": shown_name(folder),
            "state": state,
            "running": is_running(folder),
            "torn": opened.torn,
            **self._film(folder, opened),
        }

    def edit(self, id: str, message: bytes) -> dict[str, Any]:
        """Do what a page asks for; the answer says what the marker is now, None if it is gone."""
        wish = wish_of(message)
        opened = self._open(self._shelf.find(id))
        edit = opened.edit(wish)
        marker = None if edit.marker is None else marker_values(edit.marker)
        return {"id": edit.id, "marker": marker, "state": opened.state()}

    def picture(self, id: str, time_s: float) -> tuple[Still | None, Still | None]:
        """The picture of a moment, and the one after it."""
        reel = self._reel(id)
        return self._films.around(reel.path, reel.start_s, time_s)

    def sound(self, id: str, asked: str | None) -> tuple[Iterator[bytes], ByteRange | None, int]:
        """The bytes that a ``Range`` asks for, which these are, and of how many; None if there are none."""
        reel = self._reel(id)
        part = part_of(asked, reel.size)
        if part is None:
            return iter(()), None, reel.size
        return self._films.sound(reel.path, reel.start_s, part, reel.size), part, reel.size

    def close(self) -> None:
        """Let all files go."""
        self._films.close()

    def _open(self, folder: Path) -> OpenedRecording:
        with self._lock:
            # A folder may be deleted, and another session recorded into one of that name.
            key = (folder, _begun_ns(folder))
            if key not in self._opened:
                self._opened[key] = OpenedRecording(folder)
            self._opened.move_to_end(key)
            if len(self._opened) > MOST_OPENED:
                self._opened.popitem(last=False)
            return self._opened[key]

    def _reel(self, id: str) -> Reel:
        folder = self._shelf.find(id)
        return self._reel_of(folder, self._open(folder))

    def _reel_of(self, folder: Path, opened: OpenedRecording) -> Reel:
        if opened.recording.media is None:
            raise RecordingError("this recording has no pictures and no sound")
        path = folder / opened.recording.media
        if not path.is_file():
            raise RecordingError(f"{opened.recording.media} is gone, though the recording says it was made")
        _, told = opened.told()
        start_s = self._films.start_of(path, opened.epoch_ns)
        return Reel(path, start_s, wave_bytes(told.account.duration_s))

    def _film(self, folder: Path, opened: OpenedRecording) -> dict[str, Any]:
        """What there is to see and to hear, or why there is nothing though there should be."""
        if opened.recording.media is None:
            return {"pictures": False, "sound": False, "no_film": None}
        try:
            reel = self._reel_of(folder, opened)
            pictures, sound = self._films.kinds(reel.path, reel.start_s)
        except (FsrfError, OSError) as error:
            return {"pictures": False, "sound": False, "no_film": line_for(error, folder)}
        return {"pictures": pictures, "sound": sound, "no_film": None}


def _begun_ns(folder: Path) -> int:
    """When its header was written; 0 if there is none."""
    try:
        return (folder / HEADER).stat().st_mtime_ns
    except OSError:
        return 0


def _first_s(marked: Mapping[str, Marker]) -> float:
    return min((marker.time_s for marker in marked.values()), default=0.0)


def _listed(one: Listed) -> dict[str, Any]:
    values: dict[str, Any] = {"id": one.id, "name": one.name, "running": one.running, "wrong": one.wrong}
    if one.outline is None:
        return values
    outline = one.outline
    return {
        **values,
        "begun": None if outline.begun is None else str(outline.begun),
        "length_s": outline.length_s,
        "inputs": list(one.inputs),
        "media": one.media,
        "markers": outline.markers,
        "ratings": outline.ratings,
        "summary": summary_of(outline.summary),
    }
