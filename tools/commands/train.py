"""``fsrf train``: makes a checkpoint from corpora, in steps that are not done twice."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.tools.shell import exits
from fsrf_live.tools.shell.messages import Messages
from fsrf_live.tools.shell.parsing import Subparsers, add_command, add_corpora

if TYPE_CHECKING:
    from fsrf_live.fsrf.common.aliases import Report
    from fsrf_live.fsrf.common.config import ModelConfig
    from fsrf_live.fsrf.common.modalities import Modality
    from fsrf_live.fsrf.data.packs import Apart
    from fsrf_live.fsrf.training.live import Encoders, LivePlan
    from fsrf_live.fsrf.training.trainer import EpochProgress

TONGUES = "tongues"
SIBLINGS = 5
"""Siblings of the network; the speakers are divided into as many parts, and each sibling lacks one.

One corpus has only five speakers who are not for testing: with more parts some would have none of them.
"""
RUNS, RANK = 2, 64
"""Runs of the text encoder that are averaged, and the rank that is kept of their change."""
_DESCRIPTION = """\
Trains the checkpoint that 'live' and 'analyze' run. The steps are: read faces and voices with the extractors
that live uses; adapt the text encoder, and read the sentences with it; train encoders alone; train the
network, and siblings of it, each without some of the speakers, to fit the intervals. The results of each step
stay in the working folder, and an interrupted run goes on from there. On processors of one kind the same data
and seed give the same file, on any number of threads. "tongues" teaches a text encoder of many languages to
go with the checkpoint that ships. Other names train FSRF on a benchmark: composed, mosi and mosi-official
from --data, and mosi, mosei or sims from a feature FILE in MMSA's layout."""

_EXAMPLES = (
    "fsrf train live --data DATA --out mine.safetensors",
    "fsrf live --checkpoint mine.safetensors",
    "fsrf train sims unaligned_39.pkl --out sims.safetensors",
)


def add(subparsers: Subparsers) -> None:
    """The command and its options."""
    parser = add_command(
        subparsers, "train", "train a checkpoint from corpora", description=_DESCRIPTION, examples=_EXAMPLES
    )
    from fsrf_live.tools.commands.tasks import names

    choices = ("live", TONGUES, *names())
    parser.add_argument("what", choices=choices, metavar="WHAT", help=f"one of {', '.join(choices)}")
    parser.add_argument("file", nargs="?", metavar="FILE", help="your feature file in MMSA's layout")
    add_corpora(parser, required=False)
    parser.add_argument("--out", metavar="FILE", required=True, help="the checkpoint to write, .safetensors")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of everything random (default: 0)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, messages: Messages) -> int:
    """Run the remaining steps."""
    if args.seed < 0:
        raise UsageError("--seed must not be negative")
    if args.what in ("live", TONGUES) and (args.data is None or args.file is not None):
        raise UsageError(
            f"{args.what} takes --data, the folder of the corpora (see docs/data.md), and no FILE"
        )
    if args.what == TONGUES and args.threads != 1:
        raise UsageError("tongues learns on one processor: leave out --threads")
    _check_out(Path(args.out))
    trains = {"live": _train_live, TONGUES: _train_tongues}
    return trains.get(args.what, _train_task)(args)


def _check_out(path: Path) -> None:
    """Refuse, before any work, a checkpoint that could not be written; raises UsageError."""
    from fsrf_live.tools.shell.output import writable_folder

    if path.is_dir():
        raise UsageError(f"--out {path} is a folder; choose a file that can be written")
    writable_folder("--out", path.parent)


