"""The command on a real pseudo-terminal: a dashboard, then a summary, and the terminal as it was."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from fsrf_live.stream.dashboard.terminal import ENTER, LEAVE
from tests.conftest import REPOSITORY
from tests.doubles.media import write_sound
from tests.doubles.mosquitto import free_port

FAKES = ("--camera", "none", "--mic", "fake", "--text", "none")
PATIENCE_S = 60.0


@contextmanager
def on_a_terminal(
    *words: str, columns: int, encoding: str = "utf-8"
) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """``fsrf WORDS`` with a terminal for standard input and output, and that terminal's other end."""
    ours, its = pty.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}
    with subprocess.Popen(
        [sys.executable, "-m", "fsrf_live.tools.main", *words],
        cwd=REPOSITORY,
        stdin=its,
        stdout=its,
        stderr=subprocess.PIPE,
        env={**environment, "TERM": "xterm-256color", "PYTHONIOENCODING": encoding},
    ) as process:
        os.close(its)
        try:
            yield process, ours
        finally:
            process.kill()
            os.close(ours)


def read(terminal: int, until: str = "\0") -> str:
    """What the terminal shows, up to a text or to the end of the program."""
    text = ""
    while until not in text:
        ready, _, _ = select.select([terminal], [], [], PATIENCE_S)
        assert ready, f"nothing more came after {text[-500:]!r}"
        try:
            text += os.read(terminal, 65536).decode(errors="replace")
        except OSError:
            return text
    return text


@pytest.mark.parametrize("columns", [60, 100, 200])
def test_quitting_the_dashboard_leaves_a_summary_behind(torch_engine: Sequence[str], columns: int) -> None:
    with on_a_terminal("live", *FAKES, *torch_engine, columns=columns) as (process, terminal):
        shown = read(terminal, until="fake microphone")
        assert ENTER in shown
        os.write(terminal, b"q")
        rest = read(terminal)
        assert process.wait(PATIENCE_S) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""
    _, summary = rest.split(LEAVE)
    assert "nothing to say" in summary
    assert "mic" in summary


def test_with_a_page_nothing_is_drawn_and_a_summary_is_left_behind(torch_engine: Sequence[str]) -> None:
    words = ("live", *FAKES, "--page", str(free_port()), "--duration", "1", *torch_engine)
    with on_a_terminal(*words, columns=80) as (process, terminal):
        text = read(terminal)
        assert process.wait(PATIENCE_S) == 0
        assert ENTER not in text
        assert "{" not in text
        assert "fake microphone" in text
        assert process.stderr is not None
        assert process.stderr.read().startswith(b"fsrf: the page is at http://127.0.0.1:")


def test_ctrl_c_on_the_dashboard_is_one_line_after_the_terminal_is_back(torch_engine: Sequence[str]) -> None:
    with on_a_terminal("live", *FAKES, *torch_engine, columns=100) as (process, terminal):
        read(terminal, until="fake microphone")
        process.send_signal(2)
        rest = read(terminal)
        assert process.wait(PATIENCE_S) == 130
        assert process.stderr is not None
        assert process.stderr.read() == b"fsrf: interrupted\n"
    assert LEAVE in rest


def test_analyze_shows_a_table_and_a_summary(torch_engine: Sequence[str]) -> None:
    with on_a_terminal("analyze", *torch_engine, "demo/README.md", columns=100) as (process, terminal):
        assert read(terminal) == ""
        assert process.wait(PATIENCE_S) == 4
        assert process.stderr is not None
        assert process.stderr.read().count(b"\n") == 1
    with on_a_terminal("analyze", *torch_engine, "--text", "Fine.", columns=100) as (process, terminal):
        shown = read(terminal)
        assert process.wait(PATIENCE_S) == 0
    assert "Fine." in shown
    assert "1 window" in shown


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_that_lacks_letters_shows_what_it_can(torch_engine: Sequence[str], encoding: str) -> None:
    words = ("analyze", *torch_engine, "--text", "Schön 😀.")
    with on_a_terminal(*words, columns=100, encoding=encoding) as (process, terminal):
        shown = read(terminal)
        assert process.wait(PATIENCE_S) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert "1 window" in shown


def test_brackets_in_a_name_and_in_words_are_shown_as_they_are(
    torch_engine: Sequence[str], tmp_path: Path
) -> None:
    (tmp_path / "takes[").mkdir()
    sound = tmp_path / "takes[" / "final].wav"
    write_sound(sound, 1.0)
    words = ("analyze", *torch_engine, str(sound), "--text", ":smile: [/red] fine")
    with on_a_terminal(*words, columns=200) as (process, terminal):
        shown = read(terminal)
        assert process.wait(PATIENCE_S) == 0
    assert ":smile: [/red] fine" in shown
    assert "takes[/final].wav" in shown
