"""Where a command's records go: JSON lines to a file or to standard output, or a terminal for people."""

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from stream.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from stream.records import Record
    from stream.sinks import Sink

STANDARD_OUTPUT = "-"


class JsonFile:
    """JSON lines in a file that is named in every error."""

    closed = False

    def __init__(self, path: Path) -> None:
        """Begin the file anew; raises UsageError where it cannot be written."""
        from stream.sinks import JsonLines

        self._path = path
        try:
            self._lines = JsonLines(path.open("w", encoding="utf-8"), owns=True)
        except OSError as error:
            raise UsageError(
                f"--jsonl {path}: {error.strerror}; choose a file that can be written"
            ) from error

    def emit(self, record: "Record") -> None:
        """Write one record; raises OSError with the file's name, as where the disk is full."""
        try:
            self._lines.emit(record)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self._path)) from error

    def close(self) -> None:
        """Close the file."""
        with contextlib.suppress(OSError):
            self._lines.close()


def json_sink(target: str | None, *, for_people: bool) -> "Sink | None":
    """The sink for ``--jsonl``; standard output where nothing was asked for and no people look at it."""
    if target is None and for_people:
        return None
    if target is None or target == STANDARD_OUTPUT:
        return _standard_output()
    return JsonFile(Path(target))


def for_people(target: str | None) -> bool:
    """Whether standard output is a terminal and free for something that people read."""
    return target != STANDARD_OUTPUT and is_terminal(sys.stdout)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream leads to a terminal; False where it is closed."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def console() -> "Console":
    """Standard output for people: colours on a terminal, none where NO_COLOR is set."""
    from rich.console import Console

    return Console(highlight=False)


def _standard_output() -> "Sink":
    from stream.sinks import JsonLines

    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8")
    return JsonLines(sys.stdout)
