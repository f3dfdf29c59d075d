"""Trains the checkpoint that the live path runs, from packs of three kinds of corpora and a text adapter."""

import hashlib
import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file

from fsrf.checkpoint import Arrays
from fsrf.compose import Batch, Composer
from fsrf.config import ModelConfig
from fsrf.conformal import Answers, answers_of, calibrate
from fsrf.data.packs import Apart, Packs, load_packs
from fsrf.errors import CheckpointError, DataError
from fsrf.inference import run
from fsrf.loading import Window, save_model
from fsrf.metrics import three_classes, unweighted_average_recall
from fsrf.modalities import MODALITIES, SUBSETS
from fsrf.model import FSRF
from fsrf.pretraining import pretrain
from fsrf.recipe import Recipe
from fsrf.training import Progress, Report, Trainer
from fsrf.training_state import Tensors, load_state, save_state

_STATE = ".training"


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How many held-out samples choose the weights, and how many of each sibling fit the intervals."""

    validation: int = 512
    calibration: int = 1500


@dataclass(frozen=True, slots=True)
class Plan:
    """One network to train: its packs' folder, recipe and shape, and how many samples are held out of it."""

    packs: Path
    recipe: Recipe
    config: ModelConfig
    held_out: HeldOut = HeldOut()

    def digest(self) -> str:
        """Twelve hexadecimal digits that stand for the packs' names and everything else in the plan."""
        names = [(self.packs / f"{name}.npz").resolve().name for name in ("text", "faces", "voices")]
        told = [self.packs.name, names, asdict(self.recipe), asdict(self.config), asdict(self.held_out)]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]


def train_live(plan: Plan, adapter: Path, out: Path, answers: Answers, report: Report) -> None:
    """Train, choose by validation, calibrate by answers of siblings, and write the checkpoint `out`.

    After each epoch the run is kept beside `out` (suffix ``.training``), and a run of the same recipe goes on
    from there; the file goes when the checkpoint is written. Raises DataError for packs or an adapter that
    cannot be used, CheckpointError where a file cannot be written.
    """
    corpora, text_adapter = load_packs(plan.packs), read_adapter(adapter)
    state = out.with_name(out.name + _STATE)
    model = fitted(plan, corpora, state, report)
    calibration = calibrate(model, answers, plan.recipe.spread)
    provenance = {
        "recipe": asdict(plan.recipe),
        "rows": {m: len(corpora[m].rows("train")) for m in MODALITIES},
        "corpora": sorted({str(c) for m in MODALITIES for c in corpora[m].corpus}),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
    }
    facts = {"provenance": provenance, "calibration": calibration}
    window = sample_window(model, _calibration_batch(plan, corpora, 1))
    save_model(model, out, text_adapter, window, facts)
    state.unlink(missing_ok=True)


def sibling_answers(plan: Plan, apart: Apart, out: Path, report: Report) -> None:
    """Train a sibling without a part of the speakers; write what it answers to samples with their voices.

    `out` is an ``.npz`` file of logits and scores (`read_answers`); an interrupted run goes on as in
    `train_live`, and raises the same.
    """
    corpora, state = load_packs(plan.packs, apart), out.with_name(out.name + _STATE)
    model = fitted(plan, corpora, state, report)
    answers = answers_of(model, _calibration_batch(plan, corpora, plan.held_out.calibration))
    unfinished = out.with_name(f"partial-{out.name}")
    np.savez(unfinished, logits=answers.logits, scores=answers.scores)
    unfinished.replace(out)
    state.unlink(missing_ok=True)


def read_answers(paths: Sequence[Path]) -> Answers:
    """Answers of all siblings together."""
    parts = []
    for path in paths:
        with np.load(path, allow_pickle=False) as stored:
            parts.append((stored["logits"], stored["scores"]))
    logits, scores = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Answers(logits, scores)


def fitted(plan: Plan, corpora: Packs, state: Path, report: Report) -> FSRF:
    """The network after all steps of the recipe, with the weights that validation chose."""
    composer, recipe = Composer(corpora, plan.config, "train"), plan.recipe
    trainer = Trainer(plan.config, recipe, composer)
    standardise(trainer.model, corpora)
    figure = Validation(corpora, plan.config, plan.held_out.validation)
    losses = pretrain(trainer.model, composer, recipe) if recipe.pretraining and not state.exists() else {}
    trainer.average.load_state_dict(trainer.model.state_dict())
    if losses:
        report(Progress(0, recipe.epochs, losses, figure(trainer.average)))
    trainer.average.load_state_dict(train(trainer, figure, state, report))
    return trainer.average


