"""``fsrf train``: makes a checkpoint from corpora, in steps that are not done twice."""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from stream.errors import UsageError
from tools import exits
from tools.messages import Messages
from tools.parsing import Subparsers, add_command, add_corpora

if TYPE_CHECKING:
    from fsrf.config import ModelConfig
    from fsrf.training import Progress
    from tools.packs import Say

DESCRIPTION = """\
Trains the checkpoint that 'live' and 'analyze' run. The steps are: adapt the text encoder; read the sentences
with it; read faces and voices by the extractors that live uses; train and calibrate the network. What a step
makes stays in the working folder, and a run that was interrupted goes on from there. The same data, seed and
number of threads give the same file."""

EXAMPLES = (
    "fsrf train live --data DATA --out mine.safetensors",
    "fsrf live --checkpoint mine.safetensors",
)


def add(subparsers: Subparsers) -> None:
    """The command and its options."""
    parser = add_command(
        subparsers, "train", "train a checkpoint from corpora", description=DESCRIPTION, examples=EXAMPLES
    )
    parser.add_argument("what", choices=("live",), help="live: the checkpoint of the live path")
    add_corpora(parser)
    parser.add_argument("--out", metavar="FILE", required=True, help="the checkpoint to write, .safetensors")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of everything random (default: 0)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, messages: Messages) -> int:
    """Do the steps that are left."""
    if args.seed < 0:
        raise UsageError("--seed must not be negative")
    import torch

    from fsrf.live_training import read_adapter, train_live
    from fsrf.recipe import Recipe
    from tools.composition import work_folder
    from tools.output import say_on_screen
    from tools.packs import PackMaker

    torch.set_num_threads(args.threads)
    say, work, data = say_on_screen(), work_folder(args.work), Path(args.data)
    packs = PackMaker(data, work, args.threads, say)
    adapter = packs.once(
        work / f"adapter-{args.seed}.safetensors", lambda path: make_adapter(path, data, args.seed, say)
    )
    folder = packs.folder(read_adapter(adapter))
    started = time.monotonic()

    def report(progress: "Progress") -> None:
        done = f"epoch {progress.epoch} of {progress.epochs}"
        losses = ", ".join(f"{name} {value:.3f}" for name, value in progress.losses.items())
        say(f"network: {done}, validation {progress.figure:.3f} ({losses})")

    train_live(
        folder, adapter, Path(args.out), Recipe(seed=args.seed, threads=args.threads), _config(), report
    )
    say(f"network: done in {time.monotonic() - started:.0f} s, written to {args.out}")
    return exits.OK


def make_adapter(path: Path, data: Path, seed: int, say: "Say") -> None:
    """Train the text encoder's adapter on the sentences under `data`; raises DataError."""
    from safetensors.numpy import save

    from engines.text import load_minilm
    from fsrf.checkpoint import write_atomically
    from fsrf.data.text import load_text
    from fsrf.text_training import TextTrainingConfig, train_text

    rows = load_text(data / "text")
    model, tokenize, _ = load_minilm(_config().text.length)
    trained = train_text(
        model, tokenize, rows, TextTrainingConfig(seed=seed), lambda line: say(f"text: {line}")
    )
    write_atomically(path, save({name: value.numpy() for name, value in trained.adapter.items()}))


def _config() -> "ModelConfig":
    from fsrf.config import ModelConfig

    return ModelConfig()
