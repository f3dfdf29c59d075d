"""``fsrf analyze --out``: a manifest of any length, a result a row, by many workers."""

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.tools.batch.shard import UNDIVIDED, shard_of
from fsrf_live.tools.shell import exits
from fsrf_live.tools.shell.choices import engine_choice
from fsrf_live.tools.shell.parsing import positive_number

if TYPE_CHECKING:
    from fsrf_live.tools.batch.batch import Tally, Workforce
    from fsrf_live.tools.batch.terms import Terms


def add_batch(parser: argparse.ArgumentParser) -> None:
    """``--out`` and what goes with it."""
    parser.add_argument(
        "--out",
        metavar="DIR",
        help="with --manifest: a result a row, kept there; the same command again does what is missing",
    )
    workers = parser.add_mutually_exclusive_group()
    workers.add_argument(
        "--workers",
        metavar="N",
        type=positive_number,
        help="with --out: how many processes (default: one for each processor)",
    )
    workers.add_argument(
        "--dask", metavar="ADDRESS", help="with --out: by the workers of this Dask scheduler"
    )
    parser.add_argument(
        "--shard", metavar="K/N", type=shard_of, help="with --out: only part K of N of the manifest, as 3/100"
    )
    parser.add_argument(
        "--merge",
        metavar="FILE",
        help="with --out: then put all results into one .csv, .jsonl or .parquet, in the manifest's order",
    )


def check_batch(args: argparse.Namespace) -> None:
    """Refuse combinations that make no sense; raises UsageError."""
    if args.out is None:
        for option in ("workers", "dask", "shard", "merge"):
            if getattr(args, option) is not None:
                raise UsageError(f"--{option} is for a batch: give --manifest and --out too")
        return
    if args.manifest is None:
        raise UsageError("--out is for a batch: give --manifest too")
    if args.jsonl is not None or args.sink:
        raise UsageError("--out keeps the records: leave out --jsonl and --sink, or take --merge FILE.jsonl")
    if args.shard is not None and args.merge is not None:
        raise UsageError("--merge needs all shards: do them first, then merge without --shard")


def run_batch(args: argparse.Namespace) -> int:
    """Do the rows of a manifest that are not done; then merge, if that is wanted."""
    from fsrf_live.tools.batch.batch import do_batch, size_of
    from fsrf_live.tools.batch.folder import BatchFolder
    from fsrf_live.tools.batch.merge import merge_results, writer_for
    from fsrf_live.tools.batch.progress import progress_on
    from fsrf_live.tools.batch.rows import rows_of
    from fsrf_live.tools.shell.output import (
        say_on_screen,
        work_console,
        writable,
        writable_folder,
        writing,
    )

    manifest, shard = Path(args.manifest), args.shard or UNDIVIDED
    if args.merge is not None:
        writer_for(Path(args.merge))
        writable("--merge", args.merge)
    folder = BatchFolder(writable_folder("--out", args.out))
    workforce = _workforce(args, _terms(args))
    with progress_on(work_console(), size_of(manifest, shard)) as report:
        tally = do_batch(manifest, shard, folder, workforce, report)
    failed = folder.list_failed(tally.failed, shard)
    if args.merge is not None:
        with writing("--merge", args.merge):
            merge_results(rows_of(manifest), folder, Path(args.merge))
    say_on_screen()(_said(tally, failed))
    return exits.OK


def _terms(args: argparse.Namespace) -> "Terms":
    from fsrf_live.tools.batch.terms import Terms

    choice = engine_choice(args)
    return Terms(
        engine=args.engine,
        precision=choice.precision,
        checkpoint=choice.checkpoint.absolute(),
        folders=(Path(args.manifest).parent.absolute(), Path.cwd()),
        without=args.without,
        hear=args.asr,
        language=args.language,
    ).signed()


def _workforce(args: argparse.Namespace, terms: "Terms") -> "Workforce":
    from fsrf_live.tools.batch.work import OpenWorkbench

    if args.dask is not None:
        from fsrf_live.tools.batch.cluster import by_cluster

        return partial(by_cluster, args.dask, OpenWorkbench(terms))
    from fsrf_live.tools.batch.processes import by_processes
    from fsrf_live.tools.profiling.cpu import cores

    return partial(by_processes, OpenWorkbench(terms), args.workers or cores())


def _said(tally: "Tally", failed: Path) -> str:
    reasons = f", {len(tally.failed)} failed: {failed} says why" if tally.failed else ""
    return f"{tally.done} rows done, {tally.kept} were done before{reasons}"
