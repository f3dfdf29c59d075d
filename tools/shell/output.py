"""Where a command's records go: JSON lines to a file or to standard output, or a terminal for people."""

import contextlib
import io
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.fsrf.common.files import replacing

if TYPE_CHECKING:
    from rich.console import Console

    from fsrf_live.stream.flow.sinks import Sink

STANDARD_OUTPUT = "-"


@contextlib.contextmanager
def writing(
    option: str, path: Path | str, advice: str = "choose a file that can be written"
) -> Iterator[None]:
    """Around the writing of a file that an option asked for: raises UsageError in place of OSError."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{option} {path}: {error.strerror}; {advice}") from error


@contextlib.contextmanager
def written_whole(option: str, path: Path) -> Iterator[TextIO]:
    """The text file that an option asked for: it appears whole, or what was there stays.

    A pipe, a device, and a file whose folder cannot be written, get each part as it is flushed. Raises
    UsageError in place of OSError.
    """
    place = path.resolve()
    with writing(option, path):
        if place.exists() and not (place.is_file() and os.access(place.parent, os.W_OK)):
            with path.open("w", encoding="utf-8") as file:
                yield file
            return
        with replacing(place) as whole:
            file = io.TextIOWrapper(whole, encoding="utf-8")
            try:
                yield file
            finally:
                file.detach()  # flushes, and leaves it open for `replacing`


def writable(option: str, name: str | None) -> Path | None:
    """The file that an option asks for, left as it is; raises UsageError now, not when the work is done.

    A named pipe is not opened: its reader would take the closing for the end.
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
    """The folder that an option asks for, made if there is none; raises UsageError as `writable` does."""
    folder = Path(name)
    with writing(option, folder, "choose a folder to write to"):
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    return folder


def sinks_of(jsonl: str | None, named: Sequence[str], *, for_people: bool) -> "list[Sink]":
    """The sinks of ``--jsonl`` and of each ``--sink``; raises UsageError.

    Records go to standard output if no ``--jsonl`` says otherwise, unless it shows something to people.
    """
    from fsrf_live.stream.flow.sinks import TO_FILES, open_sinks

    # Files last: a sink that cannot be had must not cost the one of an earlier session.
    to_files = [spec for spec in named if spec.partition(":")[0] in TO_FILES]
    with contextlib.ExitStack() as opened:
        sinks = open_sinks([spec for spec in named if spec not in to_files])
        for sink in sinks:
            opened.callback(sink.close)
        own = [] if jsonl is None and for_people else [_json_sink(jsonl)]
        opened.pop_all()
    return open_sinks([*own, *sinks, *to_files])


def for_people(target: str | None) -> bool:
    """Whether standard output is a terminal and free for something that people read."""
    return target != STANDARD_OUTPUT and is_terminal(sys.stdout)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream leads to a terminal; False if it is closed."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def console() -> "Console":
    """Standard output for people: colours on a terminal, none if NO_COLOR is set.

    Brackets and colons are taken as they are, since names of files and spoken words are printed too.
    """
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


@cache
def work_console() -> "Console":
    """Standard error, for lines and bars about long work: one console, so that none is overwritten."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def say_on_screen() -> Callable[[str], None]:
    """Prints lines about long work to standard error."""
    screen = work_console()
    return lambda line: screen.print(line, soft_wrap=True, markup=False)


def _json_sink(target: str | None) -> "Sink":
    from fsrf_live.stream.flow.sinks import JsonFile, JsonLines

    if target is not None and target != STANDARD_OUTPUT:
        with writing("--jsonl", target):
            return JsonFile(Path(target))
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8")
    return JsonLines(sys.stdout)
