"""What a command reads is never written over, by whatever name or link: one law for all commands.

`main` asks it before a command runs; `analyze` asks again for the files that a manifest names.
"""

import argparse
from collections.abc import Iterable, Iterator, Mapping
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
"""Arguments that may name a file to write; ``--sink`` and ``--report`` do it in ways of their own."""
REPORTED = (".md", ".csv", ".json", ".svg", ".png")
"""How the files of a report end."""


def keep_what_is_read(args: argparse.Namespace, more: Iterable[Path] = ()) -> None:
    """Refuse outputs over what the arguments, or `more`, say is read; raises UsageError."""
    read = [*_read_by(args), *more]
    for option, output in _written_by(args).items():
        for name in read:
            if output.is_file() and any(file.samefile(output) for file in _files_of(name)):
                raise UsageError(f"{option} would write over {name}, which is read; choose another")
    report = getattr(args, "report", None)
    if report is None or not _is_there(report):
        return
    for name in read:
        if name.suffix in REPORTED and name.is_file() and name.parent.samefile(report):
            raise UsageError(f"--report {report}: {name} lies there and is read; choose another folder")


def _read_by(args: argparse.Namespace) -> Iterator[Path]:
    """Files and folders that arguments name, and the captions that lie beside the media."""
    for argument in READ:
        value = getattr(args, argument, None)
        for name in value if isinstance(value, list) else [value]:
            if isinstance(name, str) and _is_there(name):
                yield Path(name)
    if getattr(args, "media", None):
        from fsrf_live.stream.sources.captions import captions_beside

        beside = captions_beside(args.media)
        if beside is not None:
            yield beside


def _written_by(args: argparse.Namespace) -> Mapping[str, Path]:
    """Files that options name, by the options as they were given."""
    named = {
        f"--{option} {name}": name
        for option in WRITTEN
        if isinstance(name := getattr(args, option, None), str)
    }
    if sinks := getattr(args, "sink", ()):
        from fsrf_live.stream.flow.sinks import TO_FILES

        parts = (spec.partition(":") for spec in sinks)
        named |= {f"--sink {kind}:{target}": target for kind, _, target in parts if kind in TO_FILES}
    return {option: Path(name) for option, name in named.items() if name != "-" and _is_there(name)}


def _files_of(place: Path) -> Iterator[Path]:
    return (file for file in (place.rglob("*") if place.is_dir() else [place]) if file.is_file())


def _is_there(name: str) -> bool:
    """Whether it names anything; what can be no name, such as a long text, does not."""
    try:
        return Path(name).exists()
    except (OSError, ValueError):
        return False
