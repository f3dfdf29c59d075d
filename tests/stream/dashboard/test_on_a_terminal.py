"""The dashboard in a real pseudo-terminal: keys, resizing, and the terminal as it was on every way out."""

import fcntl
import os
import pty
import select
import shlex
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fsrf_live.stream.dashboard.cells import MINUS
from fsrf_live.stream.dashboard.terminal import ENTER, LEAVE, split_keys
from tests.conftest import REPOSITORY

CHILD = [sys.executable, "-m", "tests.stream.dashboard.on_a_terminal"]
ROOT = REPOSITORY
PATIENCE_S = 60.0


class Screen:
    """The terminal's other end: what was written, what is typed."""

    def __init__(self, command: list[str], columns: int, rows: int) -> None:
        self.master, self._slave = pty.openpty()
        self.resize(columns, rows)
        self.before = termios.tcgetattr(self._slave)
        self.text = ""
        self._seen = 0
        self.process = subprocess.Popen(
            command,
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            preexec_fn=self._lead,
            env=_env(),
        )

    def _lead(self) -> None:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def wait_for(self, wanted: str) -> None:
        """Read until this has been written after what was waited for before."""
        while wanted not in self.text[self._seen :]:
            ready, _, _ = select.select([self.master], [], [], PATIENCE_S)
            assert ready, f"{wanted!r} never came; the last of what did: {self.text[-2000:]!r}"
            try:
                self.text += os.read(self.master, 65536).decode(errors="replace")
            except OSError:
                raise AssertionError(f"the program ended without {wanted!r}: {self.text[-2000:]!r}") from None
        self._seen = self.text.index(wanted, self._seen) + len(wanted)

    def settings(self) -> list[object]:
        return termios.tcgetattr(self._slave)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self._slave)


def _env() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
    return {**kept, "TERM": "xterm-256color", "PYTHONUTF8": "1"}


@contextmanager
def on_a_terminal(kind: str, columns: int = 60, rows: int = 20) -> Iterator[Screen]:
    screen = Screen([*CHILD, kind], columns, rows)
    try:
        yield screen
    finally:
        screen.close()


def assert_left_as_found(screen: Screen) -> None:
    assert screen.settings() == screen.before
    assert screen.text.count(ENTER) == screen.text.count(LEAVE) == 1
    assert screen.text.index(ENTER) < screen.text.index(LEAVE)


@pytest.mark.parametrize(("columns", "rows"), [(60, 20), (100, 30), (200, 50)])
def test_it_draws_acts_on_keys_and_leaves_the_terminal_as_found(columns: int, rows: int) -> None:
    with on_a_terminal("goes on", columns, rows) as screen:
        screen.wait_for("neutral")
        assert screen.settings() != screen.before
        screen.type("1")
        screen.wait_for("text cut")
        screen.type("f")
        screen.wait_for("rehearsing mic:mute@2s")
        screen.type(" ")
        screen.wait_for("FROZEN")
        screen.type("?")
        screen.wait_for("closes")
        screen.type("\x1b[A")
        screen.type("q")
        screen.wait_for("[quit: cut text, fault]")
        assert screen.process.wait() == 0
        assert_left_as_found(screen)


def test_a_key_marks_the_moment_and_another_one_asks_for_its_name() -> None:
    with on_a_terminal("goes on", 100, 30) as screen:
        screen.wait_for("neutral")
        screen.type("m")
        screen.wait_for("20.0 s is marked: marker 1")
        screen.type("M")
        screen.wait_for("Enter sets it")
        screen.type("quiz 3?x")
        screen.wait_for("quiz 3?x")
        screen.type("\x7f\n")
        screen.wait_for("20.0 s is marked: quiz 3?")
        screen.type("Mquite\x1b")
        screen.wait_for("next fault")
        screen.type("M\n")
        screen.type("m")
        screen.wait_for("20.0 s is marked: marker 2")
        screen.type("q")
        screen.wait_for("[quit: key marker 1, key quiz 3?, key marker 2]")


