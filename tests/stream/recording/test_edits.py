"""Markers that are set right afterwards: nothing that was recorded is lost."""

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.errors import RecordingError, UsageError
from fsrf_live.stream.flow.markers import MARKER_SOURCES, checked_marker
from fsrf_live.stream.flow.records import Marker, Record, Summary
from fsrf_live.stream.recording.account import Account, account_of
from fsrf_live.stream.recording.edits import (
    EDITS,
    MOST_EDITS,
    MarkerEdit,
    decode_edits,
    edited_markers,
    edited_records,
    editing,
    encode_edits,
    new_id,
    read_edits,
)
from fsrf_live.stream.recording.recorded import Recording
from tests.doubles.records import SESSION
from tests.doubles.sessions import record_monday


def is_name(text: str) -> bool:
    try:
        return checked_marker(text) == text
    except UsageError:
        return False


NAMES = st.text(min_size=1, max_size=20).filter(is_name)
MARKERS = st.builds(
    Marker,
    time_s=st.integers(-1000, 100_000).map(lambda ms: ms / 1000),
    name=NAMES,
    source=st.sampled_from(MARKER_SOURCES),
    rating=st.none() | st.integers(-6, 6).map(lambda halves: halves / 2),
)
EDITS_OF_SOME = st.lists(
    st.builds(MarkerEdit, id=st.sampled_from(["r0", "r1", "r2", "n0", "n1"]), marker=st.none() | MARKERS),
    max_size=12,
)


@given(st.lists(MARKERS, min_size=3, max_size=5), EDITS_OF_SOME)
def test_edits_that_are_undone_give_what_was_recorded(
    recorded: list[Marker], edits: list[MarkerEdit]
) -> None:
    done: list[MarkerEdit] = []
    undone: list[MarkerEdit] = []
    for edit in edits:
        undone.append(MarkerEdit(edit.id, edited_markers(recorded, done).get(edit.id)))
        done.append(edit)
    assert edited_markers(recorded, [*done, *reversed(undone)]) == edited_markers(recorded, [])
    assert list(edited_markers(recorded, []).values()) == sorted(recorded, key=lambda marker: marker.time_s)


@given(EDITS_OF_SOME)
def test_they_are_read_as_they_were_written(edits: list[MarkerEdit]) -> None:
    assert decode_edits(encode_edits(edits)) == edits


@given(st.binary(max_size=200))
def test_whatever_else_lies_there_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - that it is one is all that is promised
        decode_edits(content)


@pytest.mark.parametrize(
    "edit",
    [
        '{"id": "x0"}',
        '{"id": "r-1"}',
        '{"id": 0}',
        '{"id": "r0", "time_s": NaN, "name": "a", "source": "key"}',
        '{"id": "r0", "time_s": true, "name": "a", "source": "key"}',
        '{"id": "r0", "time_s": 1, "name": "a\\nb", "source": "key"}',
        '{"id": "r0", "time_s": 1, "name": "a", "source": "nobody"}',
        '{"id": "r0", "time_s": 1, "name": "rating", "source": "key", "rating": 9}',
        '{"id": "r0", "more": 1}',
        "7",
    ],
)
def test_an_edit_of_another_kind_is_refused(edit: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - that it is one is all that is promised
        decode_edits(f'{{"format": "fsrf-edits", "version": 1, "edits": [{edit}]}}'.encode())


def test_records_have_the_markers_that_hold_where_they_belong() -> None:
    added = MarkerEdit("n0", Marker(4.0, "smile", "viewer"))
    moved = MarkerEdit("r0", Marker(9.5, "stimulus 3", "command"))
    told = edited_records(SESSION, [added, moved])
    markers = [record for record in told if isinstance(record, Marker)]
    assert [(str(marker.time), marker.name) for marker in markers] == [
        ("2023-11-14T22:13:24.000Z", "smile"),
        ("2023-11-14T22:13:29.500Z", "stimulus 3"),
    ]
    assert [type(record).__name__ for record in told] == [
        "Reading", "Marker", "Event", "Event", "Marker", "Summary",
    ]  # fmt: skip
    others: list[Record] = [record for record in told if not isinstance(record, Marker)]
    assert others == [record for record in SESSION if not isinstance(record, Marker)]
    assert isinstance(told[-1], Summary)


def test_without_edits_records_are_as_they_were_told() -> None:
    assert edited_records(SESSION, []) == list(SESSION)


def test_no_two_markers_that_are_added_share_an_id() -> None:
    edits: list[MarkerEdit] = []
    for _ in range(3):
        edits += [MarkerEdit(id := new_id(edits), Marker(1.0, "a", "viewer")), MarkerEdit(id, None)]
    assert len({edit.id for edit in edits}) == 3


def test_an_account_goes_by_the_edits_and_what_was_recorded_stays(tmp_path: Path) -> None:
    folder = tmp_path / "monday"
    record_monday(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    plain: Account = account_of(Recording(folder))
    with editing(folder) as edits:
        edits.append(MarkerEdit("r0", None))
        edits.append(MarkerEdit("r2", Marker(3.0, "rating", "key", rating=2.0)))
    edited = account_of(Recording(folder))
    assert edited.markers == plain.markers[1:]
    assert [(m.time_s, m.rating) for m in edited.ratings] == [(3.0, 2.0), (8.0, -0.5)]
    assert edited.readings == plain.readings
    assert before.items() <= {path.name: path.read_bytes() for path in folder.iterdir()}.items()
    (folder / EDITS).unlink()
    assert account_of(Recording(folder)) == plain


def test_those_who_edit_at_once_lose_nothing_of_each_other(tmp_path: Path) -> None:
    def add() -> None:
        for _ in range(10):
            with editing(tmp_path) as edits:
                edits.append(MarkerEdit(new_id(edits), Marker(1.0, "a", "viewer")))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(edit.id for edit in read_edits(tmp_path)) == sorted(f"n{n}" for n in range(40))


def test_a_block_that_fails_writes_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with editing(tmp_path) as edits:
            edits.append(MarkerEdit("r0", None))
            raise UsageError("no")

    with pytest.raises(UsageError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_there_is_an_end_to_them(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no more"), editing(tmp_path) as edits:
        edits += [MarkerEdit("r0", None)] * (MOST_EDITS + 1)
    assert read_edits(tmp_path) == []


def test_damaged_edits_are_one_line_and_are_left_as_they_are(tmp_path: Path) -> None:
    (tmp_path / EDITS).write_text("{")
    with pytest.raises(RecordingError, match="is damaged: mend it, or move it away"), editing(tmp_path):
        pass
    assert (tmp_path / EDITS).read_text() == "{"


def test_a_recording_that_is_gone_cannot_be_edited(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="cannot be edited"), editing(tmp_path / "gone"):
        pass
