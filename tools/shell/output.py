"""Where a command's records go: JSON lines to a file or to standard output, or a terminal for people."""

import contextlib
import select
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from fsrf_live.fsrf.common.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from fsrf_live.stream.flow.records import Record
    from fsrf_live.stream.flow.sinks import Sink

STANDARD_OUTPUT = "-"


@contextlib.contextmanager
def writing(
    option: str, path: Path | str, advice: str = "choose a file that can be written"
) -> Iterator[None]:
    """While a file is written that an option asked for: raises UsageError in place of OSError."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{option} {path}: {error.strerror}; {advice}") from error


def keep_what_is_read(outputs: Mapping[str, Path | str | None], read: Iterable[Path | str | None]) -> None:
    """Refuse to write over a file that is read, by whatever name or link; raises UsageError.

    `outputs` are files by their options, `read` files and folders; what there is none of does not matter.
    """
    named = [Path(name) for name in read if name is not None and Path(name).exists()]
    for option, output in outputs.items():
        if output is None or output == STANDARD_OUTPUT or not Path(output).is_file():
            continue
        for name in named:
            files = name.rglob("*") if name.is_dir() else [name]
            if any(file.samefile(output) for file in files if file.is_file()):
                raise UsageError(f"{option} {output} would write over {name}, which is read; choose another")


def writable(option: str, name: str | None) -> Path | None:
    """The file that an option asks for, left as it is; raises UsageError now, not when the work is done.

    A named pipe is not even opened: its reader would take that for the end.
    """
    if name is None:
        return None
    path = Path(name)
    with writing(option, name):
        if not path.is_fifo():
            there = path.is_symlink() or path.exists()
            path.open("a", encoding="utf-8").close()
            if not there:
                path.unlink()
    return path


def writable_folder(option: str, name: Path | str) -> Path:
    """The folder that an option asks for, made where there is none; raises UsageError as `writable` does."""
    folder = Path(name)
    with writing(option, folder, "choose a folder to write to"):
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    return folder


class JsonFile:
    """JSON lines in a file that is named in every error."""

    closed = False

    def __init__(self, path: Path) -> None:
        """Begin the file anew; raises UsageError where it cannot be written."""
        from fsrf_live.stream.flow.sinks import JsonLines

        self._path = path
        with writing("--jsonl", path):
            self._lines = JsonLines(path.open("w", encoding="utf-8"), owns=True)

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


def reader_gone(stream: TextIO) -> bool:
    """Whether a pipe has lost its reader, which is seen here even while there is nothing to write."""
    try:
        poll = select.poll()
        poll.register(stream.fileno(), 0)
        return any(event & select.POLLERR for _, event in poll.poll(0))
    except (AttributeError, OSError, ValueError):
        return False


def console() -> "Console":
    """Standard output for people: colours on a terminal, none if NO_COLOR is set.

    Brackets and colons are taken as they are, since names of files and spoken words are printed too.
    """
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


@cache
def work_console() -> "Console":
    """Standard error, for lines and bars about long work: one, so that neither is written over the other."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def say_on_screen() -> Callable[[str], None]:
    """Prints lines about long work to standard error."""
    screen = work_console()
    return lambda line: screen.print(line, soft_wrap=True, markup=False)


def _standard_output() -> "Sink":
    from fsrf_live.stream.flow.sinks import JsonLines

    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8")
    return JsonLines(sys.stdout)
