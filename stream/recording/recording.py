"""Recordings: a folder that holds what a session saw, heard and answered, so that it can be replayed exactly.

    recording.json     format, version, settings, modalities, media; written once, at the beginning
    records.jsonl      events, readings, markers and the summary, as `stream.flow.records` writes them
    steps-000000.npz   what the core did, about a second in each file (see `stream.recording.chunks`)

It is only ever appended to: a chunk appears whole or not at all, and each record is written out at once, so
killing the program at any moment loses a second at most. Raw pictures and sound are beside it if
`stream.recording.media_recorder` writes them.
"""

import contextlib
import errno
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO, TypeVar

from fsrf_live.fsrf.common.aliases import FileName
from fsrf_live.fsrf.common.errors import RecordingError
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.stream.flow.clock import NS, Pair
from fsrf_live.stream.flow.queues import InboxItem
from fsrf_live.stream.flow.records import Record, encode
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.recording.chunks import Mark, Operation, Read, RecordedStep, pack
from fsrf_live.stream.recording.media import CAPTIONS, MEDIA
from fsrf_live.stream.windows.window import Window

RECORDING_FORMAT, VERSION = "fsrf-recording", 7
HEADER, RECORDS, LOCK = "recording.json", "records.jsonl", "recording.lock"
CHUNK_NS = NS
CHUNK_STEPS = 4096

_T = TypeVar("_T")


def chunk_name(number: int) -> str:
    """File name of a chunk."""
    return f"steps-{number:06d}.npz"


class Recorder:
    """Writes one recording. Not thread-safe, and each call may wait for the disk."""

    def __init__(
        self,
        folder: FileName,
        *,
        media: bool = False,
        recognises: bool = False,
        language: str | None = None,
    ) -> None:
        """Take the folder; raises RecordingError if it cannot be used, before anything else is begun.

        `media`: raw media are recorded beside; `recognises`: the words are what was recognised of the sound,
        in `language`; None is English.
        """
        self._folder = Path(folder)
        self._media = media
        self._recognises = recognises
        self._language = language
        self._steps: list[RecordedStep] = []
        self._chunks = 0
        self._begun_ns: int | None = None
        self._records: TextIO | None = None
        self._made: list[Path] = []
        self._lock: int | None = self._guard(self._take)

    def begin(self, modalities: frozenset[Modality], windows: WindowSettings) -> None:
        """Write down what the session is; if that fails, nothing is left."""
        header: dict[str, Any] = {
            "format": RECORDING_FORMAT,
            "version": VERSION,
            "modalities": [m for m in MODALITIES if m in modalities],
            "windows": asdict(windows),
            "media": MEDIA if self._media else None,
            "recognises": self._recognises,
            "language": self._language,
        }
        try:
            self._records = self._guard(lambda: (self._folder / RECORDS).open("x", encoding="utf-8"))
            self._write(HEADER, json.dumps(header, indent=1).encode())
        except RecordingError:
            self.close()
            (self._folder / RECORDS).unlink(missing_ok=True)
            raise

    def epoch(self, epoch_ns: int) -> None:
        """Times in records count from here from now on."""
        self._steps.append(Mark(Operation.EPOCH, epoch_ns))

    def pair(self, pair: Pair) -> None:
        """Record which wall clock belongs to which time from now on."""
        self._steps.append(pair)

    def op(self, op: InboxItem) -> None:
        """Record an item that was given to the sync buffer."""
        self._steps.append(op)

    def advance(self, now_ns: int) -> None:
        """Record that windows were asked for; writes a chunk if a second has passed."""
        self._steps.append(Mark(Operation.ADVANCE, now_ns))
        if self._begun_ns is None:
            self._begun_ns = now_ns
        if now_ns - self._begun_ns >= CHUNK_NS or len(self._steps) >= CHUNK_STEPS:
            self._flush()
            self._begun_ns = now_ns

    def read(self, window: Window, begun_ns: int) -> None:
        """Record that a reading was made of a window."""
        self._steps.append(Read(window.id, window.revision))

    def record(self, record: Record) -> None:
        """Record what was answered."""
        records = self._records
        assert records is not None, "it has begun"

        def write() -> None:
            records.write(encode(record) + "\n")
            records.flush()

        self._guard(write)

    def finish(self, now_ns: int) -> None:
        """Record that the session is over."""
        self._steps.append(Mark(Operation.FINISH, now_ns))

    def close(self) -> None:
        """Write out what is left and let the folder go, also if that fails; raises RecordingError.

        Of a recording that never began nothing is left. A second time does nothing: the lock's number may be
        somebody else's by then.
        """
        lock, self._lock = self._lock, None
        if lock is None:
            return
        try:
            self._flush()
        finally:
            try:
                if self._records is not None:
                    self._guard(self._records.close)
            finally:
                if self._records is None:
                    self._leave_nothing()
                os.close(lock)

    def refused(self, why: str, advice: str) -> RecordingError:
        """The one line of a folder that cannot be recorded into."""
        return RecordingError(f"cannot record into {self._folder} ({why}): {advice}")

    def _flush(self) -> None:
        if self._steps:
            self._write(chunk_name(self._chunks), pack(self._steps))
            self._chunks += 1
            self._steps = []

    def _write(self, name: str, data: bytes) -> None:
        """Make a file appear whole."""

        def write() -> None:
            part = self._folder / f".{name}.part"
            try:
                part.write_bytes(data)
                part.rename(self._folder / name)
            except OSError:
                part.unlink(missing_ok=True)
                raise

        self._guard(write)

    def _take(self) -> int:
        """Lock the folder; it must hold no recording yet."""
        self._made = [place for place in (self._folder, *self._folder.parents) if not place.exists()]
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            self._claim(lock)
        except (OSError, RecordingError):
            os.close(lock)
            raise
        return lock

    def _claim(self, lock: int) -> None:
        import fcntl

        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RecordingError(
                f"another process is recording into {self._folder}: name another folder"
            ) from error
        files = (HEADER, RECORDS, chunk_name(0), MEDIA, CAPTIONS)
        if any((self._folder / name).exists() for name in files):
            raise RecordingError(
                f"{self._folder} holds a recording already, which is never overwritten: name a new folder"
            )

    def _leave_nothing(self) -> None:
        """Take away the lock, which is held, and the folders that were made for it."""
        with contextlib.suppress(OSError):  # as if somebody has put something there meanwhile
            (self._folder / LOCK).unlink()
            for place in self._made:
                place.rmdir()

    def _guard(self, work: Callable[[], _T]) -> _T:
        try:
            return work()
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            advice = "make room" if full else "name a folder that can be written to"
            raise self.refused(str(error.strerror), advice) from error
