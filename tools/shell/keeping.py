"""What is read is never written over, and no two outputs meet, by whatever name or link: for all commands.

`main` asks it before a command runs; `analyze` asks again for the files that a manifest names.
"""

import argparse
from collections.abc import Iterable, Iterator
from itertools import combinations
from pathlib import Path

from fsrf_live.fsrf.common.errors import UsageError

READ = (
    "media",
    "manifest",
    "captions",
    "camera",
    "mic",
    "text",
    "folder",
    "file",
    "data",
    "fault",
    "checkpoint",
    "baseline",
    "tls_cert",
    "tls_key",
    "zenoh_config",
)
"""Arguments that may name what is read."""
WRITTEN = ("jsonl", "json", "trace", "vtt", "srt", "out", "merge")
"""Arguments that may name a file to write; ``--sink`` does it in a way of its own."""
FILLED = ("report", "record")
"""Arguments that may name a folder to write into."""
OF_A_BATCH = ("results", "failed.csv")
"""What ``--out`` fills of its folder; the merged results may lie there too."""
OPEN_STREAMS = ("/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/self/fd/")
"""How names begin of what is open already, wherever it leads."""
REPORTED = (".md", ".csv", ".json", ".svg", ".png")
"""How the files of a report end."""


def keep_what_is_read(args: argparse.Namespace, more: Iterable[Path] = ()) -> None:
    """Refuse outputs over what the arguments, or `more`, say is read; raises UsageError."""
    read = [*_read_by(args), *more]
    for option, name in _written_by(args, WRITTEN):
        if not (_is_there(name) and Path(name).is_file()):
            continue
        for file in read:
            if any(part.samefile(name) for part in _files_of(file)):
                raise UsageError(f"{option} would write over {file}, which is read; choose another")
    report = getattr(args, "report", None)
    if report is None or not _is_there(report):
        return
    for file in read:
        if file.suffix in REPORTED and file.is_file() and file.parent.samefile(report):
            raise UsageError(f"--report {report}: {file} lies there and is read; choose another folder")


def keep_outputs_apart(args: argparse.Namespace) -> None:
    """Refuse two outputs to one place, or one inside a folder that another fills; raises UsageError."""
    for (first, one), (second, other) in combinations(_places(args), 2):
        if one == other or one in other.parents or other in one.parents or _are_one_file(one, other):
            raise UsageError(f"{first} and {second} would write to one place; choose another for one of them")


def _read_by(args: argparse.Namespace) -> Iterator[Path]:
    """Files and folders that arguments name, and the captions that lie beside the media."""
    for argument in READ:
        value = getattr(args, argument, None)
        for name in value if isinstance(value, list) else [value]:
            if isinstance(name, str) and _is_there(name):
                yield Path(name)
    # Who has no option for words reads none: `transcribe` finds them, and may replace those of the last time.
    if getattr(args, "media", None) and ("text" in args or "captions" in args):
        from fsrf_live.stream.sources.captions import captions_beside

        beside = captions_beside(args.media)
        if beside is not None:
            yield beside


def _written_by(args: argparse.Namespace, arguments: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The options with a file or folder to write, as they were given, each with its name."""
    for argument in arguments:
        name = getattr(args, argument, None)
        if isinstance(name, str) and name != "-":
            yield f"--{argument} {name}", name
    if sinks := getattr(args, "sink", ()):
        from fsrf_live.stream.flow.sinks import TO_FILES, TO_FOLDERS

        for spec in sinks:
            kind, _, target = spec.partition(":")
            if target and kind in (*TO_FILES, *TO_FOLDERS):
                yield f"--sink {spec}", target


def _places(args: argparse.Namespace) -> Iterator[tuple[str, Path]]:
    """Where each output lies, through links; devices and pipes are left out: many may write there in turn."""
    for option, name in _written_by(args, (*WRITTEN, *FILLED)):
        if name.startswith(OPEN_STREAMS):
            continue
        for part in OF_A_BATCH if option == f"--out {name}" else ("",):
            file = Path(name, part)
            try:
                if not file.exists() or file.is_file() or file.is_dir():
                    yield option, file.resolve()
            except (OSError, ValueError, RuntimeError):  # the last for links in a circle, before Python 3.13
                continue


def _are_one_file(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def _files_of(place: Path) -> Iterator[Path]:
    return (file for file in (place.rglob("*") if place.is_dir() else [place]) if file.is_file())


def _is_there(name: str) -> bool:
    """Whether it names anything; what can be no name, such as a long text, does not."""
    try:
        return Path(name).exists()
    except (OSError, ValueError):
        return False
