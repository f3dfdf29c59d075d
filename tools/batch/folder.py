"""The folder of a batch: a result a row, and the rows that failed.

DIR/results/talk-9f2c….jsonl    first what the row says and its fingerprint, then its records
DIR/failed.csv                  row, media and error of those that failed; failed-3-of-100.csv of a shard
"""

import json
from collections.abc import Iterable
from pathlib import Path

from fsrf_live.fsrf.common.csv_rows import csv_row
from fsrf_live.fsrf.common.files import write_whole
from fsrf_live.stream.flow.text import printable
from fsrf_live.tools.batch.shard import UNDIVIDED, Shard
from fsrf_live.tools.batch.work import Head

Failed = tuple[int, str, str]
"""Number, media and error of a row."""


class BatchFolder:
    """Whatever is in it is whole: files are written beside their place and renamed. Raises OSError."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._results = root / "results"
        self._results.mkdir(parents=True, exist_ok=True)

    def head(self, name: str) -> Head | None:
        """What a result says of itself; None if there is none, or one that is damaged."""
        try:
            with self._place(name).open("rb") as file:
                first = json.loads(file.readline())
            return Head(first["fingerprint"], first["error"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, name: str, result: bytes) -> None:
        """Put a result in place of the one before."""
        write_whole(self._place(name), result)

    def records(self, name: str) -> list[str]:
        """The lines of a result, without its head."""
        # Not splitlines: what is said may hold characters that end a line there, as U+2028.
        return self._place(name).read_text(encoding="utf-8").split("\n")[1:-1]

    def list_failed(self, failed: Iterable[Failed], shard: Shard) -> Path:
        """Write which rows of a shard failed, each with its error in one line; gives the file."""
        rows = ((number, media, printable(error)) for number, media, error in sorted(failed))
        text = "".join(map(csv_row, (("row", "media", "error"), *rows)))
        part = "" if shard == UNDIVIDED else f"-{shard.number}-of-{shard.of}"
        path = self.root / f"failed{part}.csv"
        write_whole(path, text.encode("utf-8", "replace"))
        return path

    def _place(self, name: str) -> Path:
        return self._results / f"{name}.jsonl"
