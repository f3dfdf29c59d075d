"""Each encoder learns alone before all are put together, from the corpora of its own modality.

Labels of one modality are many and cheap. Joint training shares its steps among seven subsets and many
losses; an encoder that starts there from random weights ends worse than its features allow.
"""

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from fsrf_live.fsrf.common.modalities import MODALITIES, SUBSETS, Modality
from fsrf_live.fsrf.common.recipe import Recipe
from fsrf_live.fsrf.data.compose import Batch
from fsrf_live.fsrf.network.model import FSRF
from fsrf_live.fsrf.training.descent import Descent
from fsrf_live.fsrf.training.targets import supervised

STEPS: dict[Modality, int] = {"text": 800, "audio": 2400, "video": 2600}


class SingleModality(Protocol):
    """A source of batches of one modality; `fsrf.data.compose.Composer` is one."""

    def cheap(self, modality: Modality, size: int, rng: np.random.Generator) -> Batch:
        """A batch that has that modality alone; about `size` samples, or more if they cost little."""


def learner(model: FSRF, modality: Modality) -> nn.ModuleDict:
    """The parts of a network that learn alone: the encoder of a modality and its pooling."""
    return nn.ModuleDict({"encoder": model.encoder(modality), "pool": model.factorization.pool[modality]})


class EncoderProbe(nn.Module):
    """An encoder, its pooling, and a head that is thrown away: features to logits ``[B, bins]``."""

    def __init__(self, model: FSRF, modality: Modality) -> None:
        super().__init__()
        width = model.config.width
        self.encoder, self.pool = learner(model, modality).children()
        self.head = nn.Sequential(
            nn.LayerNorm(width),
            nn.GELU(),
            nn.Dropout(model.config.dropout),
            nn.Linear(width, model.config.bins),
        )

    def forward(self, features: Tensor, mask: Tensor) -> Tensor:
        """``[B, T, D]``, ``[B, T] bool`` to ``[B, bins]``."""
        logits: Tensor = self.head(self.pool(*self.encoder(features, mask)))
        return logits


def pretrain(
    model: FSRF, source: SingleModality, recipe: Recipe, modalities: Sequence[Modality] = MODALITIES
) -> dict[str, float]:
    """Train the encoders and poolings of some modalities, each alone; they get the averaged weights.

    Each modality has seeds of its own, so its result does not depend on which others are trained. Takes a
    share `recipe.pretraining` of `STEPS`; returns each modality's mean loss over its last tenth.
    """
    steps = {m: max(1, round(STEPS[m] * recipe.pretraining)) for m in modalities}
    return {m: _learn(model, m, source, replace(recipe, epochs=1, steps=steps[m])) for m in modalities}


def _learn(model: FSRF, modality: Modality, source: SingleModality, recipe: Recipe) -> float:
    torch.manual_seed(recipe.seed * 1009 + MODALITIES.index(modality))
    rng = np.random.default_rng([recipe.seed, 2_000_003, MODALITIES.index(modality)])
    probe = EncoderProbe(model, modality).train()
    average = copy.deepcopy(probe)
    descent = Descent(probe, probe, average, recipe)
    own = SUBSETS.index((modality,))
    last: list[float] = []
    for step in range(recipe.steps):
        batch = source.cheap(modality, recipe.solo, rng)
        logits = probe(torch.from_numpy(batch.features[modality]), torch.from_numpy(batch.masks[modality]))
        scores = torch.from_numpy(batch.scores)[:, own]
        found = supervised(
            model.bins, model.config.neutral, logits, scores, torch.ones_like(scores), recipe.spread
        )
        loss = recipe.weights.score * found["score"] + recipe.weights.label * found["label"]
        descent.take(loss, step)
        if step >= int(0.9 * recipe.steps):
            last.append(float(loss.detach()))
    probe.load_state_dict(average.state_dict())
    return float(np.mean(last))
