"""Training a baseline: the same views, supervision, steps and descent as FSRF has."""

import copy
from dataclasses import asdict

import numpy as np
import torch
from torch import Tensor

from fsrf_live.fsrf.common.missing import Masks, draw_subsets
from fsrf_live.fsrf.common.modalities import COMPLETE
from fsrf_live.fsrf.common.recipe import Recipe
from fsrf_live.fsrf.data.compose import Batch
from fsrf_live.fsrf.network.inference import tensors
from fsrf_live.fsrf.research.baselines.network import Baseline, available
from fsrf_live.fsrf.training.descent import Descent, run_epoch
from fsrf_live.fsrf.training.targets import supervised
from fsrf_live.fsrf.training.trainer import Batches, drop_some

VIEWS = 2
"""Views of each batch in a step, as FSRF's own trainer takes."""


class BaselineTrainer:
    """A baseline in training, epoch by epoch; `average` are the averaged weights, which are kept."""

    def __init__(self, network: Baseline, recipe: Recipe, source: Batches) -> None:
        torch.set_num_threads(recipe.threads)
        self.recipe, self.model, self._source = recipe, network, source
        self.average = copy.deepcopy(network)
        self._descent = Descent(network, network, self.average, recipe)
        self.done = 0

    def epoch(self) -> dict[str, float]:
        """Train one epoch; returns the mean of each loss."""
        losses = run_epoch(self.recipe, self.done, self.model, self._step)
        self.done += 1
        return losses

    def _step(self, step: int, rng: np.random.Generator) -> dict[str, float]:
        batch = self._source.composed(self.recipe.composed, rng)
        losses = [self._view(batch, rng) for _ in range(VIEWS)]
        mean = {name: torch.stack([view[name] for view in losses]).mean() for name in losses[0]}
        weights = asdict(self.recipe.weights)
        loss = torch.stack([weights[name] * value for name, value in mean.items()]).sum()
        self._descent.take(loss, step)
        return {name: float(value.detach()) for name, value in mean.items()}

    def _view(self, batch: Batch, rng: np.random.Generator) -> dict[str, Tensor]:
        """Losses of one view: incomplete as FSRF's views are, or with all that is available."""
        network, whole = self.model, self.recipe.whole
        masks: Masks = drop_some(batch.masks, whole, rng) if network.incomplete else batch.masks
        subset = np.full(len(batch.scores), COMPLETE)
        if network.incomplete:
            subset = draw_subsets(masks, rng)
        real = available(tensors(masks))
        there = real * network.subsets[torch.from_numpy(subset)]
        pooled = network.pooled(tensors(batch.features), tensors(masks))
        scores = torch.from_numpy(batch.scores[np.arange(len(subset)), subset])
        known = (there.sum(-1) > 0).float()
        logits = network.fuser(pooled, there[:, None])[:, 0]
        losses = supervised(network.bins, network.config.neutral, logits, scores, known, self.recipe.spread)
        return {**losses, **network.own_losses(pooled, real, there)}


def prepare(network: Baseline, train: Batch, spread: float) -> None:
    """Set the prior (used if nothing is available) to the distribution of the training scores."""
    targets = network.bins.target(torch.from_numpy(train.scores[:, COMPLETE]), spread)
    network.prior.copy_(targets.mean(0).clamp_min(1e-6).log())
