"""Every model that is compared, by name, and how each is fitted to a task with a seed."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import torch

from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.modalities import COMPLETE, MODALITIES, SUBSETS
from fsrf_live.fsrf.data.compose import Batch
from fsrf_live.fsrf.network.inference import answer
from fsrf_live.fsrf.network.model import FSRF
from fsrf_live.fsrf.research.baselines.fitting import BaselineTrainer, prepare
from fsrf_live.fsrf.research.baselines.imagination import imagination
from fsrf_live.fsrf.research.baselines.masked_fusion import modality_dropout, zero_filled
from fsrf_live.fsrf.research.baselines.misa import misa
from fsrf_live.fsrf.research.baselines.network import Baseline
from fsrf_live.fsrf.research.baselines.unimodal import keep_only, late_fusion
from fsrf_live.fsrf.research.experiments.ablation import Variant, as_firf, variants
from fsrf_live.fsrf.research.experiments.fitting import (
    Fitted,
    fit,
    reading,
    standardise,
    validation_figure,
)
from fsrf_live.fsrf.research.experiments.samples import Drawn
from fsrf_live.fsrf.research.experiments.task import Task
from fsrf_live.fsrf.training.conformal import calibrate, held_out_answers
from fsrf_live.fsrf.training.trainer import Trainer

Fit = Callable[[Task, int], Fitted]


def fit_fsrf(task: Task, seed: int, variant: Variant | None = None) -> Fitted:
    """FSRF, or one of its variants, with intervals.

    As the baselines it is read as it was trained; a copy is calibrated for the intervals.
    """
    recipe = replace(task.recipe, seed=seed)
    if variant is None:
        trainer = Trainer(task.config, recipe, Drawn(task.train), FSRF)
    else:
        config = variant.config(task.config)
        trainer = variant.trainer(config, variant.recipe(recipe), Drawn(task.train), variant.build)
    for model in (trainer.model, trainer.average):
        standardise(model, model.encoder, task.train)
    fitted = fit(trainer, trainer.average, reading, task)
    calibrated = copy.deepcopy(trainer.average)
    calibrate(calibrated, held_out_answers(calibrated, task.calibration), recipe.spread)
    return replace(fitted, intervals=intervals_of(calibrated))


def intervals_of(model: FSRF) -> Callable[[Batch], Floats]:
    """90 % intervals ``[N, 7, 2]`` of a batch by a calibrated network."""
    return lambda batch: answer(model, batch.features, batch.masks).interval


def fit_baseline(task: Task, seed: int, make: Callable[[ModelConfig], Baseline]) -> Fitted:
    """A baseline, on the same samples with the same budget."""
    return _fit_baseline(task, seed, make)[0]


def _fit_baseline(task: Task, seed: int, make: Callable[[ModelConfig], Baseline]) -> tuple[Fitted, Baseline]:
    torch.manual_seed(seed)
    network = make(task.config)
    prepare(network, task.train, task.recipe.spread)
    standardise(network, network.encoder, task.train)
    trainer = BaselineTrainer(network, replace(task.recipe, seed=seed), Drawn(task.train))
    return fit(trainer, trainer.average, reading, task), trainer.average


def fit_best_single(task: Task, seed: int) -> Fitted:
    """The late fusion's best head on validation, alone."""
    fitted, network = _fit_baseline(task, seed, late_fusion)
    scores, _ = fitted.read(task.valid)
    errors = []
    for column, m in enumerate(MODALITIES):
        alone = SUBSETS.index((m,))
        error = float(np.abs(scores[:, alone] - task.valid.scores[:, COMPLETE]).mean())
        errors.append((np.inf if m in task.absent else error, column))
    keep_only(network, min(errors)[1])
    return replace(fitted, validation=validation_figure(fitted.read, task))


def fit_constant(task: Task, seed: int) -> Fitted:
    """The median training score, and the most frequent class of training, whatever the input."""
    scores = task.train.scores[:, COMPLETE]
    middle, neutral = float(np.median(scores)), task.config.neutral
    sides = (scores < -neutral, np.abs(scores) <= neutral, scores > neutral)
    shares = [float(np.mean(side)) for side in sides]

    def read(batch: Batch) -> tuple[Floats, Floats]:
        rows = len(batch.scores)
        score = np.full((rows, len(SUBSETS)), middle, np.float32)
        return score, np.broadcast_to(np.array(shares, np.float32), (rows, len(SUBSETS), 3))

    return Fitted(read, validation_figure(read, task), 0)


def _variant(variant: Variant) -> Fit:
    return lambda task, seed: fit_fsrf(task, seed, variant)


def _baseline(make: Callable[[ModelConfig], Baseline]) -> Fit:
    return lambda task, seed: fit_baseline(task, seed, make)


FSRF_NAME = "FSRF"
CONTENDERS: Mapping[str, Fit] = {
    FSRF_NAME: fit_fsrf,
    "FIRF": _variant(Variant("FIRF", as_firf, lambda recipe: recipe)),
    "modality dropout": _baseline(modality_dropout),
    "imagination": _baseline(imagination),
    "shared/private": _baseline(misa),
    "zero-filled": _baseline(zero_filled),
    "late fusion": _baseline(late_fusion),
    "best single": fit_best_single,
    "constant": fit_constant,
}
ABLATIONS: Mapping[str, Fit] = {v.title: _variant(v) for v in variants().values()}
BASES: Mapping[str, str] = {v.title: v.base or FSRF_NAME for v in variants().values()}
"""What each ablation is compared with."""
