"""Rows and the names of their results."""

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.errors import MediaError
from fsrf_live.stream.clips.jobs import Cells
from fsrf_live.tools.batch.rows import Row, distinct, rows_of
from fsrf_live.tools.batch.shard import UNDIVIDED, Shard

MANY = st.lists(st.integers(0, 30), max_size=60)


def rows(texts: list[int]) -> list[Row]:
    return [Row(number, {"text": str(text)}) for number, text in enumerate(texts, start=1)]


@given(MANY, st.integers(1, 9))
def test_shards_hold_every_row_once_and_differ_by_one_at_most(texts: list[int], number: int) -> None:
    parts = [list(distinct(rows(texts), Shard(part, number))) for part in range(1, number + 1)]
    whole = list(distinct(rows(texts), UNDIVIDED))
    assert sorted(row.number for part in parts for row in part) == [row.number for row in whole]
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@given(MANY)
def test_a_row_that_comes_twice_is_done_once(texts: list[int]) -> None:
    assert [row.cells["text"] for row in distinct(rows(texts), UNDIVIDED)] == [
        str(t) for t in dict.fromkeys(texts)
    ]


def test_a_name_depends_on_what_the_row_says_and_not_on_its_place_or_other_columns() -> None:
    first = Row(1, {"media": "a/talk.mp4", "text": "", "label": "7"})
    assert first.name == Row(9, {"media": "a/talk.mp4", "text": None}).name
    assert first.name.startswith("talk-")
    others: list[Cells] = [
        {"media": "b/talk.mp4"},
        {"media": "a/talk.mp4", "text": "so"},
        {"media": "a/talk.mp4", "captions": "so"},
        {"media": "a/talk.mp4", None: ["so"]},
    ]
    assert len({first.name, *(Row(1, cells).name for cells in others)}) == 5


@given(st.text(max_size=300))
def test_a_name_is_one_that_every_disk_takes(media: str) -> None:
    name = Row(1, {"media": media}).name
    assert len(f"{name}.jsonl".encode("utf-8", "replace")) <= 255
    assert not set(name) & set("/\\\0\n ")


def test_a_manifest_that_breaks_off_is_one_error(tmp_path: Path) -> None:
    manifest = tmp_path / "many.csv"
    manifest.write_bytes(b"text\nfine\n\xff\xfe\n")
    with pytest.raises(MediaError, match="is not CSV in UTF-8"):
        list(rows_of(manifest))


def test_a_hundred_thousand_rows_are_never_in_memory_together(tmp_path: Path) -> None:
    manifest = tmp_path / "many.csv"
    with manifest.open("w", encoding="utf-8") as file:
        file.write("text\n")
        file.writelines(f"{'so many words ' * 20}{number}\n" for number in range(100_000))
    tracemalloc.start()
    number = sum(1 for _ in distinct(rows_of(manifest), UNDIVIDED))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert number == 100_000
    assert peak < manifest.stat().st_size * 0.7
