"""Trains the checkpoint that the live path runs, from packs of three kinds of corpora and a text adapter."""

import hashlib
import json
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file
from safetensors.torch import load_file as load_tensors
from safetensors.torch import save

from fsrf_live.fsrf.common.checkpoint import Arrays, write_atomically
from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.errors import CheckpointError, DataError
from fsrf_live.fsrf.common.metrics import mean_absolute_error
from fsrf_live.fsrf.common.modalities import COMPLETE, MODALITIES, SUBSETS, Modality
from fsrf_live.fsrf.common.recipe import Recipe
from fsrf_live.fsrf.data.compose import Batch, Composer
from fsrf_live.fsrf.data.packs import Apart, Packs, load_packs
from fsrf_live.fsrf.network.bins import ScoreBins
from fsrf_live.fsrf.network.inference import TensorWindow, save_model
from fsrf_live.fsrf.network.model import FSRF
from fsrf_live.fsrf.training.conformal import HeldOut, calibrate, held_out_answers
from fsrf_live.fsrf.training.pretraining import learner, pretrain
from fsrf_live.fsrf.training.trainer import (
    EpochProgress,
    EpochReport,
    Tensors,
    Trainer,
    load_state,
    save_state,
)

_STATE = ".training"
SHARED: tuple[Modality, ...] = ("text", "video")
"""Modalities in which siblings learn from the same rows as the network: only voices are set apart."""

Encoders = Mapping[Modality, Path]
"""Files of encoders that were trained alone (`learn_encoder`)."""


@dataclass(frozen=True, slots=True)
class LivePlan:
    """A network and its siblings: folder of packs, recipe, shape, and how many samples a sibling answers."""

    packs: Path
    recipe: Recipe
    config: ModelConfig
    samples: int = 1500

    def digest(self) -> str:
        """Twelve hexadecimal digits that identify the packs' names and everything else in the plan."""
        names = [(self.packs / f"{name}.npz").resolve().name for name in ("text", "faces", "voices")]
        parts = [self.packs.name, names, asdict(self.recipe), asdict(self.config), self.samples]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


def learn_encoder(plan: LivePlan, modality: Modality, out: Path) -> None:
    """Let the encoder of a modality learn alone, and write it to `out`; raises as `train_network`.

    The network and its siblings learn the same in the modalities that are `SHARED`.
    """
    trainer, composer = _trainer(plan, load_packs(plan.packs))
    pretrain(trainer.model, composer, plan.recipe, (modality,))
    write_atomically(out, save(learner(trainer.model, modality).state_dict()))


def train_network(plan: LivePlan, encoders: Encoders, out: Path, report: EpochReport) -> None:
    """Train the network and write its weights to `out`.

    Nothing is chosen on the way: the weights are the averaged ones after the last epoch. The network hears
    only the training speakers, about as many as each sibling: a network that heard more would be better than
    the siblings that fit its intervals, and these would be too wide. After each epoch the run is kept beside
    `out` (suffix ``.training``), and a run of the same recipe goes on from there; the file is removed when
    the weights are written. Raises DataError for packs that cannot be used, CheckpointError if a file cannot
    be written.
    """
    state = out.with_name(out.name + _STATE)
    model = fitted(plan, load_packs(plan.packs), encoders, state, report)
    write_atomically(out, save(model.state_dict()))
    state.unlink(missing_ok=True)


def finish(plan: LivePlan, network: Path, adapter: Path, answers: HeldOut, out: Path) -> None:
    """Calibrate a trained network by answers of siblings, and write the checkpoint `out`.

    Raises DataError for packs or an adapter that cannot be used, CheckpointError if the weights cannot be
    read or `out` cannot be written.
    """
    corpora, text_adapter = load_packs(plan.packs), read_adapter(adapter)
    model = FSRF(plan.config)
    model.load_state_dict(_weights(network))
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


def sibling_answers(plan: LivePlan, encoders: Encoders, apart: Apart, out: Path, report: EpochReport) -> None:
    """Train a sibling without a part of the speakers; write what it answers to samples with their voices.

    `out` is an ``.npz`` file of logits and scores (`read_answers`); an interrupted run goes on as in
    `train_network`, and raises the same.
    """
    corpora, state = load_packs(plan.packs, apart), out.with_name(out.name + _STATE)
    model = fitted(plan, corpora, encoders, state, report)
    answers = held_out_answers(model, _calibration_batch(plan, corpora, plan.samples))
    unfinished = out.with_name(f"partial-{out.name}")
    np.savez(unfinished, **answers._asdict())
    unfinished.replace(out)
    state.unlink(missing_ok=True)


