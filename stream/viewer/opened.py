"""One recording that somebody looks at: its records, read once and then what was added, and its edits."""

import threading
from pathlib import Path

from fsrf_live.fsrf.common.errors import RecordingError
from fsrf_live.stream.flow.records import Marker, Record, decode
from fsrf_live.stream.recording.account import brief_account
from fsrf_live.stream.recording.edits import EDITS, MarkerEdit, edited_markers, editing, read_edits
from fsrf_live.stream.recording.recorded import Recording
from fsrf_live.stream.recording.recording import RECORDS
from fsrf_live.stream.viewer.asking import MarkerWish, edit_of
from fsrf_live.stream.viewer.telling import ToldRecording, line_of


class OpenedRecording:
    """Thread-safe. Raises RecordingError, also if the recording was deleted meanwhile."""

    def __init__(self, folder: Path) -> None:
        self.recording = Recording(folder)
        self._folder = folder
        self._records: list[Record] = []
        self._read_to = 0
        self._file: int | None = None
        self._torn = False
        self._told: tuple[str, ToldRecording] | None = None
        self._epoch_ns: int | None = None
        self._lock = threading.Lock()

    @property
    def epoch_ns(self) -> int:
        """The moment from which its seconds count, on the clock of the machine that recorded.

        Raises RecordingError if it is not known, as when the first steps are damaged.
        """
        if self._epoch_ns is None:
            self._epoch_ns = self.recording.epoch_ns()
        if self._epoch_ns is None:
            raise RecordingError("it is not known when this recording began")
        return self._epoch_ns

    @property
    def torn(self) -> bool:
        """Whether its records are damaged, and end there."""
        return self._torn

    def state(self) -> str:
        """Another one as soon as there is something new."""
        try:
            records = (self._folder / RECORDS).stat()
        except OSError as error:
            raise RecordingError("this recording is not there any more") from error
        try:
            edits = (self._folder / EDITS).stat()
        except OSError:
            return f"{records.st_size}"
        return f"{records.st_size}-{edits.st_ino}-{edits.st_mtime_ns}"

    def told(self) -> tuple[str, ToldRecording]:
        """What it tells by now, and the state that this is of."""
        with self._lock:
            state = self.state()
            if self._told is None or self._told[0] != state:
                self._read()
                self._told = (state, self._made(read_edits(self._folder)))
            return self._told

    def edit(self, wish: MarkerWish) -> MarkerEdit:
        """Do what a page asks for; raises UsageError as `edit_of` does."""
        _, told = self.told()
        with self._lock, editing(self._folder) as edits:
            edit = edit_of(wish, self._markers(), edits, told.account.duration_s)
            edits.append(edit)
            return edit

    def _markers(self) -> list[Marker]:
        return [record for record in self._records if isinstance(record, Marker)]

    def _made(self, edits: list[MarkerEdit]) -> ToldRecording:
        recorded = self._markers()
        ever = {f"r{number}": marker for number, marker in enumerate(recorded)}
        ever |= {edit.id: edit.marker for edit in edits if edit.marker is not None}
        held = edited_markers(recorded, edits)
        gone = {id: marker for id, marker in ever.items() if id not in held}
        account = brief_account(self.recording, self._records)
        return ToldRecording(account, line_of(self._records), held, gone)

    def _read(self) -> None:
        """Take what was added to the records since, as far as it is whole."""
        try:
            with (self._folder / RECORDS).open("rb") as file:
                here = (self._folder / RECORDS).stat()
                if here.st_ino != self._file or here.st_size < self._read_to:
                    self._records, self._read_to, self._file, self._torn = [], 0, here.st_ino, False
                file.seek(self._read_to)
                added = file.read()
        except OSError as error:
            raise RecordingError(f"{self._folder / RECORDS} cannot be read ({error.strerror})") from error
        whole = added[: added.rfind(b"\n") + 1]
        for line in whole.split(b"\n"):
            if self._torn or not line:
                continue
            try:
                self._records.append(decode(line.decode("utf-8")))
            except (RecordingError, UnicodeDecodeError):
                self._torn = True
        self._read_to += len(whole)
