"""The door for markers of other processes: a real socket in a folder of this test."""

import contextlib
import json
import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.flow.markers import checked_marker, checked_rating
from fsrf_live.stream.live.door import MarkerDoor, marker_door, send_marker

HERE = str(os.getpid())


class Marks:
    """A session that marks one second after the other."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.ratings: list[float] = []

    def mark(self, name: str, rating: float | None) -> float:
        self.ratings += [] if rating is None else [checked_rating(rating)]
        self.names.append(checked_marker(name))
        return float(len(self.names))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's runtime folder."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / "fsrf-live"


@pytest.fixture
def marks() -> Iterator[Marks]:
    marks = Marks()
    with marker_door(marks.mark):
        yield marks


def said(folder: Path, data: bytes) -> dict[str, object]:
    """What the door answers to whoever comes with this."""
    with socket.socket(socket.AF_UNIX) as way:
        way.settimeout(20.0)
        way.connect(str(folder / f"{HERE}.sock"))
        way.sendall(data)
        way.shutdown(socket.SHUT_WR)
        answer: dict[str, object] = json.loads(way.recv(4096))
    return answer


def test_who_comes_marks_a_moment_and_is_told_which(marks: Marks) -> None:
    assert send_marker("stimulus 3, née", None, None) == (HERE, 1.0)
    assert send_marker("stimulus 4", None, HERE) == (HERE, 2.0)
    assert marks.names == ["stimulus 3, née", "stimulus 4"]


def test_a_moment_may_be_rated_too(marks: Marks) -> None:
    assert send_marker("rating", -1.5, None) == (HERE, 1.0)
    assert (marks.names, marks.ratings) == (["rating"], [-1.5])
    assert send_marker("rating", 0.00001, None) == (HERE, 2.0)
    assert marks.ratings[1] == pytest.approx(0.00001)
    with pytest.raises(UsageError, match="a rating of 4 is none"):
        send_marker("rating", 4.0, None)


def test_only_the_user_may_come(marks: Marks, folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / f"{HERE}.sock").stat().st_mode) == 0o600


def test_a_folder_that_others_may_enter_is_closed_to_them(folder: Path) -> None:
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    with marker_door(Marks().mark):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("spoil", [Path.touch, lambda folder: folder.symlink_to("/tmp")])
def test_a_folder_that_is_not_the_users_own_costs_the_door_and_not_the_session(
    folder: Path, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], None]
) -> None:
    spoil(folder)
    with marker_door(Marks().mark):
        assert "no 'fsrf mark' for this session" in caplog.text
        assert "set XDG_RUNTIME_DIR" in caplog.text


def test_without_a_session_it_says_what_to_do() -> None:
    with pytest.raises(UsageError, match="no live session of yours runs here: start one with 'fsrf live'"):
        send_marker("stimulus", None, None)


def test_another_session_than_those_that_run_is_refused(marks: Marks) -> None:
    with pytest.raises(UsageError, match="no session 1 of yours runs here"):
        send_marker("stimulus", None, "1")


def test_what_killed_sessions_left_is_passed_over_and_taken_away(marks: Marks, folder: Path) -> None:
    left = folder / "1.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(left))
    os.utime(left, (2**33, 2**33))
    assert send_marker("stimulus", None, None) == (HERE, 1.0)
    assert not left.exists()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "needs a name"),
        (b"\xff\xfe", "no UTF-8"),
        (b"a\nb", "control characters"),
        (b"a\n1\n", "control characters"),
        (b"rating\n4", "a rating of 4 is none"),
        (b"rating\nnan", "control characters"),
        (b"a" * 1025, "too long"),
    ],
)
def test_what_is_no_marker_is_refused_in_one_line_and_the_next_one_is_taken(
    marks: Marks, folder: Path, data: bytes, why: str
) -> None:
    refused = str(said(folder, data)["refused"])
    assert why in refused
    assert "\n" not in refused
    assert send_marker("stimulus", None, None) == (HERE, 1.0)


def test_one_that_sends_a_megabyte_is_left_and_the_next_one_is_taken(marks: Marks, folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as way:
        way.settimeout(20.0)
        way.connect(str(folder / f"{HERE}.sock"))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            way.sendall(b"a" * 2**20)
    assert send_marker("stimulus", None, None) == (HERE, 1.0)


def test_one_that_comes_and_goes_is_no_harm(marks: Marks, folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as way:
        way.connect(str(folder / f"{HERE}.sock"))
    assert send_marker("stimulus", None, None) == (HERE, 1.0)
    assert marks.names == ["stimulus"]


def test_what_the_session_refuses_is_told(folder: Path) -> None:
    def over(name: str, rating: float | None) -> float:
        raise UsageError("the session is over")

    with marker_door(over), pytest.raises(UsageError, match="the session is over"):
        send_marker("stimulus", None, None)


def test_nothing_is_left_of_a_door_that_is_closed(folder: Path) -> None:
    door = MarkerDoor(Marks().mark)
    door.close()
    assert list(folder.iterdir()) == []


def test_one_that_never_answers_is_given_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsrf_live.stream.live.door.DOOR_ANSWERS_S", 0.05)
    folder.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(folder / "7.sock"))
        silent.listen()
        with pytest.raises(UsageError, match="session 7 does not answer"):
            send_marker("stimulus", None, None)
