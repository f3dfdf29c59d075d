"""``fsrf simulate`` from its command line."""

import csv
import io
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from fsrf_live.stream.clips.rehearsal import Case, Cost
from fsrf_live.tools.views.simulation_tables import view
from tests.doubles.cli import Fsrf
from tests.doubles.media import write_sound, write_still


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tone of a second, with a caption."""
    path = write_sound(tmp_path_factory.mktemp("clip") / "clip.wav", seconds=1.0)
    path.with_suffix(".vtt").write_text("WEBVTT\n\n00:00.200 --> 00:00.800\nhow nice\n")
    return path


def test_it_says_what_each_case_costs_and_writes_a_report_the_same_each_time(
    fsrf: Fsrf, torch_engine: Sequence[str], clip: Path, tmp_path: Path
) -> None:
    folder, again = tmp_path / "report", tmp_path / "again"
    words = ("simulate", str(clip), "--fault", "mic:mute@0.3s+0.3s", "--fault", "text:drop=1", *torch_engine)
    ran = fsrf(*words, "--report", str(folder))
    assert (ran.code, ran.err) == (0, "")
    groups = [record["group"] for record in ran.records]
    assert {record["type"] for record in ran.records} == {"case"}
    assert (groups[0], groups.count("subset"), groups.count("given")) == ("complete", 2, 1)
    assert {"mic", "text", "curve"} <= set(groups)
    with (folder / "cases.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == len(ran.records)
    page = (folder / "report.md").read_text(encoding="utf-8")
    pictures = sorted(path.name for path in folder.glob("*.png"))
    assert pictures == ["degradation.png", "given.png", "mic.png", "subset.png", "text.png"]
    assert all(f"({name})" in page for name in pictures)
    assert fsrf(*words, "--report", str(again), "--jsonl", str(tmp_path / "lines")).out == ""
    assert (tmp_path / "lines").read_text(encoding="utf-8") == ran.out
    for path in folder.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes(), path.name


def test_what_cannot_be_simulated_is_one_line_with_its_code(fsrf: Fsrf, clip: Path, tmp_path: Path) -> None:
    still = write_still(tmp_path / "still.png")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "not.yaml").write_text("{")
    for words, code, says in (
        ((str(clip), "--fault", "moon:unplug"), 2, "unknown source 'moon'"),
        ((str(clip), "--fault", "camera:melt"), 2, "unknown kind 'melt'"),
        ((str(clip), "--fault", "camera:unplug@-1s"), 2, "not negative"),
        ((str(clip), "--fault", str(tmp_path / "not.yaml")), 2, "is not YAML"),
        ((str(tmp_path / "gone.mp4"), "--jsonl", str(tmp_path / "file")), 4, "does not exist"),
        ((str(still),), 4, "no known duration"),
        ((str(clip), "--captions", str(tmp_path / "gone.vtt")), 4, "gone.vtt"),
        ((str(clip), "--report", str(tmp_path / "file" / "below")), 2, "choose a folder"),
        ((str(clip), "--jsonl", str(tmp_path)), 2, "choose a file"),
        ((str(clip), "--checkpoint", "gone", "--jsonl", str(tmp_path / "file")), 5, "gone"),
    ):
        ran = fsrf("simulate", *words)
        assert ran.code == code, words
        assert says in ran.line
    assert (tmp_path / "file").read_text() == "mine"


def test_a_report_without_matplotlib_is_refused_before_the_work(
    fsrf: Fsrf, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    ran = fsrf("simulate", str(clip), "--report", str(tmp_path / "report"), "--checkpoint", "gone")
    assert ran.code == 4
    assert "pictures need matplotlib" in ran.line


GOLDEN = """\
talk.mp4, 9.0 s  whole score most off width inside labels noticed back
everything there
  complete           -     -        -     -      -      0       -    -
the camera fails
  camera:unplug      -     -        -     -      -      0    0.05 1.20
  camera:black       -     -        -     -      -      0   never    -
"""


def test_the_table_fits_eighty_columns() -> None:
    costs = [
        Cost(Case("complete", "complete"), (), 0, None, None, 0, 0),
        Cost(Case("camera:unplug", "camera"), (), 0, 0.05, 1.2, 0, 0),
        Cost(Case("camera:black", "camera"), (), 0, None, None, 1, 0),
    ]
    screen = Console(width=80, record=True, file=io.StringIO())
    screen.print(view(costs, "talk.mp4", 9.0))
    lines = screen.export_text().splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.rstrip() for line in lines[:6]] == GOLDEN.splitlines()