def test_keys_rate_the_person_by_steps_within_the_scale() -> None:
    with on_a_terminal("goes on", 100, 30) as screen:
        screen.wait_for("neutral")
        screen.type("=")
        screen.wait_for("20.0 s is rated +0.5")
        screen.type("+0-")
        screen.wait_for(f"20.0 s is rated {MINUS}0.5")
        screen.type("-" * 8)
        screen.wait_for(f"20.0 s is rated {MINUS}3.0")
        screen.type("q")
        steps = ("+0.5", "+1.0", "+0.0", *(f"-{n / 2:.1f}" for n in range(1, 7)), "-3.0", "-3.0", "-3.0")
        screen.wait_for(f"[quit: {', '.join(f'key rating {step}' for step in steps)}]")


def test_it_ends_with_the_session() -> None:
    with on_a_terminal("ends") as screen:
        screen.wait_for("[ended: ]")
        assert_left_as_found(screen)


def test_a_frozen_picture_says_that_the_session_has_ended_and_stays() -> None:
    with on_a_terminal("ends at a fault", 100, 30) as screen:
        screen.type(" ")
        screen.wait_for("FROZEN")
        screen.type("f")
        screen.wait_for("ended")
        screen.type(" ")
        screen.wait_for("[ended: fault]")
        assert_left_as_found(screen)


def test_a_snapshot_that_fails_is_shown_and_the_session_goes_on() -> None:
    with on_a_terminal("broken") as screen:
        screen.wait_for("ValueError: a broken")
        screen.type("q")
        screen.wait_for("the dashboard failed")
        screen.wait_for("[quit: ]")
        assert_left_as_found(screen)


@pytest.mark.parametrize("kind", ["raises", "crash"])
def test_a_crash_leaves_the_terminal_as_found(kind: str) -> None:
    with on_a_terminal(kind) as screen:
        screen.wait_for("RuntimeError" if kind == "raises" else "GeneratorExit")
        assert screen.process.wait() == 1
        assert_left_as_found(screen)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_the_terminal_is_as_found(number: signal.Signals) -> None:
    with on_a_terminal("goes on") as screen:
        screen.wait_for("neutral")
        screen.process.send_signal(number)
        screen.wait_for(LEAVE)
        assert screen.process.wait() == 128 + number
        assert_left_as_found(screen)


def test_ctrl_c_interrupts_and_the_terminal_is_as_found() -> None:
    with on_a_terminal("goes on") as screen:
        screen.wait_for("neutral")
        screen.type("\x03")
        screen.wait_for("[interrupted: ]")
        assert_left_as_found(screen)


def test_ctrl_z_gives_the_terminal_back_for_the_time_being() -> None:
    child = shlex.join([*CHILD, "goes on"])
    script = f"set -m; {child}; echo '[stopped]'; stty -a; read -r _; fg >/dev/null; echo '[done]'"
    screen = Screen(["bash", "-c", script], 60, 20)
    try:
        screen.wait_for("neutral")
        screen.type("\x1a")
        screen.wait_for("[stopped]")
        screen.wait_for(" icanon")
        assert screen.text.count(LEAVE) == 1
        screen.type("\n")
        screen.wait_for("neutral")
        screen.type("q")
        screen.wait_for("[done]")
        assert screen.text.count(ENTER) == screen.text.count(LEAVE) == 2
    finally:
        screen.close()


def test_a_resized_window_gets_the_layout_of_its_new_size() -> None:
    with on_a_terminal("goes on", 60, 20) as screen:
        screen.wait_for("neutral")
        assert "╭" not in screen.text
        screen.resize(100, 40)
        screen.wait_for("╭")
        screen.type("q")
        screen.wait_for("[quit: ]")
        assert_left_as_found(screen)


@pytest.mark.parametrize(
    ("typed", "keys", "rest"),
    [
        ("q", ["q"], ""),
        ("1 ?", ["1", " ", "?"], ""),
        ("\x1b[A\x1b[1;5Cq", ["q"], ""),
        ("\x1bOPq\x1bx", ["q"], ""),
        ("q\x1b[1;", ["q"], "\x1b[1;"),
        ("\x1b[<0;10;10Mq", ["q"], ""),
    ],
)
def test_escape_sequences_are_no_keys(typed: str, keys: list[str], rest: str) -> None:
    assert split_keys(typed) == (keys, rest)
