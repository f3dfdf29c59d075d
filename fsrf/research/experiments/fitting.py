"""Fits a network to a task: all epochs, the averaged weights that do best on validation."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
import torch
from torch import nn

from fsrf_live.fsrf.common.aliases import Figures, Floats
from fsrf_live.fsrf.common.missing import RealMasks
from fsrf_live.fsrf.common.modalities import COMPLETE, MODALITIES, SUBSETS, Modality
from fsrf_live.fsrf.data.compose import Batch
from fsrf_live.fsrf.network.encoder import Encoder
from fsrf_live.fsrf.network.inference import tensors
from fsrf_live.fsrf.research.experiments.task import Task

_ROWS = 256
FRAMES = 200_000
"""Frames at most from which means and deviations are taken."""

Reader = Callable[[Batch], tuple[Floats, Floats]]
"""Scores ``[N, 7]`` and class probabilities ``[N, 7, 3]`` of a batch, for all subsets."""


class Epochs(Protocol):
    """What is trained: FSRF's trainer, or a baseline's."""

    done: int

    def epoch(self) -> dict[str, float]:
        """Train one epoch."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted model: how it reads, its figure on validation, and after which epoch (from 1) it was best.

    `intervals` gives 90 % intervals ``[N, 7, 2]`` of a batch, if the model has them.
    """

    read: Reader
    validation: float
    epoch: int
    intervals: Callable[[Batch], Floats] | None = None


Network = TypeVar("Network", bound=nn.Module)


def fit(trainer: Epochs, average: Network, read: Callable[[Network], Reader], task: Task) -> Fitted:
    """Train all epochs; the best averaged weights are left in `average`."""
    best, highest, at = copy.deepcopy(average.state_dict()), -np.inf, 0
    for number in range(1, task.recipe.epochs + 1):
        trainer.epoch()
        reached = validation_figure(read(average), task)
        if reached > highest:
            best, highest, at = copy.deepcopy(average.state_dict()), reached, number
    average.load_state_dict(best)
    return Fitted(read(average), highest, at)


def validation_figure(read: Reader, task: Task) -> float:
    """Less the mean absolute error of the score, mean over the subsets that the data can have."""
    scores, _ = read(task.valid)
    truth = task.valid.scores
    return -float(np.mean([np.abs(scores[:, s] - truth[:, s]).mean() for s in task.subsets]))


def reading(network: nn.Module) -> Reader:
    """Reads by a network whose answers begin with, or are, scores and class probabilities."""

    @torch.inference_mode()
    def read(batch: Batch) -> tuple[Floats, Floats]:
        network.eval()
        scores, probabilities = [], []
        for start in range(0, len(batch.scores), _ROWS):
            rows = slice(start, start + _ROWS)
            features: dict[Modality, torch.Tensor] = tensors({m: batch.features[m][rows] for m in MODALITIES})
            answers = network(features, tensors({m: batch.masks[m][rows] for m in MODALITIES}))
            scores.append(answers[0].numpy())
            probabilities.append(answers[1].numpy())
        return np.concatenate(scores), np.concatenate(probabilities)

    return read


def standardise(network: nn.Module, encoder: Callable[[Modality], Encoder], train: Batch) -> None:
    """Set the encoders' means and deviations from the training frames; an absent modality keeps 0 and 1."""
    for m in MODALITIES:
        frames = train.features[m][train.masks[m]]
        if len(frames):
            encoder(m).standardise.fit(torch.from_numpy(frames[:: 1 + len(frames) // FRAMES]))


def subset_figures(read: Reader, batch: Batch, masks: RealMasks | None, task: Task) -> list[Figures]:
    """Figures of all seven subsets against the score of the whole sample, under masks (None: as it is)."""
    seen = batch if masks is None else Batch(batch.features, dict(masks), batch.scores, batch.agreeing)
    scores, probabilities = read(seen)
    truth = batch.scores[:, COMPLETE]
    return [task.measure(truth, scores[:, s], probabilities[:, s]) for s in range(len(SUBSETS))]
