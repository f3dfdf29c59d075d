"""A batch from its manifest to its folder."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from fsrf_live.tools.batch.folder import BatchFolder, Failed
from fsrf_live.tools.batch.rows import distinct, rows_of
from fsrf_live.tools.batch.shard import Shard
from fsrf_live.tools.batch.work import RowOutcome, RowOutcomes, RowTask

Workforce = Callable[[Iterable[RowTask]], RowOutcomes]
"""Does tasks, and takes them only as it needs them."""


@dataclass(slots=True)
class Tally:
    """How many rows came to what; `failed` are those without a result, new or old."""

    done: int = 0
    kept: int = 0
    failed: list[Failed] = field(default_factory=list)


def size_of(manifest: Path, shard: Shard) -> int:
    """How many rows of a manifest are to be done; raises what `rows_of` raises, for any row of it."""
    return sum(1 for _ in distinct(rows_of(manifest), shard))


def do_batch(
    manifest: Path,
    shard: Shard,
    folder: BatchFolder,
    workforce: Workforce,
    report: Callable[[RowOutcome], None],
) -> Tally:
    """Do what is missing or has changed; `report` is told of each row. Raises OSError for a full disk."""
    tally = Tally()
    with closing(workforce(_tasks(manifest, shard, folder))) as outcomes:
        for task, outcome in outcomes:
            if outcome.result is not None:
                folder.keep(task.name, outcome.result)
            if outcome.error is not None:
                tally.failed.append((task.number, task.cells.get("media") or "", outcome.error))
            elif outcome.result is not None:
                tally.done += 1
            else:
                tally.kept += 1
            report(outcome)
    return tally


def _tasks(manifest: Path, shard: Shard, folder: BatchFolder) -> Iterator[RowTask]:
    for row in distinct(rows_of(manifest), shard):
        name = row.name
        yield RowTask(row.number, name, row.cells, folder.head(name))
