"""Every sink that writes files, in a live session whose disk fails at each call that may."""

import contextlib
import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fsrf_live.fsrf.common.errors import SinkError, UsageError
from fsrf_live.stream.flow.records import Record
from fsrf_live.stream.flow.sinks import Outlet, Sink, open_sink
from fsrf_live.stream.sinks.parquet import ROWS_A_PART
from tests.doubles.failing_disk import Call, FailingDisk, failures
from tests.doubles.records import reading_at

CALLS: tuple[Call, ...] = ("write", "rename")
Rows = Callable[[Path], list[float]]


class Enough:
    """A sink that has had enough after so many records: an outlet before it then comes to its end."""

    def __init__(self, sink: Sink, most: int) -> None:
        self._sink, self._left = sink, most

    @property
    def closed(self) -> bool:
        return not self._left

    def emit(self, record: Record) -> None:
        self._sink.emit(record)
        self._left -= 1

    def close(self) -> None:
        self._sink.close()


def json_rows(path: Path) -> list[float]:
    return [json.loads(line)["end_s"] for line in path.read_text(encoding="utf-8").splitlines(keepends=True)]


def csv_rows(path: Path) -> list[float]:
    text = path.read_text(encoding="utf-8")
    assert text == "" or text.endswith("\n")
    return [float(row["end_s"]) for row in csv.DictReader(io.StringIO(text))]


def parquet_rows(path: Path) -> list[float]:
    arrow: Any = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not here")
    parts = sorted(path.glob("*.parquet"))
    return [row["end_s"] for part in parts for row in arrow.read_table(part).to_pylist()]


KINDS = [("jsonl", json_rows, 6), ("csv", csv_rows, 6), ("parquet", parquet_rows, ROWS_A_PART + 1)]


def opened(kind: str, disk: FailingDisk) -> tuple[Sink | None, Path]:
    """The sink, None if that was refused in one line; for `parquet` skips if pyarrow is missing."""
    if kind == "parquet":
        pytest.importorskip("pyarrow.parquet", reason="pyarrow is not here: pip install 'fsrf-live[parquet]'")
    path = disk.folder / "talk"
    try:
        return open_sink(f"{kind}:{path}"), path
    except UsageError:
        assert disk.failed
        return None, path


@pytest.mark.parametrize(("kind", "rows", "number"), KINDS)
def test_a_disk_that_is_full_for_a_while_costs_no_record_and_brings_none_twice(
    tmp_path: Path, kind: str, rows: Rows, number: int, caplog: pytest.LogCaptureFixture
) -> None:
    for disk in failures(tmp_path, calls=CALLS, lasting=(False,)):
        caplog.clear()
        with disk.failing():
            sink, path = opened(kind, disk)
            if sink is None:
                continue
            outlet = Outlet(Enough(sink, number), retry_s=0.0)
            for second in range(number):
                outlet.queue.emit(reading_at(float(second)))
            held = 0
            try:
                outlet.run()
            except SinkError:
                held = number - ROWS_A_PART  # the last part is written at the end, and then once
        assert held == 0 or kind == "parquet"
        assert rows(path) == [float(second) for second in range(number - held)]
        assert outlet.problem is None
        assert len(caplog.messages) in (0, 2)
        assert all(str(path) in message for message in caplog.messages)


@pytest.mark.parametrize(("kind", "rows", "number"), KINDS)
def test_on_a_disk_that_stays_full_each_attempt_says_so_and_what_is_there_is_whole(
    tmp_path: Path, kind: str, rows: Rows, number: int
) -> None:
    for disk in failures(tmp_path, calls=CALLS, lasting=(True,)):
        with disk.failing():
            sink, path = opened(kind, disk)
            if sink is None:
                continue
            brought, said = 0, []
            for second in range(number):
                try:
                    sink.emit(reading_at(float(second)))
                    brought += 1
                except SinkError as error:
                    said.append(str(error))
            with contextlib.suppress(SinkError):
                sink.close()
        assert all(str(path) in line for line in said)
        there = rows(path)
        assert there == [float(second) for second in range(len(there))]
        assert len(there) == brought or kind == "parquet"
