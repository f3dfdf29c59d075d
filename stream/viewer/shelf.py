"""The recordings of a folder, and what a list says of each."""

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fsrf_live.fsrf.common.errors import RecordingError, UsageError
from fsrf_live.stream.flow.text import printable
from fsrf_live.stream.recording.edits import EDITS, read_edits
from fsrf_live.stream.recording.media import MEDIA
from fsrf_live.stream.recording.recorded import Recording
from fsrf_live.stream.recording.recording import HEADER, LOCK, RECORDS, chunk_name
from fsrf_live.stream.viewer.outline import Outline, outline_of

MOST_LISTED = 1000
"""Recordings of a list, the newest; how many there are is told as well."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A recording; `wrong` is why it cannot be shown, None if it can, and then `outline` is there.

    `media` says whether there are raw pictures and sound, `running` whether it is still written.
    """

    id: str
    name: str
    inputs: tuple[str, ...] = ()
    media: bool = False
    running: bool = False
    outline: Outline | None = None
    wrong: str | None = None


class Shelf:
    """A folder of recordings, or one recording. Looks again each time, and reads only what has changed."""

    def __init__(self, folder: Path) -> None:
        """Raises UsageError if there is no such folder."""
        try:
            if not folder.is_dir():
                raise UsageError(f"{folder} is no folder: name one with recordings of 'fsrf live --record'")
            os.scandir(folder).close()
        except OSError as error:
            raise UsageError(f"{folder} cannot be read ({error.strerror}): name another folder") from error
        self.name = shown_name(folder)
        self._folder = folder
        self._known: dict[str, tuple[object, Listed]] = {}
        self._lock = threading.Lock()

    def listing(self) -> tuple[list[Listed], int]:
        """The recordings, the newest first, and how many there are."""
        folders = self._folders()
        newest = sorted(folders.values(), key=_changed_ns, reverse=True)[:MOST_LISTED]
        with self._lock:
            listed = [self._listed(folder) for folder in newest]
            self._known = {one.id: self._known[one.id] for one in listed if one.id in self._known}
        return sorted(listed, key=_order), len(folders)

    def find(self, id: str) -> Path:
        """The folder of a recording; raises RecordingError if it is not there, or not any more."""
        folder = self._folders().get(id)
        if folder is None:
            raise RecordingError("this recording is not there any more")
        return folder

    def _folders(self) -> dict[str, Path]:
        """By their ids. A name that is asked for reaches no disk: only what lies here is given."""
        there = [self._folder] if _is_recording(self._folder) else list(_inside(self._folder))
        return {id_of(folder): folder for folder in there}

    def _listed(self, folder: Path) -> Listed:
        id, seen = id_of(folder), _seen(folder)
        if id not in self._known or self._known[id][0] != seen:
            self._known[id] = (seen, _look(id, folder))
        return self._known[id][1]


def id_of(folder: Path) -> str:
    """Of letters and digits, whatever the folder is called."""
    return hashlib.sha256(os.fsencode(_called(folder))).hexdigest()[:16]


def shown_name(folder: Path) -> str:
    """As people read it."""
    return printable(_called(folder))


def is_running(folder: Path) -> bool:
    """Whether a process still records into it."""
    with suppress(OSError):
        lock = os.open(folder / LOCK, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
    return False


def _called(folder: Path) -> str:
    return folder.absolute().name


def _inside(folder: Path) -> Iterator[Path]:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir() and _is_recording(Path(entry.path)):
                yield Path(entry.path)


def _is_recording(folder: Path) -> bool:
    """Whether it is one, or what is left of one."""
    with suppress(OSError):
        return any((folder / name).exists() for name in (HEADER, RECORDS, chunk_name(0)))
    return False


def _look(id: str, folder: Path) -> Listed:
    name = shown_name(folder)
    try:
        recording = Recording(folder)
        outline = outline_of((folder / RECORDS).read_bytes(), read_edits(folder))
    except RecordingError as error:
        return Listed(id, name, running=is_running(folder), wrong=line_for(error, folder))
    except OSError as error:
        return Listed(id, name, wrong=f"its records cannot be read ({error.strerror})")
    media = recording.media is not None and (folder / MEDIA).exists()
    return Listed(id, name, tuple(recording.roles), media, is_running(folder), outline)


def line_for(error: Exception, folder: Path) -> str:
    """What went wrong in one line, with the name of the recording in place of where it lies."""
    return printable(str(error).replace(f"{folder}", _called(folder)))


def _seen(folder: Path) -> object:
    """Changes if anything does that a list tells."""
    return is_running(folder), tuple(_stat(folder / name) for name in (HEADER, RECORDS, EDITS, chunk_name(0)))


def _stat(path: Path) -> tuple[int, int] | None:
    with suppress(OSError):
        status = path.stat()
        return status.st_mtime_ns, status.st_size
    return None


def _changed_ns(folder: Path) -> int:
    return max((stat[0] for name in (RECORDS, HEADER) if (stat := _stat(folder / name))), default=0)


def _order(listed: Listed) -> tuple[bool, int, str]:
    begun = None if listed.outline is None else listed.outline.begun
    return listed.wrong is not None, 0 if begun is None else -begun.wall_ns, listed.name
