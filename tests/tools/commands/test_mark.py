"""`fsrf mark` from its command line, with a real session in another thread of this process."""

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from fsrf_live.stream.flow.records import Marker
from fsrf_live.stream.recording.recorded import Recording
from fsrf_live.tools.main import main
from tests.doubles.cli import Fsrf
from tests.doubles.waiting import until


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's runtime folder."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / "fsrf-live"


def test_a_running_session_is_marked_and_its_recording_tells_it(
    fsrf: Fsrf, torch_engine: Sequence[str], tmp_path: Path, folder: Path
) -> None:
    sources = ("--camera", "fake", "--mic", "none", "--text", "none", "--duration", "6")
    outputs = ("--record", str(tmp_path / "monday"), "--jsonl", str(tmp_path / "out.jsonl"))
    words = ["live", *sources, *outputs, *torch_engine]
    live = threading.Thread(target=main, args=(words,))
    live.start()
    door = folder / f"{os.getpid()}.sock"
    assert until(door.exists, timeout_s=60.0)
    ran = fsrf("mark", "stimulus 3")
    rated = fsrf("mark", "--rating", "-1.5")
    live.join()
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("marked ")
    assert (rated.code, rated.err) == (0, "")
    marker, rating = (r for r in Recording(tmp_path / "monday").records() if isinstance(r, Marker))
    assert (rating.name, rating.rating) == ("rating", -1.5)
    assert (marker.name, marker.source) == ("stimulus 3", "command")
    assert f"{marker.time_s:.3f} s of session {os.getpid()}" in ran.out
    assert '"name":"stimulus 3"' in (tmp_path / "out.jsonl").read_text()
    assert not door.exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("stimulus 3",), "no live session of yours runs here"),
        (("stimulus 3", "--session", "1"), "no session 1 of yours runs here"),
        (("",), "a marker needs a name"),
        ((), "a marker needs a name"),
        (("--rating", "4"), "a rating of 4 is none: give a number from -3 to 3"),
        (("a\nb",), "control characters"),
        (("a" * 2**20,), "1048576 bytes is too long"),
    ],
)
def test_what_cannot_be_marked_is_one_line(fsrf: Fsrf, words: tuple[str, ...], says: str) -> None:
    ran = fsrf("mark", *words)
    assert ran.code == 2
    assert says in ran.line


def test_a_runtime_folder_of_somebody_else_is_one_line(fsrf: Fsrf, folder: Path) -> None:
    folder.symlink_to("/tmp")
    ran = fsrf("mark", "stimulus")
    assert ran.code == 2
    assert "is not a folder of yours" in ran.line
