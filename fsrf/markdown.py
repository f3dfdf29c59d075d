"""What all pages of figures share: a table, and how a page was made."""

import platform
from collections.abc import Sequence

import numpy as np
import torch

Row = Sequence[str]


def grid(head: Row, rows: Sequence[Row]) -> str:
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
    versions = f"Python {platform.python_version()}, torch {torch.__version__}, numpy {np.__version__}"
    return f"Printed by `{command}` at commit {commit}; {versions}"
