"""``parquet:FOLDER``: the table of ``csv:FILE`` with types, for pandas, R and DuckDB.

A folder of parts, which all of them read as one table: a Parquet file is nothing before its last byte, so a
single one would be lost with a session that is killed, or with a disk that is full for a moment.
"""

from pathlib import Path
from typing import Any

from fsrf_live.fsrf.common.errors import SinkError, UsageError
from fsrf_live.stream.flow.records import Record
from fsrf_live.stream.flow.sinks import Sink, file_of
from fsrf_live.stream.sinks.flat import TABLE, flat
from fsrf_live.stream.sinks.library import library_of

ROWS_A_PART = 256
"""Two minutes of a session, which is what a crash may lose."""


class ParquetParts:
    """Writes a part for every `ROWS_A_PART` records, and the rest at the end; a part appears whole."""

    closed = False

    def __init__(self, folder: Path) -> None:
        """Take a new or empty folder; raises UsageError if it is not, or without pyarrow, and OSError."""
        self._arrow = library_of("parquet", "pyarrow")
        self._parquet = library_of("parquet", "pyarrow.parquet")
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(f"sink parquet:{folder} is not empty and never overwritten: name a new folder")
        self._folder = folder
        self._rows: list[dict[str, Any]] = []
        self._parts = 0

    def emit(self, record: Record) -> None:
        """Keep the record; raises SinkError if a part is due that cannot be written."""
        if len(self._rows) >= ROWS_A_PART:
            self._write()
        time = None if record.time is None else record.time.wall_ns // 1_000_000
        self._rows.append({**flat(record), "time": time})

    def close(self) -> None:
        """Write the rest; raises SinkError if that cannot be done, for it is lost then."""
        if self._rows:
            self._write()

    def _write(self) -> None:
        name = f"part-{self._parts:06d}.parquet"
        hidden = self._folder / f".{name}"
        try:
            self._parquet.write_table(self._arrow.Table.from_pylist(self._rows, self._schema()), hidden)
            hidden.rename(self._folder / name)
        except OSError as error:
            hidden.unlink(missing_ok=True)
            what = f"sink parquet:{self._folder} cannot be written"
            raise SinkError(f"{what} ({error.strerror or error}): make room") from error
        self._rows = []
        self._parts += 1

    def _schema(self) -> Any:
        arrow = self._arrow
        types = {str: arrow.string(), int: arrow.int64(), float: arrow.float64(), bool: arrow.bool_()}
        columns = {name: types[kind] for name, kind in TABLE.items()}
        return arrow.schema({**columns, "time": arrow.timestamp("ms", tz="UTC")})


def open_parquet(target: str) -> Sink:
    """The sink ``parquet:FOLDER``; raises UsageError and OSError."""
    return ParquetParts(file_of("parquet", target))
