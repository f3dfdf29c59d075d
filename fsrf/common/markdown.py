"""What all pages of figures share: a table, how a page was made, and where it is written."""

import contextlib
import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path

import numpy as np

from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.common.files import write_whole

_Row = Sequence[str]


def grid(head: _Row, rows: Sequence[_Row]) -> str:
    """A Markdown table whose columns line up; all but the first are set right."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    rule = [("-" * w if i == 0 else "-" * (w - 1) + ":") for i, w in enumerate(widths)]
    return "\n".join(
        "| "
        + " | ".join(
            cell.ljust(w) if i == 0 else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(line, widths, strict=True))
        )
        + " |"
        for line in (lines[0], rule, *lines[1:])
    )


def printed_by(command: str, commit: str) -> str:
    """A sentence without its end: the command line, the commit and the versions that made a page."""
    torch = metadata.version("torch")  # to import it takes seconds and 180 MB
    versions = f"Python {platform.python_version()}, torch {torch}, numpy {np.__version__}"
    return f"Printed by `{command}` at commit {commit}; {versions}"


@contextlib.contextmanager
def report_in(folder: Path) -> Iterator[None]:
    """While a report is written into a folder, which is made: raises DataError in place of OSError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise DataError(f"the report cannot be written to {folder}: {error.strerror}") from error


def write_page(folder: Path, name: str, parts: Sequence[str], figures: Mapping[str, object]) -> Path:
    """Write ``NAME.md`` and the figures beside it, ``NAME.json``; returns the page's path."""
    page = folder / f"{name}.md"
    write_whole(page, ("\n\n".join(parts) + "\n").encode())
    write_whole(folder / f"{name}.json", (compact(figures, levels=2) + "\n").encode())
    return page


def compact(figures: object, levels: int) -> str:
    """JSON in which the first `levels` of mappings have a line for each entry."""
    if levels == 0 or not isinstance(figures, Mapping):
        return json.dumps(figures, separators=(",", ":"))
    lines = (f"{json.dumps(name)}:{compact(one, levels - 1)}" for name, one in figures.items())
    return "{\n" + ",\n".join(lines) + "\n}"
