"""A recording that is looked at, while it grows and others edit it."""

import shutil
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import RecordingError, UsageError
from fsrf_live.stream.flow.records import Marker, encode
from fsrf_live.stream.recording.edits import EDITS
from fsrf_live.stream.recording.recording import RECORDS, chunk_name
from fsrf_live.stream.viewer.asking import MarkerWish
from fsrf_live.stream.viewer.opened import OpenedRecording
from tests.doubles.sessions import EPOCH_NS

SMILE = Marker(3.0, "smile", "viewer")


@pytest.fixture
def folder(monday: Path, tmp_path: Path) -> Path:
    shutil.copytree(monday, tmp_path / "monday")
    return tmp_path / "monday"


def cut(folder: Path, lines: int) -> list[bytes]:
    """Leave so many lines of the records; gives the others."""
    whole = (folder / RECORDS).read_bytes().splitlines(keepends=True)
    (folder / RECORDS).write_bytes(b"".join(whole[:lines]))
    return whole[lines:]


def add(folder: Path, content: bytes) -> None:
    with (folder / RECORDS).open("ab") as file:
        file.write(content)


def test_one_that_grows_tells_what_is_whole_by_now(folder: Path) -> None:
    rest = cut(folder, 8)
    opened = OpenedRecording(folder)
    state, told = opened.told()
    assert len(told.account.records) == 8
    add(folder, rest[0] + rest[1][:20])
    assert opened.state() != state
    assert len(opened.told()[1].account.records) == 9
    add(folder, rest[1][20:] + b"".join(rest[2:]))
    _, told = opened.told()
    assert told.account.summary is not None
    assert told == OpenedRecording(folder).told()[1]
    assert opened.told()[1] is told  # nothing new is not read again
    assert not opened.torn


def test_damage_ends_it_and_is_told(folder: Path) -> None:
    rest = cut(folder, 8)
    add(folder, b"\x00\xff{\n" + b"".join(rest))
    opened = OpenedRecording(folder)
    assert len(opened.told()[1].account.records) == 8
    assert opened.torn


def test_one_that_was_written_anew_is_read_anew(folder: Path) -> None:
    opened = OpenedRecording(folder)
    opened.told()
    cut(folder, 5)
    assert len(opened.told()[1].account.records) == 5


def test_one_that_was_deleted_is_one_line(folder: Path) -> None:
    opened = OpenedRecording(folder)
    opened.told()
    shutil.rmtree(folder)
    for ask in (opened.state, opened.told, lambda: opened.edit(MarkerWish(None, SMILE, None))):
        with pytest.raises(RecordingError, match="not there any more"):
            ask()


def test_two_pages_that_edit_at_once_do_not_overwrite_each_other(folder: Path) -> None:
    one, two = OpenedRecording(folder), OpenedRecording(folder)
    before, _ = two.told()
    added = one.edit(MarkerWish(None, SMILE, None))
    other = two.edit(MarkerWish(None, Marker(4.0, "frown", "viewer"), None))
    assert added.id != other.id
    state, told = two.told()
    assert state != before
    assert {"smile", "frown"} <= {marker.name for marker in told.marked.values()}
    one.edit(MarkerWish(added.id, None, SMILE))
    with pytest.raises(UsageError, match="meanwhile"):
        two.edit(MarkerWish(added.id, Marker(3.0, "grin", "viewer"), SMILE))
    _, told = two.told()
    assert added.id in told.gone


def test_what_was_recorded_stays_byte_for_byte(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    opened = OpenedRecording(folder)
    edit = opened.edit(MarkerWish(None, SMILE, None))
    opened.edit(MarkerWish(edit.id, None, SMILE))
    after = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != EDITS}
    assert after == before


def test_seconds_count_from_the_epoch_of_the_steps(folder: Path) -> None:
    assert OpenedRecording(folder).epoch_ns == EPOCH_NS


def test_a_beginning_that_no_step_says_is_not_guessed(folder: Path) -> None:
    (folder / chunk_name(0)).write_bytes(b"torn")
    with pytest.raises(RecordingError):
        _ = OpenedRecording(folder).epoch_ns


def test_what_is_recorded_after_an_edit_has_an_id_of_its_own(folder: Path) -> None:
    (summary,) = cut(folder, -1)
    opened = OpenedRecording(folder)
    opened.edit(MarkerWish("r0", Marker(2.5, "moved", "viewer"), opened.told()[1].marked["r0"]))
    add(folder, f"{encode(Marker(11.5, 'late', 'key'))}\n".encode() + summary)
    _, told = opened.told()
    assert (told.marked["r0"].name, told.marked["r4"].name) == ("moved", "late")
