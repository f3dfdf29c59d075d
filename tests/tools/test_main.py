"""Exit codes and the one line that goes with each."""

import argparse
import signal
import sys
from collections.abc import Callable

import pytest

from fsrf_live.fsrf.common.errors import (
    CheckpointError,
    DataError,
    EngineError,
    FsrfError,
    MediaError,
    RecordingError,
    SourceError,
    UsageError,
)
from fsrf_live.tools import main
from fsrf_live.tools.shell import exits
from fsrf_live.tools.shell.messages import Messages
from tests.doubles.cli import Fsrf


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Makes ``fsrf devices`` raise."""

    def fail(error: BaseException) -> None:
        def run(args: argparse.Namespace, messages: Messages) -> int:
            raise error

        monkeypatch.setattr("fsrf_live.tools.commands.devices.run", run)

    return fail


def test_help_tells_every_command(fsrf: Fsrf) -> None:
    ran = fsrf("--help")
    assert ran.code == exits.OK
    for name in ("live", "analyze", "devices", "doctor", "build", "train", "replay"):
        assert f"    {name} " in ran.out


@pytest.mark.parametrize("command", [c.__name__.rpartition(".")[2] for c in main.commands()])
def test_every_command_explains_itself(fsrf: Fsrf, command: str) -> None:
    ran = fsrf(command, "--help")
    assert ran.code == exits.OK
    assert ran.out.startswith(f"usage: fsrf {command}")
    assert max(map(len, ran.out.splitlines())) <= 110


def test_version_is_one_line(fsrf: Fsrf) -> None:
    ran = fsrf("--version")
    assert (ran.code, ran.out.count("\n"), ran.err) == (exits.OK, 1, "")
    assert ran.out.startswith("fsrf 0.")


def test_without_a_command_it_shows_the_help_and_means_usage(fsrf: Fsrf) -> None:
    ran = fsrf()
    assert ran.code == exits.USAGE
    assert "commands:" in ran.out


@pytest.mark.parametrize(
    "words", [["sing"], ["live", "--loud"], ["analyze", "a", "b"], ["live", "--duration", "x"]]
)
def test_a_wrong_command_line_is_one_line_that_names_the_help(fsrf: Fsrf, words: list[str]) -> None:
    ran = fsrf(*words)
    assert ran.code == exits.USAGE
    assert ran.line.startswith("fsrf: ")
    assert "--help" in ran.line


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError, 2),
        (SourceError, 3),
        (MediaError, 4),
        (RecordingError, 4),
        (DataError, 4),
        (EngineError, 5),
        (CheckpointError, 5),
        (FsrfError, 1),
    ],
)
def test_each_error_has_its_code(
    fsrf: Fsrf, failing: Callable[[BaseException], None], error: type[FsrfError], code: int
) -> None:
    failing(error("the cable\nis out"))
    ran = fsrf("devices")
    assert ran.code == code
    assert ran.line == "fsrf: the cable is out"


def test_a_mistake_of_ours_is_one_line_too(fsrf: Fsrf, failing: Callable[[BaseException], None]) -> None:
    failing(ZeroDivisionError("division by zero"))
    ran = fsrf("devices")
    assert ran.code == exits.INTERNAL
    assert "ZeroDivisionError: division by zero" in ran.line
    assert "--debug" in ran.line


def test_an_error_of_the_system_names_the_file(fsrf: Fsrf, failing: Callable[[BaseException], None]) -> None:
    failing(OSError(28, "No space left on device", "readings.jsonl"))
    ran = fsrf("devices")
    assert ran.code == exits.INTERNAL
    assert ran.line == "fsrf: readings.jsonl: No space left on device"


@pytest.mark.parametrize("words", [["--debug", "devices"], ["devices", "--debug"]])
def test_debug_adds_the_trace(fsrf: Fsrf, failing: Callable[[BaseException], None], words: list[str]) -> None:
    failing(SourceError("the cable is out"))
    ran = fsrf(*words)
    assert ran.code == exits.NO_SOURCE
    assert ran.err.startswith("Traceback (most recent call last):")
    assert ran.err.endswith("fsrf: the cable is out\n")


def test_an_interruption_is_one_line(fsrf: Fsrf, failing: Callable[[BaseException], None]) -> None:
    failing(KeyboardInterrupt())
    ran = fsrf("devices")
    assert (ran.code, ran.line) == (exits.INTERRUPTED, "fsrf: interrupted")


def test_a_reader_that_went_away_is_no_error(fsrf: Fsrf, failing: Callable[[BaseException], None]) -> None:
    failing(BrokenPipeError())
    ran = fsrf("devices")
    assert (ran.code, ran.err) == (exits.OK, "")


def test_a_command_in_process_leaves_streams_and_signals_as_they_were(fsrf: Fsrf) -> None:
    before = (sys.stdout, sys.stderr, signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))
    fsrf("--version")
    after = (sys.stdout, sys.stderr, signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))
    assert after == before


def test_a_closed_standard_error_is_no_reason_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed:
        def write(self, text: str) -> int:
            raise ValueError("I/O operation on closed file")

        def flush(self) -> None:
            raise ValueError("I/O operation on closed file")

    monkeypatch.setattr(sys, "stderr", Closed())
    exits.say("unread")
