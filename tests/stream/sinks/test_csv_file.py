"""``csv:FILE``."""

import csv
import os
import resource
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from fsrf_live.fsrf.common.errors import SinkError, UsageError
from fsrf_live.stream.flow.sinks import open_sink
from fsrf_live.stream.sinks.flat import TABLE
from tests.doubles.cells import CELLS
from tests.doubles.records import LOST, READING, SESSION, reading_at


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_row_a_record_under_the_names_of_the_columns_written_at_once(tmp_path: Path) -> None:
    path = tmp_path / "talk.csv"
    sink = open_sink(f"csv:{path}")
    assert path.read_text() == ",".join(TABLE) + "\n"
    for number, record in enumerate(SESSION, start=1):
        sink.emit(record)
        assert len(rows(path)) == number
    sink.close()
    reading, lost, marker, back, end = rows(path)
    assert (reading["time"], reading["score"], reading["final"]) == (
        "2023-11-14T22:13:23.900Z",
        "0.81",
        "true",
    )
    assert reading["text"] == READING.text
    assert (lost["source"], lost["state"], lost["score"]) == ("camera", "lost", "")
    assert (marker["time_s"], marker["name"], marker["source"]) == ("6.25", "stimulus 3", "command")
    assert (back["reason"], end["duration_s"]) == ("", "10.0")


@given(text=CELLS)
def test_any_text_is_read_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    sink = open_sink(f"csv:{path}")
    for record in (replace(READING, text=text), LOST):
        sink.emit(record)
    sink.close()
    reading, lost = rows(path)
    assert (reading["text"], lost["type"]) == (text, "event")


def test_an_old_file_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "talk.csv"
    path.write_text("what was there before, and is longer than the names of columns" * 100)
    open_sink(f"csv:{path}").close()
    assert rows(path) == []


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("csv", "give it as csv:FILE"),
        ("csv:/proc/self", "sink csv:/proc/self: Is a directory; choose another target"),
        ("csv:/dev/full", "sink csv:/dev/full: No space left on device; choose another target"),
    ],
)
def test_a_file_that_cannot_be_begun_is_refused(spec: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        open_sink(spec)


def test_on_a_disk_that_is_full_for_a_while_every_row_is_whole(tmp_path: Path) -> None:
    """A limit on the size of files is met as a full disk is: the last row fits in part."""
    path = tmp_path / "talk.csv"
    sink = open_sink(f"csv:{path}")
    sink.emit(LOST)
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, hard))
    try:
        with pytest.raises(SinkError, match=r"talk.csv cannot be written \(File too large\): make room"):
            sink.emit(READING)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before
    sink.emit(reading_at(4.0))
    sink.close()
    assert [row["type"] for row in rows(path)] == ["event", "reading"]


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_named_pipe_whose_reader_has_gone_is_closed(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    sink = open_sink(f"{kind}:{path}")
    sink.emit(LOST)
    assert not sink.closed
    os.close(reader)
    sink.emit(LOST)
    assert sink.closed
    sink.emit(LOST)
    sink.close()
