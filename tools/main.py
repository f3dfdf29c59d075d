"""``fsrf``: parses the command line, runs one command, and turns an error into one line and an exit code.

Nothing heavy is imported here: each command imports what it needs when it runs.
"""

import contextlib
import io
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from types import FrameType, ModuleType

from fsrf_live.fsrf.common.errors import FsrfError
from fsrf_live.tools.shell import exits
from fsrf_live.tools.shell.keeping import keep_outputs_apart, keep_what_is_read
from fsrf_live.tools.shell.leaving import Leaving
from fsrf_live.tools.shell.messages import Messages, listening
from fsrf_live.tools.shell.parsing import Parser, add_debug
from fsrf_live.tools.shell.provenance import version
from fsrf_live.tools.shell.quiet import native_silence, python_silence

_DESCRIPTION = "Live sentiment from camera, microphone and text. Goes on when one of them does not."


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Without `argv` it owns the process and its signals."""
    owns_process = argv is None
    words = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in words
    if owns_process:
        _fill_closed()
        _replace_what_terminals_cannot_show()
    leaving = Leaving() if owns_process else None
    with _signals(owns_process), native_silence(debug=debug, restore=not owns_process):
        if owns_process and not debug:
            python_silence()
        with listening(debug=debug) as messages:
            code = _guarded(words, debug, messages)
        if leaving is None:
            return _flush(code)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        leaving.code = _flush(code)
        return leaving.code


def _replace_what_terminals_cannot_show() -> None:
    """If a terminal is not UTF-8, it gets question marks for what it lacks, instead of an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def build_parser() -> Parser:
    """The whole command line."""
    parser = Parser(
        prog="fsrf", description=_DESCRIPTION, epilog="'fsrf COMMAND --help' says more about each."
    )
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    add_debug(parser)
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for command in commands():
        command.add(subparsers)
    return parser


def commands() -> tuple[ModuleType, ...]:
    """Each command's module; imported here, where Ctrl-C already ends in one line."""
    from fsrf_live.tools.commands import (
        analyze,
        baseline,
        build,
        devices,
        doctor,
        export,
        fetch,
        live,
        mark,
        models,
        profile,
        replay,
        serve,
        simulate,
        train,
        transcribe,
    )
    from fsrf_live.tools.commands.evaluation import evaluate
    from fsrf_live.tools.commands.fleet import streams

    return (
        live,
        analyze,
        transcribe,
        baseline,
        simulate,
        profile,
        devices,
        doctor,
        mark,
        replay,
        serve,
        export,
        streams,
        build,
        models,
        fetch,
        train,
        evaluate,
    )


def _run(words: Sequence[str], messages: Messages) -> int:
    parser = build_parser()
    args = parser.parse_args(words)
    if args.version:
        print(f"fsrf {version()}")
        return exits.OK
    if args.command is None:
        parser.print_help()
        return exits.USAGE
    keep_what_is_read(args)
    keep_outputs_apart(args)
    code = args.run(args, messages)
    assert isinstance(code, int)
    return code


def _guarded(words: Sequence[str], debug: bool, messages: Messages) -> int:
    """Run; report an error in one line."""
    try:
        return _run(words, messages)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else exits.OK
    except KeyboardInterrupt:
        exits.say("interrupted")
        return exits.INTERRUPTED
    except BrokenPipeError:
        _abandon_stdout()
        return exits.OK
    except FsrfError as error:
        return _failed(str(error), exits.code_of(error), debug)
    except OSError as error:
        return _failed(_os_message(error), exits.INTERNAL, debug)
    except Exception as error:  # noqa: BLE001 - the outermost edge: our own bugs are reported in one line too
        return _failed(
            f"internal error, {type(error).__name__}: {error} (--debug shows where)", exits.INTERNAL, debug
        )


def _failed(message: str, code: int, debug: bool) -> int:
    if any(number == signal.SIGINT for number, _ in _ended):
        exits.say("interrupted")
        return exits.INTERRUPTED
    if debug:
        traceback.print_exc()
    exits.say(message)
    return code


def _os_message(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"


PATIENCE_S = 2.0
"""Further signals this soon after the first are ignored, so that impatience does not stop the clean-up."""

_ended: list[tuple[int, float]] = []
"""Which signals ended it, and when: an import that is interrupted may turn that into an error of its own."""


@contextlib.contextmanager
def _signals(owns_process: bool) -> Iterator[None]:
    """Ctrl-C interrupts; SIGTERM and SIGHUP unwind the same way, so that all is closed and summed up."""
    _ended.clear()
    if not owns_process:
        yield
        return
    signal.signal(signal.SIGINT, _on_signal)
    signal.signal(signal.SIGTERM, _on_signal)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # nohup has it ignored
        signal.signal(signal.SIGHUP, _on_signal)
    yield


def _on_signal(number: int, frame: FrameType | None) -> None:
    now = time.monotonic()
    if _ended and now - _ended[0][1] < PATIENCE_S:
        return
    _ended.append((number, now))
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(exits.TERMINATED if number == signal.SIGTERM else exits.HUNG_UP)


def _fill_closed() -> None:
    """Redirect closed standard streams to the null device, so that no file gets their descriptor."""
    for number in range(3):  # in order: open() takes the lowest free number
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDONLY if number == 0 else os.O_WRONLY)
    for name, number in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w", encoding="utf-8"))


def _flush(code: int) -> int:
    """Write out what is still buffered; a closed pipe is no error."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _abandon_stdout()
    except (OSError, ValueError) as error:
        exits.say(f"standard output: {error}")
        return code or exits.INTERNAL
    return code


def _abandon_stdout() -> None:
    """Redirect standard output to the null device, so that the flush at exit does not fail."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


if __name__ == "__main__":
    raise SystemExit(main())