def _train_live(args: argparse.Namespace) -> int:
    from fsrf_live.fsrf.training.live import errors, finish, read_answers
    from fsrf_live.stream.reading.loading import work_folder
    from fsrf_live.tools.shell.output import say_on_screen

    say = say_on_screen()
    adapter, folder = make_packs(Path(args.data), work_folder(args.work), args.seed, args.threads, say)
    plan = make_plan(folder, args.seed)
    network, siblings = make_networks(plan, make_encoders(plan, args.threads), args.threads, say)
    answers = read_answers(siblings)
    complete, incomplete = errors(answers, plan.config)
    say(
        f"siblings: mean absolute error {complete:.3f} with all modalities, {incomplete:.3f} over the six "
        "incomplete subsets, with speakers that they never heard"
    )
    finish(plan, network, adapter, answers, Path(args.out))
    say(f"network: written to {args.out}")
    return exits.OK


def make_packs(data: Path, work: Path, seed: int, workers: int, say: "Report") -> tuple[Path, Path]:
    """The text encoder's adapter and the folder of its packs; raises DataError."""
    import torch

    from fsrf_live.fsrf.data.text import AN_EPOCH
    from fsrf_live.fsrf.training.live import read_adapter
    from fsrf_live.fsrf.training.text import TextTrainingConfig
    from fsrf_live.tools.corpora.packs import PackMaker

    torch.set_num_threads(1)  # here and in what follows, so that the same data and seed give the same file
    packs = PackMaker(data, work, say)
    people = packs.read()
    # What is wrong with the texts is told here too, not after all faces and voices are read.
    taught = packs.digest(AN_EPOCH, TextTrainingConfig(), RUNS, RANK)
    adapter = work / f"adapter-{seed}-{taught}.safetensors"
    seen_and_heard = packs.make(people, workers)
    packs.once(adapter, lambda path: make_adapter(path, data, seed, workers, say))
    folder = packs.text(read_adapter(adapter), workers)
    packs.link(folder, seen_and_heard)
    return adapter, folder


def make_plan(packs: Path, seed: int) -> "LivePlan":
    """The plan of the shipped checkpoint."""
    from fsrf_live.fsrf.common.recipe import live_recipe
    from fsrf_live.fsrf.training.live import LivePlan

    return LivePlan(packs, live_recipe(seed), _config())


def make_encoders(plan: "LivePlan", workers: int) -> "Encoders":
    """Train the shared encoders that are missing, several at a time; returns the files of all."""
    from fsrf_live.fsrf.training.live import SHARED
    from fsrf_live.tools.shell.parallel import in_parallel

    paths = {m: plan.packs / f"encoder-{plan.digest()}-{m}.safetensors" for m in SHARED}
    tasks = [(plan, modality, path) for modality, path in paths.items() if not path.exists()]
    for _ in in_parallel(make_encoder, tasks, workers, "encoders"):
        pass
    return paths


def make_encoder(task: "tuple[LivePlan, Modality, Path]") -> None:
    """Train one encoder alone and keep its weights."""
    from fsrf_live.fsrf.training.live import learn_encoder

    learn_encoder(*task)


def make_networks(
    plan: "LivePlan", encoders: "Encoders", workers: int, say: "Report"
) -> tuple[Path, list[Path]]:
    """Train the network and the siblings that are missing, several at a time.

    Returns the files of the network's weights and of all siblings' answers; `say` gets the network's losses.
    """
    from fsrf_live.fsrf.data.packs import Apart
    from fsrf_live.tools.shell.parallel import in_parallel

    network = plan.packs / f"network-{plan.digest()}.safetensors"
    siblings = [plan.packs / f"sibling-{plan.digest()}-{part}.npz" for part in range(SIBLINGS)]
    parts: list[Apart | None] = [None, *(Apart(part, SIBLINGS) for part in range(SIBLINGS))]
    made = zip(parts, [network, *siblings], strict=True)
    tasks = [(plan, encoders, apart, path) for apart, path in made if not path.exists()]
    for line in [line for lines in in_parallel(make_network, tasks, workers, "networks") for line in lines]:
        say(line)
    return network, siblings


