"""From a manifest to a folder, with work that needs no engine."""

import contextlib
import csv
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.clips.jobs import MANIFEST_COLUMNS
from fsrf_live.stream.flow.records import Summary, encode
from fsrf_live.stream.flow.text import printable
from fsrf_live.tools.batch.batch import do_batch, size_of
from fsrf_live.tools.batch.folder import BatchFolder
from fsrf_live.tools.batch.merge import SUMMARY_COLUMNS, merge_results
from fsrf_live.tools.batch.rows import Row, rows_of
from fsrf_live.tools.batch.shard import UNDIVIDED, Shard
from fsrf_live.tools.batch.work import Head, RowOutcome, RowOutcomes, RowTask, failure
from tests.doubles.cells import CELLS
from tests.doubles.failing_disk import failures


def echo(tasks: Iterable[RowTask]) -> RowOutcomes:
    """A pool: texts with a ``!`` fail, those with a ``?`` for this time only, others say themselves."""
    for task in tasks:
        text = task.cells["text"]
        if task.known is not None and task.known.fingerprint == "1":
            yield task, RowOutcome(error=task.known.error)
        elif text.endswith("?"):
            yield task, failure(task, f"{text}\ncannot be")
        elif text.endswith("!"):
            yield task, failure(task, f"{text} is broken", "1")
        else:
            head = '{"type":"row","fingerprint":"1","error":null}'
            summary = '{"type":"summary","duration_s":1.5,"windows":1,"score":1.0,"modalities":{}}'
            yield task, RowOutcome(f"{head}\n{summary}\n".encode())


@pytest.fixture
def folder(tmp_path: Path) -> BatchFolder:
    return BatchFolder(tmp_path / "out")


def manifest_of(tmp_path: Path, *texts: str) -> Path:
    path = tmp_path / "many.csv"
    path.write_text("\n".join(["text", *texts]) + "\n", encoding="utf-8")
    return path


FULL = Summary(10.0, 2, 0.5, -0.5, 1.5, "positive", {}, unsure=True)


def result_of(summary: Summary) -> bytes:
    """What is kept of a row with this summary."""
    return f'{{"type":"row","fingerprint":"1","error":null}}\n{encode(summary)}\n'.encode()


def table_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


def is_plain(hint: Any) -> bool:
    """Whether values of this type fill one cell."""
    inner = get_args(hint)
    plain = hint in (str, int, float, bool, NoneType) or isinstance(hint, str)
    return plain or (bool(inner) and all(map(is_plain, inner)))


def do(manifest: Path, folder: BatchFolder, shard: Shard = UNDIVIDED) -> tuple[int, int, int]:
    tally = do_batch(manifest, shard, folder, echo, lambda outcome: None)
    folder.list_failed(tally.failed, shard)
    assert tally.done + tally.kept + len(tally.failed) == size_of(manifest, shard)
    return tally.done, tally.kept, len(tally.failed)


def results(folder: BatchFolder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder.root / "results").glob("*.jsonl")}


def test_a_second_call_does_what_is_missing_or_failed_for_a_time(tmp_path: Path, folder: BatchFolder) -> None:
    manifest = manifest_of(tmp_path, "b", "a", "broken!", "busy?", "a")
    assert do(manifest, folder) == (2, 0, 2)
    assert do(manifest, folder) == (0, 2, 2)
    before = results(folder)
    gone = next((folder.root / "results").iterdir())
    gone.unlink()
    do(manifest, folder)
    assert results(folder) == before


def test_rows_may_be_added_and_sorted_and_what_is_done_stays_done(
    tmp_path: Path, folder: BatchFolder
) -> None:
    do(manifest_of(tmp_path, "c", "a"), folder)
    assert do(manifest_of(tmp_path, "a", "b", "c"), folder) == (1, 2, 0)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]\n", b"{}\n", b"\xff\n", b'{"fingerprint":"1"}'])
