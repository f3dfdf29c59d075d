"""No command writes over what it reads."""

import argparse
import os
from collections.abc import Iterator
from itertools import combinations_with_replacement
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.tools.main import build_parser
from fsrf_live.tools.shell.keeping import FILLED, READ, WRITTEN, keep_outputs_apart, keep_what_is_read
from tests.doubles.cli import Fsrf

FILES = (
    "talk.mp4",
    "talk.vtt",
    "row.mp4",
    "many.csv",
    "faults.yaml",
    "mine.safetensors",
    "folder/inside.csv",
)
OWN_WAYS = {"sink", *FILLED, "work", "triton"}
"""`record` never writes into a folder that holds a recording, and `work` is the program's own."""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Files that are read, with a link and a second name of one; each must be as it was."""
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    for name in FILES:
        Path(name).write_text(name)
    Path("many.csv").write_text("media\nrow.mp4\n")
    Path("soft").symlink_to("talk.mp4")
    Path("hard").hardlink_to("talk.mp4")
    yield
    for name in FILES:
        assert Path(name).read_text() == ("media\nrow.mp4\n" if name == "many.csv" else name)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    "words",
    [
        ("analyze", "talk.mp4", "--jsonl", "talk.mp4"),
        ("analyze", "talk.mp4", "--jsonl", "soft"),
        ("analyze", "talk.mp4", "--jsonl", "./hard"),
        ("analyze", "talk.mp4", "--jsonl", "talk.vtt"),
        ("analyze", "talk.mp4", "--sink", "jsonl:talk.mp4"),
        ("analyze", "--manifest", "many.csv", "--jsonl", "many.csv"),
        ("analyze", "talk.mp4", "--checkpoint", "mine.safetensors", "--jsonl", "mine.safetensors"),
        ("live", "--baseline", "mine.safetensors", "--jsonl", "mine.safetensors"),
        ("live", "--media", "talk.mp4", "--jsonl", "talk.vtt"),
        ("live", "--camera", "talk.mp4", "--mic", "none", "--jsonl", "hard"),
        ("live", "--media", "talk.mp4", "--fault", "faults.yaml", "--jsonl", "faults.yaml"),
        ("transcribe", "talk.mp4", "--vtt", "talk.mp4"),
        ("transcribe", "talk.mp4", "--srt", "soft"),
        ("simulate", "talk.mp4", "--jsonl", "talk.mp4"),
        ("profile", "talk.mp4", "--trace", "talk.vtt"),
        ("replay", "folder", "--jsonl", "folder/inside.csv"),
        ("train", "sims", "row.mp4", "--out", "row.mp4"),
        ("evaluate", "sims", "row.mp4", "--json", "row.mp4"),
        ("evaluate", "live", "--data", "folder", "--json", "folder/inside.csv"),
    ],
)
def test_an_output_over_what_is_read_is_refused(fsrf: Fsrf, words: tuple[str, ...]) -> None:
    ran = fsrf(*words)
    assert ran.code == 2
    assert "would write over" in ran.line


@pytest.mark.usefixtures("files")
def test_so_is_one_over_a_file_of_a_manifest() -> None:
    args = argparse.Namespace(manifest="many.csv", jsonl="row.mp4")
    keep_what_is_read(args)
    with pytest.raises(UsageError, match=r"--jsonl row\.mp4 would write over row\.mp4"):
        keep_what_is_read(args, [Path("row.mp4")])


@pytest.mark.usefixtures("files")
def test_a_report_goes_where_nothing_lies_that_it_could_replace(fsrf: Fsrf) -> None:
    ran = fsrf("evaluate", "sims", "folder/inside.csv", "--report", "folder")
    assert ran.code == 2
    assert "--report folder: folder/inside.csv lies there and is read" in ran.line
    keep_what_is_read(argparse.Namespace(media="talk.mp4", captions="talk.vtt", report="."))
    keep_what_is_read(argparse.Namespace(file="folder/inside.csv", report="new"))


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("name", [None, "-", "new", "many.csv"])
def test_anything_else_may_be_written(name: str | None) -> None:
    addresses = {"camera": "http://camera/", "mic": "0", "text": "long " * 10_000}
    keep_what_is_read(argparse.Namespace(media="talk.mp4", jsonl=name, **addresses))


@pytest.mark.usefixtures("files")
def test_captions_beside_the_media_may_be_written_by_who_does_not_read_them() -> None:
    with pytest.raises(UsageError, match=r"talk\.vtt, which is read"):
        keep_what_is_read(build_parser().parse_args(["profile", "talk.mp4", "--trace", "talk.vtt"]))
    keep_what_is_read(build_parser().parse_args(["transcribe", "talk.mp4", "--vtt", "talk.vtt"]))


SINKS = ("--sink jsonl:{}", "--sink csv:{}", "--sink parquet:{}")
OUTPUTS = {
    "analyze --text good": ("--jsonl {}", *SINKS),
    "analyze --manifest many.csv": ("--out {}", "--merge {}"),
    "replay folder": ("--jsonl {}", *SINKS),
    "live --camera fake --mic none --duration 0.1": ("--jsonl {}", "--record {}", *SINKS),
    "simulate talk.mp4": ("--jsonl {}", "--report {}"),
    "evaluate live --data folder": ("--json {}", "--report {}"),
}
"""Commands with several outputs, and what names them."""
FOLDERS = ("--out {}", "--record {}", "--report {}", "--sink parquet:{}")
PAIRS = [
    (command, one, other)
    for command, options in OUTPUTS.items()
    for one, other in combinations_with_replacement(options, 2)
    if one != other or one in SINKS  # of another option the last one holds
]


@pytest.fixture
def two_names(files: None) -> None:
    """Links to what is not there yet, and to the folder in which everything lies."""
    Path("link").symlink_to("new")
    Path("here").symlink_to(".")


def all_there() -> list[Path]:
    return sorted(Path().rglob("*"))


@pytest.mark.usefixtures("two_names")
@pytest.mark.parametrize(("command", "one", "other"), PAIRS)
def test_two_outputs_to_one_place_are_refused(fsrf: Fsrf, command: str, one: str, other: str) -> None:
    before = all_there()
    names = [("new", name) for name in ("new", "./new", "link", "here/new", "folder/../new")]
    names += [("new", "new/failed.csv"), ("link", "new/results/a.csv")] if one in FOLDERS else []
    names += [("here/new/results/a.csv", "new")] if other in FOLDERS else []
    for first, second in names:
        ran = fsrf(*command.split(), *one.format(first).split(), *other.format(second).split())
        assert ran.code == 2
        assert "would write to one place" in ran.line
        assert all_there() == before


@pytest.mark.usefixtures("files")
def test_two_names_of_one_file_are_one_place() -> None:
    Path("other.csv").hardlink_to("many.csv")
    with pytest.raises(UsageError, match=r"--jsonl many\.csv and --sink csv:other\.csv would write to one"):
        keep_outputs_apart(argparse.Namespace(jsonl="many.csv", sink=["csv:other.csv"]))


@pytest.mark.usefixtures("two_names")
def test_devices_pipes_and_open_streams_take_what_many_write() -> None:
    os.mkfifo("pipe")
    Path("nowhere").symlink_to("/dev/null")
    for name in ("/dev/null", "nowhere", "pipe", "here/pipe", "/dev/stdout", "/dev/stderr", "/dev/fd/1"):
        keep_outputs_apart(argparse.Namespace(jsonl=name, sink=[f"csv:{name}", f"jsonl:{name}", "csv:new"]))


@pytest.mark.usefixtures("two_names")
def test_outputs_side_by_side_are_written() -> None:
    many = ["csv:folder/new.csv", "parquet:folder/new", "lsl:new", "ws:8765", "csv:", "parquet:here/folder/b"]
    keep_outputs_apart(argparse.Namespace(jsonl="new", json=True, record="folder/monday", sink=many))
    keep_outputs_apart(argparse.Namespace(out="folder", merge="folder/all.csv"))
    keep_outputs_apart(argparse.Namespace(jsonl="-", sink=["csv:new"], report="long " * 10_000))


def test_no_option_that_names_a_file_is_forgotten() -> None:
    (commands,) = (a for a in build_parser()._actions if isinstance(a, argparse._SubParsersAction))
    named = {
        action.dest
        for command in commands.choices.values()
        for action in command._actions
        if any(word in str(action.metavar) for word in ("FILE", "DIR", "MEDIA", "WHICH", "SPEC", "TARGET"))
    }
    assert named <= {*READ, *WRITTEN, *OWN_WAYS}
    assert {*WRITTEN, *OWN_WAYS} <= named
