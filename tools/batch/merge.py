"""One file of all results, in the manifest's order: every record as JSON lines, or a table of summaries."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

from fsrf_live.fsrf.common.csv_rows import csv_row
from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.fsrf.common.files import replacing
from fsrf_live.stream.clips.jobs import MANIFEST_COLUMNS
from fsrf_live.stream.flow.records import SHOWN_AS, encode
from fsrf_live.tools.batch.folder import BatchFolder
from fsrf_live.tools.batch.rows import Row

_SUMMARY: Mapping[str, type] = {
    "duration_s": float,
    "windows": int,
    "score": float,
    "low": float,
    "high": float,
    "label": str,
    "unsure": bool,
}
_MODALITY = {"state": str, "reason": str, "coverage": float, "contribution": float, "recovery": float}
SUMMARY_COLUMNS: Mapping[str, type] = {
    "row": int,
    **dict.fromkeys(MANIFEST_COLUMNS, str),
    **_SUMMARY,
    **{f"{modality}_{name}": kind for modality in SHOWN_AS for name, kind in _MODALITY.items()},
    "reason": str,
    "error": str,
}
"""The columns of a table: those of the manifest, of the summary, and of each modality in it."""
_AT_ONCE = 10_000

Records = Iterable[tuple[Row, list[dict[str, Any]]]]
"""Each row with its records."""


def merge_results(rows: Iterable[Row], folder: BatchFolder, target: Path) -> None:
    """Write one file, by the ending of its name; raises UsageError if a row has no result, OSError."""
    write = writer_for(target)
    with replacing(target) as file:
        write(_records(rows, folder), file)


def writer_for(target: Path) -> Callable[[Records, BinaryIO], None]:
    """What writes a file with this ending; raises UsageError if nothing does, or a package is missing."""
    writers = {".jsonl": _write_lines, ".csv": _write_csv, ".parquet": _write_parquet}
    if target.suffix not in writers:
        raise UsageError(f"--merge {target}: give a name that ends in {', '.join(writers)}")
    if target.suffix == ".parquet":
        _pyarrow()
    return writers[target.suffix]


def _records(rows: Iterable[Row], folder: BatchFolder) -> Records:
    for row in rows:
        name = row.name
        head = folder.head(name)
        if head is None:
            raise UsageError(f"row {row.number} has no result yet: run the batch again, with all its shards")
        lines = folder.records(name) if head.error is None else [_failed_line(row, head.error)]
        yield row, [json.loads(line) for line in lines]


def _failed_line(row: Row, error: str) -> str:
    from fsrf_live.stream.clips.offline import failed_row

    return encode(failed_row(row.number, error))


def _write_lines(results: Records, file: BinaryIO) -> None:
    for row, records in results:
        for record in records:
            line = json.dumps({**record, "row": row.number}, ensure_ascii=False, separators=(",", ":"))
            file.write(f"{line}\n".encode("utf-8", "replace"))


def _write_csv(results: Records, file: BinaryIO) -> None:
    rows = (_cells(row, records[-1]).values() for row, records in results)
    for cells in chain([SUMMARY_COLUMNS], rows):
        file.write(csv_row(cells).encode("utf-8", "replace"))


def _write_parquet(results: Records, file: BinaryIO) -> None:
    pyarrow, parquet = _pyarrow()
    kinds = {int: pyarrow.int64(), float: pyarrow.float64(), str: pyarrow.string(), bool: pyarrow.bool_()}
    schema = pyarrow.schema([(name, kinds[kind]) for name, kind in SUMMARY_COLUMNS.items()])
    with parquet.ParquetWriter(file, schema) as table:
        for cells in _by(_AT_ONCE, (_cells(row, records[-1]) for row, records in results)):
            table.write_table(pyarrow.Table.from_pylist(cells, schema))


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise UsageError("Parquet needs the extra: pip install 'fsrf-live[parquet]'") from error
    return pa, parquet


def _by(number: int, items: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while part := list(islice(items, number)):
        yield part


def _cells(row: Row, summary: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the table; a cell of which nothing is said is None."""
    cells = {"row": row.number, **{column: row.cells.get(column) or None for column in MANIFEST_COLUMNS}}
    cells |= {name: summary.get(name) for name in (*_SUMMARY, "reason", "error")}
    for modality in SHOWN_AS:
        said = summary["modalities"].get(modality, {})
        cells |= {f"{modality}_{name}": said.get(name) for name in _MODALITY}
    return {name: cells[name] for name in SUMMARY_COLUMNS}
