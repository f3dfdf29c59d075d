"""``fsrf evaluate``: how good a checkpoint is on what the corpora hold out, beside simple methods."""

import argparse
import json
from pathlib import Path

from stream.errors import UsageError
from tools import exits
from tools.messages import Messages
from tools.parsing import Subparsers, add_checkpoint, add_command, add_corpora

DESCRIPTION = """\
Prints all figures on held-out data: each modality on its own corpora beside a constant answer and a simple
method, all seven subsets on composed samples, and whether the 90 % intervals keep their word. Features are
made by the extractors that live uses, and kept in the working folder."""

EXAMPLES = (
    "fsrf evaluate live --data DATA",
    "fsrf evaluate live --data DATA --checkpoint mine.safetensors --json out.json",
)


def add(subparsers: Subparsers) -> None:
    """The command and its options."""
    parser = add_command(
        subparsers,
        "evaluate",
        "measure a checkpoint on held-out data",
        description=DESCRIPTION,
        examples=EXAMPLES,
    )
    parser.add_argument("what", choices=("live",), help="live: the checkpoint of the live path")
    add_corpora(parser)
    add_checkpoint(parser)
    parser.add_argument("--json", metavar="FILE", help="also write the figures there")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, messages: Messages) -> int:
    """Make the packs that are missing, evaluate, and print the tables."""
    import torch

    from fsrf.checkpoint import read_checkpoint
    from fsrf.data.packs import load_packs
    from fsrf.evaluation import evaluate_live
    from fsrf.evaluation_text import render
    from fsrf.loading import load_model
    from tools.composition import checkpoint_path, work_folder
    from tools.output import say_on_screen
    from tools.packs import PackMaker

    torch.set_num_threads(args.threads)
    checkpoint = checkpoint_path(args.checkpoint)
    adapter = read_checkpoint(checkpoint).group("adapter")
    maker = PackMaker(Path(args.data), work_folder(args.work), args.threads, say_on_screen())
    table = evaluate_live(load_model(checkpoint), load_packs(maker.folder(adapter)))
    print(render(table))
    if args.json:
        _write(Path(args.json), json.dumps(table.to_dict(), indent=1) + "\n")
    return exits.OK


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--json {path}: {error.strerror}; choose a file that can be written") from error
