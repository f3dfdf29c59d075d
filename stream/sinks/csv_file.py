"""``csv:FILE``: a row a record, for a spreadsheet, pandas or R."""

from collections.abc import Iterable
from pathlib import Path

from fsrf_live.fsrf.common.csv_rows import csv_row
from fsrf_live.fsrf.common.errors import SinkError
from fsrf_live.stream.flow.outputs import Appended
from fsrf_live.stream.flow.records import Record
from fsrf_live.stream.flow.sinks import Sink, file_of
from fsrf_live.stream.sinks.flat import TABLE, Cell, flat


class CsvFile:
    """Appends each record at once. The file holds whole rows only, also if the disk is full for a while.

    `closed` once the reader of a named pipe has gone.
    """

    def __init__(self, path: Path) -> None:
        """Begin the file, in place of an old one, with the names of its columns; raises OSError."""
        self._path = path
        self._file = Appended(path)
        self.closed = False
        try:
            self._file.append(_line(TABLE))
        except OSError:
            self._file.close()
            raise

    def emit(self, record: Record) -> None:
        """Append one row; raises SinkError, as for a full disk."""
        cells = flat(record)
        try:
            self._file.append(_line(cells.get(name) for name in TABLE))
        except BrokenPipeError:
            self.closed = True
        except OSError as error:
            what = f"sink csv:{self._path} cannot be written"
            raise SinkError(f"{what} ({error.strerror}): make room") from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def open_csv(target: str) -> Sink:
    """The sink ``csv:FILE``; raises OSError, and UsageError without a file."""
    return CsvFile(file_of("csv", target))


def _line(cells: Iterable[Cell]) -> bytes:
    return csv_row(cells).encode("utf-8", "replace")