def read_answers(paths: Sequence[Path]) -> HeldOut:
    """Answers of all siblings together."""
    parts = []
    for path in paths:
        with np.load(path, allow_pickle=False) as stored:
            parts.append([stored[name] for name in HeldOut._fields])
    return HeldOut(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def errors(answers: HeldOut, config: ModelConfig) -> tuple[float, float]:
    """Mean absolute error of the whole sample's score: complete subset, and mean over the incomplete ones.

    With siblings' answers: the error for people whom training never heard.
    """
    bins = ScoreBins(config)
    score = bins.score(torch.softmax(torch.from_numpy(answers.logits), -1)).numpy()
    truth = answers.scores[:, COMPLETE]
    off = [mean_absolute_error(truth, score[:, s]) for s in range(len(SUBSETS))]
    return off[COMPLETE], float(np.mean(off[:COMPLETE]))


def fitted(plan: LivePlan, corpora: Packs, encoders: Encoders, state: Path, report: EpochReport) -> FSRF:
    """The network after all steps of the recipe; encoders from files are not pretrained again."""
    trainer, composer = _trainer(plan, corpora)
    if plan.recipe.pretraining and not state.exists():
        for modality, path in encoders.items():
            learner(trainer.model, modality).load_state_dict(_weights(path))
        left = [m for m in MODALITIES if m not in encoders]
        losses = pretrain(trainer.model, composer, plan.recipe, left)
        report(EpochProgress(0, plan.recipe.epochs, losses))
    trainer.average.load_state_dict(trainer.model.state_dict())
    trainer.average.load_state_dict(train(trainer, state, report))
    return trainer.average


def _trainer(plan: LivePlan, corpora: Packs) -> tuple[Trainer, Composer]:
    composer = Composer(corpora, plan.config, "train")
    trainer = Trainer(plan.config, plan.recipe, composer, FSRF)
    standardise_encoders(trainer.model, corpora)
    return trainer, composer


def _weights(path: Path) -> Tensors:
    try:
        return load_tensors(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"the weights {path} cannot be read ({error}): delete the file to train them again"
        ) from error


def _calibration_batch(plan: LivePlan, corpora: Packs, samples: int) -> Batch:
    rng = np.random.default_rng([plan.recipe.seed, 1_000_003])
    return Composer(corpora, plan.config, "calibration").composed(samples, rng)


def train(
    trainer: Trainer, state: Path, report: EpochReport, figure: Callable[[FSRF], float] | None = None
) -> Tensors:
    """Run the remaining epochs; returns the averaged weights of the last one, or of the highest `figure`."""
    best: Tensors = {}
    highest: float | None = None
    run = json.dumps([asdict(trainer.recipe), asdict(trainer.model.config)], sort_keys=True)
    if state.exists():
        best, facts = load_state(state, trainer)
        if facts["recipe"] != run:
            raise CheckpointError(f"{state} holds a run of another recipe or shape: delete it to start again")
        highest = facts["highest"]
    while trainer.done < trainer.recipe.epochs:
        losses = trainer.epoch()
        reached = None if figure is None else figure(trainer.average)
        if reached is None or highest is None or reached > highest:
            highest, best = reached, {k: v.detach().clone() for k, v in trainer.average.state_dict().items()}
        save_state(state, trainer, best, {"recipe": run, "highest": highest})
        report(EpochProgress(trainer.done, trainer.recipe.epochs, losses, reached))
    return best


def standardise_encoders(model: FSRF, packs: Packs) -> None:
    """Set the encoders' means and deviations from the training rows."""
    for m in MODALITIES:
        corpus = packs[m]
        rows = corpus.rows("train")
        chosen = rows[np.linspace(0, len(rows) - 1, min(len(rows), 4000)).astype(np.int64)]
        values = np.concatenate([corpus.vectors[int(row)] for row in chosen]).astype(np.float64)
        model.encoder(m).standardise.fit(torch.from_numpy(values))


def sample_window(model: FSRF, batch: Batch) -> TensorWindow:
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
    """The text encoder's adapter; raises DataError if it is missing or unreadable."""
    try:
        arrays: Arrays = load_file(path)
    except FileNotFoundError as error:
        raise DataError(f"the text adapter {path} does not exist: train it first") from error
    except (OSError, SafetensorError) as error:
        raise DataError(f"the text adapter {path} cannot be read ({error}): train it again") from error
    return arrays