def test_a_damaged_result_is_done_again(tmp_path: Path, folder: BatchFolder, damage: bytes) -> None:
    manifest = manifest_of(tmp_path, "a")
    do(manifest, folder)
    (path,) = (folder.root / "results").iterdir()
    whole = path.read_bytes()
    path.write_bytes(damage)
    assert do(manifest, folder) == (1, 0, 0)
    assert path.read_bytes() == whole


@pytest.mark.parametrize("of", [2, 7])
def test_shards_give_the_same_files_as_the_whole(tmp_path: Path, of: int) -> None:
    manifest = manifest_of(tmp_path, *map(str, range(20)), "broken!", "3")
    whole, parts = BatchFolder(tmp_path / "whole"), BatchFolder(tmp_path / "parts")
    do(manifest, whole)
    for number in range(1, of + 1):
        do(manifest, parts, Shard(number, of))
    assert results(whole) == results(parts)
    listed = [path.read_text().splitlines()[1:] for path in parts.root.glob("failed-*-of-*.csv")]
    assert sorted(chain(*listed)) == sorted((whole.root / "failed.csv").read_text().splitlines()[1:])


def test_a_disk_that_fills_up_loses_nothing_and_a_second_call_ends_it(tmp_path: Path) -> None:
    manifest, wanted = manifest_of(tmp_path, "a", "b", "broken!"), BatchFolder(tmp_path / "wanted")
    do(manifest, wanted)
    (tmp_path / "disks").mkdir()
    for disk in failures(tmp_path / "disks"):
        with disk.failing(), contextlib.suppress(OSError):
            do(manifest, BatchFolder(disk.folder))
        folder = BatchFolder(disk.folder)
        assert results(folder).items() <= results(wanted).items()
        do(manifest, folder)
        assert results(folder) == results(wanted)


def test_failed_rows_are_listed_in_order_with_one_line_each(tmp_path: Path, folder: BatchFolder) -> None:
    do(manifest_of(tmp_path, "busy?", "a", "broken!"), folder)
    lines = (folder.root / "failed.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "row,media,error"
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "3"]
    assert "busy?" in lines[1]
    assert "cannot be" in lines[1]


@given(media=CELLS, error=CELLS)
def test_whatever_a_failed_row_says_is_one_row_of_the_list(
    tmp_path_factory: pytest.TempPathFactory, media: str, error: str
) -> None:
    folder = BatchFolder(tmp_path_factory.getbasetemp() / "failed")
    assert table_of(folder.list_failed([(1, media, error), (2, "b", "c")], UNDIVIDED)) == [
        ["row", "media", "error"],
        ["1", media, printable(error)],
        ["2", "b", "c"],
    ]


def test_a_head_says_whether_a_row_failed(tmp_path: Path, folder: BatchFolder) -> None:
    manifest = manifest_of(tmp_path, "busy?", "broken!", "a")
    do(manifest, folder)
    heads = [folder.head(row.name) for row in rows_of(manifest)]
    assert heads == [Head(None, "busy?\ncannot be"), Head("1", "broken! is broken"), Head("1", None)]


def test_merged_lines_are_in_the_manifests_order_and_say_their_row(
    tmp_path: Path, folder: BatchFolder
) -> None:
    manifest = manifest_of(tmp_path, "z", "broken!", "a", "z")
    do(manifest, folder)
    target = tmp_path / "all.jsonl"
    merge_results(rows_of(manifest), folder, target)
    lines = target.read_text(encoding="utf-8").splitlines()
    assert [line.split('"row":')[1].split("}")[0].split(",")[0] for line in lines] == ["1", "2", "3", "4"]
    assert lines[0] == ('{"type":"summary","duration_s":1.5,"windows":1,"score":1.0,"modalities":{},"row":1}')
    assert '"error":"broken! is broken"' in lines[1]
    assert lines[3].replace('"row":4', '"row":1') == lines[0]


