"""Rows of CSV that any reader reads back as they were."""

import csv
import io
from collections.abc import Iterable


def csv_row(cells: Iterable[object]) -> str:
    """One row with its newline: empty for None, ``true`` and ``false`` as in JSON."""
    text = io.StringIO()
    # Python's writer quotes the characters of its own line end alone: with "\n" a lone "\r" would end a row.
    csv.writer(text, lineterminator="\r\n").writerow(map(_as_shown, cells))
    return text.getvalue().removesuffix("\r\n") + "\n"


def _as_shown(cell: object) -> object:
    return str(cell).lower() if isinstance(cell, bool) else cell