def _calibration_batch(plan: Plan, corpora: Packs, samples: int) -> Batch:
    rng = np.random.default_rng([plan.recipe.seed, 1_000_003])
    return Composer(corpora, plan.config, "calibration").composed(samples, rng)


def train(trainer: Trainer, figure: Callable[[FSRF], float], state: Path, report: Report) -> Tensors:
    """Run all epochs that are left; returns the settled averaged weights that did best on validation."""
    best: Tensors = {}
    highest = -np.inf
    told = json.dumps([asdict(trainer.recipe), asdict(trainer.model.config)], sort_keys=True)
    if state.exists():
        best, facts = load_state(state, trainer)
        if facts["recipe"] != told:
            raise CheckpointError(f"{state} holds a run of another recipe or shape: delete it to start again")
        highest = facts["highest"]
    settled = trainer.recipe.settled * trainer.recipe.epochs
    while trainer.done < trainer.recipe.epochs:
        losses = trainer.epoch()
        reached = figure(trainer.average)
        if reached > highest and trainer.done >= settled:
            highest = reached
            best = {k: v.detach().clone() for k, v in trainer.average.state_dict().items()}
        save_state(state, trainer, best, {"recipe": told, "highest": highest})
        report(Progress(trainer.done, trainer.recipe.epochs, losses, reached))
    return best


class Validation:
    """The figure by which weights are chosen: mean UAR in 3 classes, all subsets and each modality alone."""

    def __init__(self, packs: Packs, config: ModelConfig, samples: int) -> None:
        composer = Composer(packs, config, "validation")
        rng = np.random.default_rng(17)
        self._composed = composer.composed(samples, rng)
        self._alone = {m: composer.solo(m, samples, rng, still=m == "video") for m in MODALITIES}
        self._neutral = config.neutral

    def __call__(self, model: FSRF) -> float:
        """The figure of a network, in [0, 1]."""
        together = self._recalls(model, self._composed)
        alone = [self._recalls(model, batch)[SUBSETS.index((m,))] for m, batch in self._alone.items()]
        return float(0.5 * np.mean(together) + 0.5 * np.mean(alone))

    def _recalls(self, model: FSRF, batch: Batch) -> list[float]:
        guess = run(model, batch.features, batch.masks).probabilities.argmax(-1)
        truth = three_classes(batch.scores, self._neutral)
        return [unweighted_average_recall(truth[:, s], guess[:, s]) for s in range(len(SUBSETS))]


def standardise(model: FSRF, packs: Packs) -> None:
    """Set the encoders' means and deviations from the training rows."""
    for m in MODALITIES:
        corpus = packs[m]
        rows = corpus.rows("train")
        chosen = rows[np.linspace(0, len(rows) - 1, min(len(rows), 4000)).astype(np.int64)]
        values = np.concatenate([corpus.vectors[int(row)] for row in chosen]).astype(np.float64)
        model.encoder(m).standardise.fit(torch.from_numpy(values))


def sample_window(model: FSRF, batch: Batch) -> Window:
    """The first sample of a batch, filled up to the config's lengths."""
    features, masks = {}, {}
    for m in MODALITIES:
        shape = model.config.modality(m)
        length = batch.features[m].shape[1]
        values, real = (
            torch.zeros(1, shape.length, shape.width),
            torch.zeros(1, shape.length, dtype=torch.bool),
        )
        values[:, :length] = torch.from_numpy(batch.features[m][:1])
        real[:, :length] = torch.from_numpy(batch.masks[m][:1])
        features[m], masks[m] = values, real
    return features, masks


def read_adapter(path: Path) -> Arrays:
    """The text encoder's adapter; raises DataError where there is none."""
    try:
        arrays: Arrays = load_file(path)
    except FileNotFoundError as error:
        raise DataError(f"there is no text adapter {path}: train it first") from error
    except (OSError, SafetensorError) as error:
        raise DataError(f"the text adapter {path} cannot be read ({error}): train it again") from error
    return arrays
