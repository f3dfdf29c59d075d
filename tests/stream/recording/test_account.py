"""What a recording tells as a whole."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.errors import RecordingError
from fsrf_live.stream.flow.items import State
from fsrf_live.stream.flow.records import Reading
from fsrf_live.stream.recording.account import Account, account_of, plain
from fsrf_live.stream.recording.recorded import Recording
from tests.conftest import REPOSITORY
from tests.doubles.sessions import AWKWARD, WALL_AT_EPOCH

GOLDEN = REPOSITORY / "tests" / "golden" / "recordings"


def test_seconds_count_from_the_beginning_of_the_session(account: Account) -> None:
    assert (account.name, account.duration_s) == ("monday", 12.0)
    assert str(account.begun) == WALL_AT_EPOCH
    assert [(marker.time_s, marker.name) for marker in account.markers] == [
        (2.0, "stimulus 1"),
        (2.1, AWKWARD),
    ]
    assert [(said.start_s, said.end_s, said.text) for said in account.words] == [
        (0.0, 2.0, "a good day"),
        (5.0, 7.0, "a good day"),
    ]


def test_each_window_is_told_once_by_its_last_revision_and_none_overlap(account: Account) -> None:
    all_of = [record for record in account.records if isinstance(record, Reading)]
    assert len(account.readings) == len({reading.window for reading in all_of}) < len(all_of)
    for reading in account.readings:
        assert reading.revision == max(r.revision for r in all_of if r.window == reading.window)
    for one, two in zip(account.readings, account.readings[1:], strict=False):
        assert one.end_s <= two.start_s


def test_each_source_is_in_one_state_at_each_moment_to_the_end(account: Account) -> None:
    camera = [spell for spell in account.spells if spell.source == "camera"]
    assert [(spell.state, spell.start_s, spell.end_s, spell.reason) for spell in camera] == [
        (State.LIVE, 0.0, 6.0, None),
        (State.LOST, 6.0, 8.0, "unplugged"),
        (State.LIVE, 8.0, 12.0, "it is back"),
    ]


def test_the_reading_of_a_moment_is_that_of_the_window_it_lies_in(account: Account) -> None:
    for reading in account.readings:
        assert account.reading_at(reading.start_s) is reading
        assert account.reading_at((reading.start_s + reading.end_s) / 2) is reading
    assert account.reading_at(-1.0) is None
    assert account.reading_at(account.readings[-1].end_s) is None


@pytest.mark.parametrize("name", ["whole", "bounded", "stepped", "marked", "wordless", "torn"])
def test_recordings_of_every_version_are_told_also_torn_ones(name: str) -> None:
    account = account_of(Recording(GOLDEN / name))
    assert account.readings
    assert (account.begun is None) == (name not in ("stepped", "marked", "wordless"))
    assert account.duration_s >= account.readings[-1].end_s


def test_without_a_summary_it_lasts_as_long_as_something_is_told(monday: Path, tmp_path: Path) -> None:
    shutil.copytree(monday, tmp_path / "killed")
    path = tmp_path / "killed" / "records.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-1]), encoding="utf-8")
    killed = account_of(Recording(tmp_path / "killed"))
    assert killed.summary is None
    assert killed.duration_s == max(record.until_s for record in killed.records) > 10


def test_one_without_records_is_refused_in_one_line(monday: Path, tmp_path: Path) -> None:
    shutil.copytree(monday, tmp_path / "empty")
    (tmp_path / "empty" / "records.jsonl").write_text("")
    with pytest.raises(RecordingError, match="empty holds no records: there is nothing to tell"):
        account_of(Recording(tmp_path / "empty"))


def test_recorded_media_tell_when_they_begin() -> None:
    film = account_of(Recording(GOLDEN / "heard")).film
    assert film is not None
    assert film.path.name == "media.mkv"
    assert 0 <= film.start_s < 1


def test_media_that_are_gone_are_left_out_and_other_ones_refused(tmp_path: Path) -> None:
    shutil.copytree(GOLDEN / "heard", tmp_path / "heard")
    media = tmp_path / "heard" / "media.mkv"
    media.unlink()
    assert account_of(Recording(tmp_path / "heard")).film is None
    shutil.copy(REPOSITORY / "demo" / "demo.mp4", media)
    with pytest.raises(RecordingError, match="was not written by 'fsrf live --record-media'"):
        account_of(Recording(tmp_path / "heard"))


@given(st.text())
def test_plain_text_may_stand_on_one_line_of_any_format(text: str) -> None:
    bare = plain(text)
    assert not any(character in bare for character in "\n\r\t\x00\x1b\ufffe\uffff")
    assert plain(bare) == bare
