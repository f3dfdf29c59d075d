"""Trains FSRF on a task and writes it as a checkpoint; an interrupted run goes on from its last epoch."""

import platform
from dataclasses import asdict, replace
from pathlib import Path

import torch

from fsrf_live.fsrf.common.checkpoint import Arrays
from fsrf_live.fsrf.network.inference import save_model
from fsrf_live.fsrf.network.model import FSRF
from fsrf_live.fsrf.research.experiments.fitting import reading, standardise, validation_figure
from fsrf_live.fsrf.research.experiments.outcomes import task_digest
from fsrf_live.fsrf.research.experiments.samples import Drawn
from fsrf_live.fsrf.research.experiments.task import Task
from fsrf_live.fsrf.training.conformal import calibrate, held_out_answers
from fsrf_live.fsrf.training.live import sample_window, train
from fsrf_live.fsrf.training.trainer import EpochReport, Trainer

STATE = ".training"


def train_task(task: Task, seed: int, out: Path, adapter: Arrays, report: EpochReport) -> None:
    """Train, choose by validation, calibrate, and write the checkpoint `out`.

    After each epoch the run is kept beside `out`, under a name that tells the data (suffix ``.training``).
    Raises CheckpointError if a file cannot be written, or holds a run of another recipe.
    """
    recipe = replace(task.recipe, seed=seed)
    trainer = Trainer(task.config, recipe, Drawn(task.train), FSRF)
    for model in (trainer.model, trainer.average):
        standardise(model, model.encoder, task.train)

    def figure(model: FSRF) -> float:
        return validation_figure(reading(model), task)

    state = out.with_name(f"{out.name}-{task_digest(task)}{STATE}")
    model = trainer.average
    model.load_state_dict(train(trainer, state, report, figure))
    provenance = {
        "task": task.name,
        "recipe": asdict(recipe),
        "rows": len(task.train.scores),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
    }
    facts = {
        "provenance": provenance,
        "calibration": calibrate(model, held_out_answers(model, task.calibration), recipe.spread),
    }
    save_model(model, out, adapter, sample_window(model, task.test), facts)
    state.unlink(missing_ok=True)