def test_a_table_has_a_line_a_row_with_its_summary(tmp_path: Path, folder: BatchFolder) -> None:
    manifest = manifest_of(tmp_path, "z", "broken!")
    do(manifest, folder)
    target = tmp_path / "all.csv"
    merge_results(rows_of(manifest), folder, target)
    first, fine, broken = (line.split(",") for line in target.read_text(encoding="utf-8").splitlines())
    assert dict(zip(first, fine, strict=True)) == {
        **dict.fromkeys(first, ""),
        "row": "1",
        "text": "z",
        "duration_s": "1.5",
        "windows": "1",
        "score": "1.0",
    }
    assert (broken[0], broken[-1]) == ("2", "broken! is broken")


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(MANIFEST_COLUMNS, CELLS)), min_size=1, max_size=3))
def test_whatever_a_row_of_the_manifest_says_is_one_row_of_the_table(
    tmp_path_factory: pytest.TempPathFactory, said: list[dict[str, str]]
) -> None:
    folder = BatchFolder(tmp_path_factory.getbasetemp() / "merged")
    rows = [Row(number, cells) for number, cells in enumerate(said, start=1)]
    for row in rows:
        folder.keep(row.name, result_of(FULL))
    merge_results(rows, folder, folder.root / "all.csv")
    columns, *lines = table_of(folder.root / "all.csv")
    assert columns == list(SUMMARY_COLUMNS)
    assert [dict(zip(MANIFEST_COLUMNS, line[1:], strict=False)) for line in lines] == said


def test_a_table_has_a_column_for_each_value_of_a_summary(tmp_path: Path, folder: BatchFolder) -> None:
    from pyarrow import parquet

    plain = {name for name, hint in get_type_hints(Summary).items() if is_plain(hint)}
    assert {"score", "label", "unsure", "row", "error"} <= plain
    assert plain <= SUMMARY_COLUMNS.keys()
    (row,) = rows_of(manifest_of(tmp_path, "z"))
    folder.keep(row.name, result_of(FULL))
    for name in ("all.csv", "all.parquet"):
        merge_results([row], folder, tmp_path / name)
    (typed,) = parquet.read_table(tmp_path / "all.parquet").to_pylist()
    columns, shown = table_of(tmp_path / "all.csv")
    assert all(typed[name] == getattr(FULL, name) for name in plain - {"row"})
    assert dict(zip(columns, shown, strict=True))["unsure"] == "true"


def test_parquet_holds_the_same_table(tmp_path: Path, folder: BatchFolder) -> None:
    from pyarrow import parquet

    manifest = manifest_of(tmp_path, "z", "broken!")
    do(manifest, folder)
    for name in ("all.csv", "all.parquet"):
        merge_results(rows_of(manifest), folder, tmp_path / name)
    table = parquet.read_table(tmp_path / "all.parquet")
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as file:
        first, *lines = csv.reader(file)
    assert table.column_names == first
    shown = [["" if value is None else str(value) for value in row.values()] for row in table.to_pylist()]
    assert shown == lines


def test_a_merge_before_all_is_done_is_refused_and_leaves_what_was_there(
    tmp_path: Path, folder: BatchFolder
) -> None:
    target = tmp_path / "all.csv"
    target.write_text("old")
    manifest = manifest_of(tmp_path, "a", "b")
    do(manifest, folder, Shard(1, 2))
    with pytest.raises(UsageError, match="row 2 has no result yet: run the batch again"):
        merge_results(rows_of(manifest), folder, target)
    assert target.read_text() == "old"


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\x0b"])
def test_what_ends_a_line_elsewhere_ends_no_record(tmp_path: Path, folder: BatchFolder, mark: str) -> None:
    head, record = f'{{"type":"row","text":"a{mark}b"}}', f'{{"type":"reading","text":"c{mark}d"}}'
    folder.keep("row", f"{head}\n{record}\n".encode())
    assert folder.records("row") == [record]
