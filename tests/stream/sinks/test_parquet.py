"""``parquet:FOLDER``, read by pyarrow as one table."""

import resource
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fsrf_live.fsrf.common.errors import SinkError, UsageError
from fsrf_live.stream.flow.sinks import open_sink
from fsrf_live.stream.sinks.flat import TABLE
from fsrf_live.stream.sinks.parquet import ROWS_A_PART
from tests.doubles.records import LOST, READING, SESSION, reading_at

arrow = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not here: pip install 'fsrf-live[parquet]'")


def rows(folder: Path) -> list[dict[str, Any]]:
    table: list[dict[str, Any]] = arrow.read_table(folder).to_pylist()
    return table


def test_every_record_is_a_row_with_types(tmp_path: Path) -> None:
    folder = tmp_path / "talk.parquet"
    sink = open_sink(f"parquet:{folder}")
    for record in SESSION:
        sink.emit(record)
    sink.close()
    reading, lost, marker, _, end = rows(folder)
    assert list(reading) == list(TABLE)
    assert reading["time"] == datetime(2023, 11, 14, 22, 13, 23, 900_000, UTC)
    assert (reading["score"], reading["window"], reading["final"]) == (0.81, 3, True)
    assert (reading["text"], reading["audio_reason"]) == (READING.text, "stalled")
    assert (marker["time_s"], marker["name"], marker["source"]) == (6.25, "stimulus 3", "command")
    assert (lost["source"], lost["score"], end["duration_s"]) == ("camera", None, 10.0)


def test_a_record_without_a_wall_clock_has_none(tmp_path: Path) -> None:
    sink = open_sink(f"parquet:{tmp_path / 'talk'}")
    sink.emit(replace(READING, time=None))
    sink.close()
    assert rows(tmp_path / "talk")[0]["time"] is None


def test_what_is_written_so_far_survives_a_crash(tmp_path: Path) -> None:
    sink = open_sink(f"parquet:{tmp_path / 'talk'}")
    for second in range(2 * ROWS_A_PART + 1):
        sink.emit(reading_at(float(second)))
    assert [row["end_s"] for row in rows(tmp_path / "talk")] == [float(s) for s in range(2 * ROWS_A_PART)]
    sink.close()
    assert len(rows(tmp_path / "talk")) == 2 * ROWS_A_PART + 1


def test_a_disk_that_is_full_for_a_while_costs_no_row(tmp_path: Path) -> None:
    """A limit on the size of files is met as a full disk is."""
    folder = tmp_path / "talk"
    sink = open_sink(f"parquet:{folder}")
    for _ in range(ROWS_A_PART):
        sink.emit(LOST)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        for _ in range(2):
            with pytest.raises(SinkError, match=r"sink parquet:.* cannot be written \(.+\): make room"):
                sink.emit(READING)
        assert list(folder.iterdir()) == []
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    sink.emit(READING)
    sink.close()
    assert [row["type"] for row in rows(folder)] == ["event"] * ROWS_A_PART + ["reading"]


def test_a_folder_that_holds_something_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "old").touch()
    with pytest.raises(UsageError, match="is not empty and never overwritten"):
        open_sink(f"parquet:{tmp_path}")


@pytest.mark.parametrize(
    ("spec", "problem"), [("parquet", "parquet:FILE"), ("parquet:/proc/self/x", "choose")]
)
def test_a_folder_that_cannot_be_had_is_refused(spec: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        open_sink(spec)
