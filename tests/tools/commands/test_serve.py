"""`fsrf serve` from its command line."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.doubles.cli import Fsrf
from tests.doubles.mosquitto import free_port
from tests.doubles.page import cookie_of

GOLDEN = REPOSITORY / "tests" / "golden" / "recordings"


def test_it_says_where_it_is_serves_and_ends_with_ctrl_c() -> None:
    port = free_port()
    command = "from fsrf_live.tools.main import main; raise SystemExit(main())"
    words = [sys.executable, "-c", command, "serve", str(GOLDEN), "--port", str(port)]
    path = os.pathsep.join([str(REPOSITORY / "src"), str(REPOSITORY)])
    with subprocess.Popen(
        words, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path}
    ) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith(f"fsrf: the recordings are at http://127.0.0.1:{port}/?token=")
        assert cookie_of(line.split()[5]).startswith(f"fsrf-page-{port}=")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr.read() == "fsrf: interrupted\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "serve needs a folder"),
        (("gone",), "gone is no folder: name one with recordings of 'fsrf live --record'"),
        (("pyproject.toml",), "is no folder"),
        ((".", "--max-streams", "6"), "--max-streams: a worker of a fleet alone has that; give --worker"),
        ((".", "--max-load", "0.75", "--engine", "onnx"), "--max-load, --engine: a worker of a fleet alone"),
        ((".", "--precision", "fp32", "--checkpoint", "x"), "--precision, --checkpoint: a worker"),
        ((".", "--bus", "tcp/127.0.0.1:7447"), "--bus: a worker"),
        ((".", "--zenoh-config", "fleet.json5"), "--zenoh-config: a worker"),
        ((".", "--worker"), "--worker shows no recordings: leave DIR and --port out"),
        (("--worker", "--port", "8780"), "--worker shows no recordings: leave DIR and --port out"),
        ((".", "--port", "0"), "no port from 1 to 65535"),
        ((".", "--port", "0.0.0.0:80"), "it listens on this machine only"),
    ],
)
def test_what_cannot_be_served_is_one_line(fsrf: Fsrf, words: tuple[str, ...], says: str) -> None:
    ran = fsrf("serve", *words)
    assert ran.code == 2
    assert says in ran.line


def test_a_port_in_use_is_one_line_with_another_one(fsrf: Fsrf, tmp_path: Path) -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        ran = fsrf("serve", str(tmp_path), "--port", str(port))
    assert ran.code == 2
    assert f"--port {port}: " in ran.line
    assert f"give another port, as --port {port + 1}" in ran.line


def test_without_its_libraries_it_names_the_extra(
    fsrf: Fsrf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fsrf_live.stream.page.opening.NEEDS", ("no_such_library",))
    ran = fsrf("serve", str(tmp_path))
    assert ran.code == 2
    assert "pip install 'fsrf-live[page]'" in ran.line


def test_exports_and_ratings_go_by_the_edits(fsrf: Fsrf, tmp_path: Path) -> None:
    from fsrf_live.stream.flow.records import Marker
    from fsrf_live.stream.recording.edits import MarkerEdit, editing
    from tests.doubles.sessions import record_monday

    record_monday(tmp_path / "monday")
    with editing(tmp_path / "monday") as edits:
        edits.append(MarkerEdit("r0", Marker(2.25, "renamed", "key")))
        edits.append(MarkerEdit("r2", None))
        edits.append(MarkerEdit("r3", None))
    assert fsrf("export", str(tmp_path / "monday"), "--to", str(tmp_path)).code == 0
    for end in ("csv", "eaf", "html"):
        text = (tmp_path / f"monday.{end}").read_text()
        assert "renamed" in text
        assert "stimulus 1" not in text
    ran = fsrf("evaluate", "ratings", str(tmp_path / "monday"))
    assert ran.code == 2
    assert "was rated" in ran.line
