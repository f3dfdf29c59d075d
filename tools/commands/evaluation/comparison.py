"""``fsrf evaluate`` of anything but the live checkpoint: every model on one task, and the page about it."""

from pathlib import Path
from typing import TYPE_CHECKING

from fsrf_live.fsrf.common.errors import UsageError

if TYPE_CHECKING:
    from argparse import Namespace

    from fsrf_live.fsrf.research.experiments.summary import Comparison

SEEDS = 5


def compare_models(args: "Namespace") -> "Comparison":
    """Run what is left of the comparison, print the tables, and write the report if `--report` is given."""
    import torch

    from fsrf_live.fsrf.common.checkpoint import read_checkpoint
    from fsrf_live.fsrf.research.experiments.comparison import compare, measure_checkpoint
    from fsrf_live.fsrf.research.experiments.summary import Comparison
    from fsrf_live.fsrf.research.pages.page import render_page
    from fsrf_live.fsrf.research.pages.report import write_comparison
    from fsrf_live.stream.reading.loading import work_folder
    from fsrf_live.tools.commands.tasks import task_of
    from fsrf_live.tools.shell.output import say_on_screen
    from fsrf_live.tools.shell.provenance import command_line, commit

    torch.set_num_threads(args.threads)
    models = models_of(args)
    if args.checkpoint:
        read_checkpoint(Path(args.checkpoint))  # an unreadable file is reported before packs are made
    task, work, say = task_of(args), work_folder(args.work) / "comparisons", say_on_screen()
    if args.checkpoint:
        outcomes = [measure_checkpoint(task, Path(args.checkpoint), work)]
    else:
        outcomes = compare(task, models, args.seeds or SEEDS, work, say)
    summary = Comparison(task, outcomes)
    print(render_page(summary))
    if args.report:
        say(f"report: {write_comparison(Path(args.report), args.what, command_line(), commit(), summary)}")
    return summary


def models_of(args: "Namespace") -> list[str]:
    """Names of the models to compare; raises UsageError for an unknown one.

    Ablations are compared with FSRF, so they add it.
    """
    from fsrf_live.fsrf.research.experiments.contenders import ABLATIONS, CONTENDERS, FSRF_NAME

    chosen = list(CONTENDERS) if args.models is None else [name.strip() for name in args.models.split(",")]
    unknown = [name for name in chosen if name not in CONTENDERS]
    if unknown:
        raise UsageError(f"--models: {unknown[0]!r} is unknown; choose from {', '.join(CONTENDERS)}")
    if not args.ablation:
        return chosen
    return [*([] if FSRF_NAME in chosen else [FSRF_NAME]), *chosen, *ABLATIONS]
