"""No command writes over what it reads."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.tools.main import build_parser
from fsrf_live.tools.shell.keeping import READ, WRITTEN, keep_what_is_read
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
OWN_WAYS = {"sink", "report", "record", "work", "triton"}
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
