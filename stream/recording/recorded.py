"""Reads a recording, or what is left of one: see `stream.recording.recording`, which writes it."""

import json
import logging
import math
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fsrf_live.fsrf.common.errors import RecordingError
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.stream.flow.items import ROLE_OF, Change, Role, Samples
from fsrf_live.stream.flow.records import Record, decode
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.recording.chunks import Mark, Operation, RecordedStep, unpack
from fsrf_live.stream.recording.media import MEDIA, recorded_sound
from fsrf_live.stream.recording.recording import HEADER, RECORDING_FORMAT, RECORDS, VERSION, chunk_name

READABLE = (1, 2, 3, 4, 5, 6, VERSION)
"""Version 1 knew no media, the first two no boundaries of utterances, the first three no wall clock, the
first four no markers, and neither unsure labels nor trends; the first five took every voice for speech; the
first six told a cough by its words alone."""
FIRST_WITH_BOUNDARIES = 3
_MAY_BE_ZERO = ("words_every_s", "wordless_s")

_log = logging.getLogger(__name__)


class Recording:
    """A folder that `stream.recording.recording` wrote, or what is left of one."""

    def __init__(self, folder: Path | str) -> None:
        """Read its header; raises RecordingError if it cannot be replayed at all."""
        self.folder = Path(folder)
        header = self._header()
        known = {m: m for m in MODALITIES}
        try:
            self.modalities: frozenset[Modality] = frozenset(known[m] for m in header["modalities"])
            self.windows = _windows(header["windows"])
            self.media = _name(header.get("media"))
            self.recognises: bool = header.get("recognises", False)
            self.language = _name(header.get("language"))
            self.has_boundaries: bool = header["version"] >= FIRST_WITH_BOUNDARIES
        except (KeyError, TypeError, ValueError) as error:
            raise RecordingError(f"{self.folder / HEADER} is damaged: it cannot be replayed") from error
        if not (self.folder / chunk_name(0)).exists():
            raise RecordingError(f"{self.folder} holds no features: there is nothing to replay")

    @property
    def roles(self) -> list[Role]:
        """The sources of the session."""
        return sorted(ROLE_OF[m] for m in self.modalities)

    def steps(self) -> Iterator[RecordedStep]:
        """What the core did, in order. A torn tail is dropped with a warning."""
        number = 0
        while (path := self.folder / chunk_name(number)).exists():
            try:
                steps = unpack(_read(path))
            except RecordingError as error:
                _log.warning("%s: %s; the recording is replayed up to it", path.name, error)
                return
            yield from steps
            number += 1
        left = sorted(self.folder.glob("steps-*.npz"))[number:]
        if left:
            _log.warning("%s is missing; the recording is replayed up to it", chunk_name(number))

    def epoch_ns(self) -> int | None:
        """The moment from which its seconds count; None as long as no source has said anything.

        A session of files puts it off until all is loaded, so it is the last one before that.
        """
        epoch_ns = None
        for step in self.steps():
            if isinstance(step, Change):
                return epoch_ns
            if isinstance(step, Mark) and step.op is Operation.EPOCH:
                epoch_ns = step.at_ns
        return None

    def sound(self) -> Iterator[Samples]:
        """What the microphone gave, if that was recorded; raises RecordingError and MediaError."""
        path = self.folder / MEDIA
        if not path.exists():
            raise RecordingError(f"{path} is missing, though the recording says that it was made")
        return recorded_sound(path)

    def records(self) -> list[Record]:
        """What was answered. A torn last line is dropped with a warning."""
        path = self.folder / RECORDS
        records: list[Record] = []
        lines = _read(path).split(b"\n") if path.exists() else []
        for number, line in enumerate(lines, start=1):
            if not line:
                continue
            try:
                records.append(decode(line.decode("utf-8")))
            except (RecordingError, UnicodeDecodeError):
                _log.warning("%s: line %d is torn; it and what follows are left out", RECORDS, number)
                break
        return records

    def _header(self) -> dict[str, Any]:
        path = self.folder / HEADER
        if not path.exists():
            raise RecordingError(
                f"{self.folder} is no recording: it has no {HEADER}; name a folder of 'fsrf live --record'"
            )
        try:
            header = json.loads(_read(path))
        except (ValueError, RecursionError) as error:
            raise RecordingError(f"{path} is damaged: it cannot be replayed") from error
        if not isinstance(header, dict) or header.get("format") != RECORDING_FORMAT:
            raise RecordingError(f"{path} is not of a recording of this program")
        if header.get("version") not in READABLE:
            raise RecordingError(
                f"{self.folder} is a recording of version {header.get('version')}, not {VERSION}: "
                "replay it with the program that made it"
            )
        return header


def _name(value: object) -> str | None:
    """Raises TypeError if this is neither a name nor nothing."""
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{value!r} is no name")
    return value


def _windows(values: dict[str, Any]) -> WindowSettings:
    """Raises TypeError and ValueError if these are no settings by which windows could be cut."""
    settings = WindowSettings(**{"wordless_s": 0.0, **values})
    for name, seconds in asdict(settings).items():
        if not (0 < seconds < math.inf or (seconds == 0 and name in _MAY_BE_ZERO)):
            raise ValueError(f"{name} is {seconds}")
    return settings


def _read(path: Path) -> bytes:
    """Raises RecordingError if the file cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise RecordingError(f"{path} cannot be read ({error.strerror})") from error
