"""``fsrf train``: makes a checkpoint from corpora, in steps that are not done twice."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from stream.errors import UsageError
from tools import exits
from tools.messages import Messages
from tools.parsing import Subparsers, add_command

if TYPE_CHECKING:
    from fsrf.training import Progress

DESCRIPTION = """\
Trains the checkpoint that 'live' and 'analyze' run. The steps are: adapt the text encoder; read the sentences
with it; read faces and voices by the extractors that live uses; train and calibrate the network. What a step
makes stays in the working folder, and a run that was interrupted goes on from there. The same data and seed
give the same file."""

EXAMPLES = (
    "fsrf train live --data DATA --out mine.safetensors",
    "fsrf live --checkpoint mine.safetensors",
)
Say = Callable[[str], None]

VARIANTS = 2
"""Worsened copies of each training utterance."""


def add(subparsers: Subparsers) -> None:
    """The command and its options."""
    parser = add_command(
        subparsers, "train", "train a checkpoint from corpora", description=DESCRIPTION, examples=EXAMPLES
    )
    parser.add_argument("what", choices=("live",), help="live: the checkpoint of the live path")
    parser.add_argument(
        "--data", metavar="DIR", required=True, help="folder with text/, faces/ and audio/ (see docs/data.md)"
    )
    parser.add_argument("--out", metavar="FILE", required=True, help="the checkpoint to write, .safetensors")
    parser.add_argument(
        "--work", metavar="DIR", help="where steps are kept (default: 'training' in the cache folder)"
    )
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of everything random (default: 0)")
    parser.add_argument(
        "--threads", metavar="N", type=int, default=2, help="part of what makes a run repeatable (default: 2)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, messages: Messages) -> int:
    """Do the steps that are left."""
    if args.threads < 1:
        raise UsageError("--threads must be at least 1")
    import torch

    from engines.cache import default_root
    from tools.output import console

    torch.set_num_threads(args.threads)
    screen = console()
    work = Path(args.work) if args.work else default_root() / "training"
    folder = work / f"seed-{args.seed}"
    folder.mkdir(parents=True, exist_ok=True)
    steps = Steps(
        Path(args.data), folder, args.seed, args.threads, lambda line: screen.print(line, soft_wrap=True)
    )
    steps.network(Path(args.out))
    return exits.OK


class Steps:
    """The steps of one training run; each gives the file that it made, or that was there."""

    def __init__(self, data: Path, folder: Path, seed: int, threads: int, say: Say) -> None:
        self._data = data
        self._folder = folder
        self._seed = seed
        self._threads = threads
        self._say = say

    def network(self, out: Path) -> None:
        """Train and calibrate the network, and write the checkpoint; raises DataError, CheckpointError."""
        from fsrf.config import ModelConfig
        from fsrf.live_training import train_live
        from fsrf.recipe import Recipe

        adapter = self.adapter()
        self.text(adapter)
        self.faces()
        self.voices()
        recipe = Recipe(seed=self._seed, threads=self._threads)
        started = time.monotonic()

        def report(progress: "Progress") -> None:
            done = f"epoch {progress.epoch} of {progress.epochs}"
            losses = ", ".join(f"{name} {value:.3f}" for name, value in progress.losses.items())
            self._say(f"network: {done}, validation {progress.figure:.3f} ({losses})")

        train_live(self._folder, adapter, out, recipe, ModelConfig(), report)
        self._say(f"network: done in {time.monotonic() - started:.0f} s, written to {out}")

    def adapter(self) -> Path:
        """The text encoder's adapter."""
        return self._step("adapter.safetensors", self._make_adapter)

    def text(self, adapter: Path) -> Path:
        """The sentences as the adapted encoder reads them."""
        return self._step("text.npz", lambda path: self._make_text(path, adapter))

    def faces(self) -> Path:
        """The faces as the live extractor sees them."""
        from tools.corpora import face_pack, read_faces, save

        return self._step(
            "faces.npz", lambda path: save(path, face_pack(read_faces(self._data), self._threads))
        )

    def voices(self) -> Path:
        """The voices as the live extractor hears them, as recorded and worsened."""
        from tools.corpora import read_voices, save, voice_pack

        def make(path: Path) -> None:
            save(path, voice_pack(read_voices(self._data), VARIANTS, self._threads))

        return self._step("voices.npz", make)

    def _step(self, name: str, make: Callable[[Path], None]) -> Path:
        path = self._folder / name
        if path.exists():
            self._say(f"{name}: found in {self._folder}")
            return path
        started = time.monotonic()
        make(path)
        self._say(f"{name}: made in {time.monotonic() - started:.0f} s")
        return path

    def _make_adapter(self, path: Path) -> None:
        from safetensors.numpy import save

        from engines.text import load_minilm
        from fsrf.checkpoint import write_atomically
        from fsrf.config import ModelConfig
        from fsrf.data.text import load_text
        from fsrf.text_training import TextTrainingConfig, train_text

        model, tokenize, _ = load_minilm(ModelConfig().text.length)
        rows = load_text(self._data / "text")
        trained = train_text(model, tokenize, rows, TextTrainingConfig(seed=self._seed), self._say)
        write_atomically(path, save({name: value.numpy() for name, value in trained.adapter.items()}))

    def _make_text(self, path: Path, adapter: Path) -> None:
        from engines.text import SentenceTransformersEncoder
        from fsrf.config import ModelConfig
        from fsrf.data.text import load_text
        from fsrf.live_training import read_adapter
        from fsrf.text_pack import choose, pack_text, write_pack

        encoder = SentenceTransformersEncoder(read_adapter(adapter), ModelConfig().text.length)
        rows = choose(load_text(self._data / "text"), self._seed)
        write_pack(path, pack_text(rows, encoder.encode, self._seed))