def make_network(task: "tuple[LivePlan, Encoders, Apart | None, Path]") -> list[str]:
    """Train the network and keep its weights, or a sibling and keep its answers.

    Returns a line for each epoch of the network, none for a sibling.
    """
    from fsrf_live.fsrf.training.live import sibling_answers, train_network

    plan, encoders, apart, path = task
    epochs: list[str] = []

    def report(progress: "EpochProgress") -> None:
        losses = ", ".join(f"{name} {value:.3f}" for name, value in progress.losses.items())
        epochs.append(f"network: epoch {progress.epoch} of {progress.epochs} ({losses})")

    if apart is None:
        train_network(plan, encoders, path, report)
    else:
        sibling_answers(plan, encoders, apart, path, lambda progress: None)
    return epochs


def _train_tongues(args: argparse.Namespace) -> int:
    from fsrf_live.stream.reading.loading import work_folder
    from fsrf_live.tools.corpora.tongues import make_tongues
    from fsrf_live.tools.shell.output import say_on_screen

    make_tongues(Path(args.data), work_folder(args.work), Path(args.out), args.seed, say_on_screen())
    return exits.OK


def _train_task(args: argparse.Namespace) -> int:
    """Train FSRF on a benchmark; with the text encoder of the checkpoint that ships."""
    import torch

    from fsrf_live.fsrf.common.checkpoint import read_checkpoint
    from fsrf_live.fsrf.research.experiments.training import train_task
    from fsrf_live.stream.reading.loading import checkpoint_path
    from fsrf_live.tools.commands.tasks import task_of
    from fsrf_live.tools.shell.output import say_on_screen

    torch.set_num_threads(args.threads)
    task, say = task_of(args), say_on_screen()

    def report(progress: "EpochProgress") -> None:
        say(f"{task.name}: epoch {progress.epoch} of {progress.epochs}, validation {progress.figure:.3f}")

    adapter = read_checkpoint(checkpoint_path(None)).group("adapter")
    train_task(task, args.seed, Path(args.out), adapter, report)
    say(f"{task.name}: written to {args.out}")
    return exits.OK


def make_adapter(path: Path, data: Path, seed: int, workers: int, say: "Report") -> None:
    """Train the text encoder's adapter on the sentences under `data`; raises DataError.

    The runs that it is the mean of are kept beside it until it is written.
    """
    from safetensors.numpy import save
    from safetensors.torch import load_file

    from fsrf_live.fsrf.common.checkpoint import write_atomically
    from fsrf_live.fsrf.network.lora import averaged, reduced, stored
    from fsrf_live.tools.shell.parallel import in_parallel

    runs = [path.with_name(f"{path.stem}-run-{number}{path.suffix}") for number in range(RUNS)]
    tasks = [(run, data, seed * RUNS + number) for number, run in enumerate(runs) if not run.exists()]
    for line in [line for lines in in_parallel(make_run, tasks, workers, "texts") for line in lines]:
        say(line)
    changes = averaged([load_file(run) for run in runs])
    write_atomically(path, save(stored(reduced(changes, RANK))))
    for run in runs:
        run.unlink()


def make_run(task: tuple[Path, Path, int]) -> list[str]:
    """Train the text encoder once, on one thread, and keep what changed; raises DataError.

    Returns a line for each epoch.
    """
    import torch
    from safetensors.numpy import save

    from fsrf_live.engines.text.encoder import load_minilm
    from fsrf_live.fsrf.common.checkpoint import write_atomically
    from fsrf_live.fsrf.data.text import load_text
    from fsrf_live.fsrf.network.lora import stored
    from fsrf_live.fsrf.training.text import TextTrainingConfig, train_text

    path, data, seed = task
    torch.set_num_threads(1)
    model, tokenize, _ = load_minilm(_config().text.length)
    epochs: list[str] = []
    trained = train_text(
        model,
        tokenize,
        load_text(data / "text"),
        TextTrainingConfig(seed=seed),
        lambda line: epochs.append(f"text: {line}"),
    )
    write_atomically(path, save(stored(trained.changes)))
    return epochs


def _config() -> "ModelConfig":
    from fsrf_live.fsrf.common.config import ModelConfig

    return ModelConfig()
