"""The rows of a manifest, one at a time, each with the name under which its result is kept."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fsrf_live.stream.clips.jobs import MANIFEST_COLUMNS, Cells, manifest_rows
from fsrf_live.tools.batch.shard import Shard

_LONGEST_STEM = 40
_DIGITS = 16
"""64 bits: among 100,000 rows two different ones share a name once in four billion manifests."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a manifest: its number from 1, and its cells; under None is what stands after the last."""

    number: int
    cells: Cells

    @property
    def name(self) -> str:
        """The name of its result: of what the row says and not of where it stands.

        So rows may be added, removed and sorted, and what is done stays done; equal rows share a result.
        """
        said = [self.cells.get(column) or "" for column in MANIFEST_COLUMNS] + [self.cells.get(None)]
        digest = hashlib.sha256(json.dumps(said).encode()).hexdigest()[:_DIGITS]
        stem = re.sub(r"[^\w.-]+", "-", Path(self.cells.get("media") or "text").stem)[:_LONGEST_STEM]
        return f"{stem}-{digest}"


def rows_of(manifest: Path) -> Iterator[Row]:
    """All rows, in order; raises what `manifest_rows` raises."""
    return (Row(number, cells) for number, cells in enumerate(manifest_rows(manifest), start=1))


def distinct(rows: Iterable[Row], shard: Shard) -> Iterator[Row]:
    """The rows of a shard, without those that say the same as an earlier row of any shard.

    Equal rows are in one shard, so nothing is done twice; the shards differ by one row at most. It keeps one
    short name a row.
    """
    seen: set[str] = set()
    for row in rows:
        name = row.name
        if name not in seen:
            if len(seen) % shard.of == shard.number - 1:
                yield row
            seen.add(name)
