"""Tables and captions."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from fsrf_live.stream.export.tables import write_csv, write_parquet, write_vtt
from fsrf_live.stream.recording.account import Account
from fsrf_live.stream.sinks.flat import flat
from fsrf_live.stream.sources.captions import read_captions
from tests.doubles.sessions import AWKWARD


def test_each_record_is_a_row_as_the_sink_would_have_written_it(account: Account, tmp_path: Path) -> None:
    write_csv(account, tmp_path / "monday.csv")
    with (tmp_path / "monday.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["type"] for row in rows] == [flat(record)["type"] for record in account.records]
    assert [row["name"] for row in rows if row["type"] == "marker"] == [
        "stimulus 1",
        AWKWARD,
        "rating",
        "rating",
    ]
    assert [row["rating"] for row in rows if row["rating"]] == ["1.5", "-0.5"]


def test_parquet_has_the_same_rows(account: Account, tmp_path: Path) -> None:
    arrow = pytest.importorskip(
        "pyarrow.parquet", reason="pyarrow is not here: pip install 'fsrf-live[parquet]'"
    )
    write_parquet(account, tmp_path / "monday.parquet")
    rows = arrow.read_table(tmp_path / "monday.parquet").to_pylist()
    assert [row["type"] for row in rows] == [flat(record)["type"] for record in account.records]


def test_words_are_captions_that_can_be_read_again(account: Account, tmp_path: Path) -> None:
    write_vtt(account, tmp_path / "monday.vtt")
    words = read_captions(tmp_path / "monday.vtt")
    assert [(said.start_ns / 1e9, said.end_ns / 1e9, said.text) for said in words] == [
        (said.start_s, said.end_s, said.text) for said in account.words
    ]


def test_a_line_that_was_typed_is_a_caption_too(account: Account, tmp_path: Path) -> None:
    typed = replace(account.words[0], start_s=2.0, end_s=2.0, text="typed")
    write_vtt(replace(account, words=(typed,)), tmp_path / "typed.vtt")
    (cue,) = read_captions(tmp_path / "typed.vtt")
    assert (cue.start_ns, cue.end_ns > cue.start_ns, cue.text) == (2_000_000_000, True, "typed")
