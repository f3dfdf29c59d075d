"""The recordings of a folder, whatever lies in it."""

import os
import shutil
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import RecordingError, UsageError
from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.stream.flow.records import Marker
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.recording.edits import EDITS, MarkerEdit, editing
from fsrf_live.stream.recording.recording import HEADER, RECORDS, Recorder
from fsrf_live.stream.viewer.shelf import Shelf, id_of
from tests.conftest import REPOSITORY
from tests.doubles.records import READING

GOLDEN = REPOSITORY / "tests" / "golden" / "recordings"


@pytest.fixture
def folder(tmp_path: Path, filmed: Path, monday: Path) -> Path:
    for source in (filmed, monday, GOLDEN / "torn", GOLDEN / "newer"):
        shutil.copytree(source, tmp_path / source.name)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes.txt").write_text("no recording")
    return tmp_path


def test_each_recording_is_listed_and_nothing_else_and_what_is_unreadable_says_why(folder: Path) -> None:
    (folder / "filmed" / "steps-000000.npz").unlink()
    (folder / "monday" / EDITS).write_text("{")
    (folder / "headless").mkdir()
    (folder / "headless" / RECORDS).write_text("")
    listed, count = Shelf(folder).listing()
    assert count == 5
    assert {one.name: one.wrong for one in listed} == {
        "torn": None,
        "newer": "newer is a recording of version 99, not 7: replay it with the program that made it",
        "filmed": "filmed holds no features: there is nothing to replay",
        "monday": f"monday/{EDITS} is damaged: mend it, or move it away to go by what was recorded",
        "headless": f"headless is no recording: it has no {HEADER}; name a folder of 'fsrf live --record'",
    }


def test_of_many_the_newest_are_listed_and_all_are_counted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for age_s, name in enumerate(("monday", "torn", "filmed", "newer")):
        for file in (folder / name).iterdir():
            os.utime(file, (2e9 - age_s, 2e9 - age_s))
        os.utime(folder / name, (2e9 - age_s, 2e9 - age_s))
    monkeypatch.setattr("fsrf_live.stream.viewer.shelf.MOST_LISTED", 2)
    listed, count = Shelf(folder).listing()
    assert ({one.name for one in listed}, count) == ({"monday", "torn"}, 4)


def test_a_recording_is_listed_with_what_is_in_it(folder: Path) -> None:
    listed, _ = Shelf(folder).listing()
    by_name = {one.name: one for one in listed}
    assert [by_name[name].media for name in ("filmed", "monday")] == [True, False]
    assert by_name["monday"].inputs == ("camera", "mic", "text")
    assert not any(one.running for one in listed)
    outline = by_name["monday"].outline
    assert outline is not None
    assert (outline.length_s, outline.markers, outline.ratings) == (12.0, 2, 2)


def test_it_looks_again_at_what_has_changed(folder: Path) -> None:
    shelf = Shelf(folder)
    shelf.listing()
    with editing(folder / "monday") as edits:
        edits.append(MarkerEdit("n0", Marker(1.0, "more", "viewer")))
    shutil.rmtree(folder / "filmed")
    listed, _ = shelf.listing()
    (monday,) = [one for one in listed if one.name == "monday"]
    assert monday.outline is not None
    assert monday.outline.markers == 3
    assert "filmed" not in {one.name for one in listed}


def test_one_that_is_still_written_says_so_and_nobody_is_kept_from_writing(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "now", media=False)
    recorder.begin(frozenset(MODALITIES), WindowSettings())
    recorder.record(READING)
    (one,), _ = Shelf(tmp_path).listing()
    assert one.running
    recorder.record(READING)
    recorder.close()
    (one,), _ = Shelf(tmp_path).listing()
    assert not one.running


def test_one_recording_is_a_list_of_one(monday: Path) -> None:
    (one,), count = Shelf(monday).listing()
    assert (one.name, count) == ("monday", 1)
    assert Shelf(monday).find(one.id) == monday


def test_nothing_that_does_not_lie_there_is_found(folder: Path) -> None:
    shelf = Shelf(folder)
    assert shelf.find(id_of(folder / "monday")) == folder / "monday"
    for id in ("", "..", "../monday", "monday", id_of(folder / "notes"), id_of(folder.parent)):
        with pytest.raises(RecordingError, match="not there any more"):
            shelf.find(id)


def test_an_empty_folder_is_an_empty_list(tmp_path: Path) -> None:
    assert Shelf(tmp_path).listing() == ([], 0)


@pytest.mark.parametrize("name", ["gone", "notes.txt"])
def test_what_is_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_text("no recording")
    with pytest.raises(UsageError, match=r"is no folder: name one with recordings"):
        Shelf(tmp_path / name)
