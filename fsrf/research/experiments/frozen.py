"""Frozen encoders that all models of a comparison share: what one frame says about the score.

Each works on one frame at a time, so that a frame that is dropped later leaves no trace in others. They are
trained on single modalities of the training split, once for all models and seeds.
"""

import copy
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.modalities import MODALITIES, SUBSETS, Modality
from fsrf_live.fsrf.common.recipe import Recipe
from fsrf_live.fsrf.data.compose import Batch, Composer
from fsrf_live.fsrf.network.bins import ScoreBins
from fsrf_live.fsrf.network.encoder import Standardise, masked_moments
from fsrf_live.fsrf.training.descent import Descent
from fsrf_live.fsrf.training.targets import supervised

CODE = 24
RECIPE = Recipe(seed=0, epochs=1, steps=300, solo=96, learning_rate=3e-3, weight_decay=0.02, average=0.98)


class FrameEncoder(nn.Module):
    """Frames ``[B, T, D]`` to codes ``[B, T, CODE]``, and a head on their mean and deviation for training."""

    def __init__(self, config: ModelConfig, modality: Modality) -> None:
        super().__init__()
        shape = config.modality(modality)
        self.standardise = Standardise(replace(shape, relative=False))
        self.encode = nn.Sequential(
            nn.Linear(self.standardise.width, 96), nn.GELU(), nn.Dropout(0.1), nn.Linear(96, CODE), nn.Tanh()
        )
        self.head = nn.Linear(2 * CODE, config.bins)

    def codes(self, features: Tensor, mask: Tensor) -> Tensor:
        """Codes of frames; zero for frames that are not real."""
        codes: Tensor = self.encode(self.standardise(features, mask)) * mask[..., None]
        return codes

    def forward(self, features: Tensor, mask: Tensor) -> Tensor:
        """Logits over score bins ``[B, bins]``."""
        mean, deviation = masked_moments(self.codes(features, mask), mask[..., None].float())
        logits: Tensor = self.head(torch.cat([mean, deviation], -1)).squeeze(1)
        return logits


class FrozenEncoders:
    """One trained encoder for each modality."""

    def __init__(self, composer: Composer, config: ModelConfig, recipe: Recipe = RECIPE) -> None:
        torch.manual_seed(recipe.seed)
        self._encoders = {m: _trained(m, composer, config, recipe) for m in MODALITIES}

    @torch.inference_mode()
    def __call__(self, batch: Batch) -> Batch:
        """The same samples as codes."""

        def codes(m: Modality) -> Floats:
            found: Floats = (
                self._encoders[m]
                .codes(torch.from_numpy(batch.features[m]), torch.from_numpy(batch.masks[m]))
                .numpy()
            )
            return found

        return Batch({m: codes(m) for m in MODALITIES}, batch.masks, batch.scores, batch.agreeing)


def _trained(modality: Modality, composer: Composer, config: ModelConfig, recipe: Recipe) -> FrameEncoder:
    """The averaged weights of an encoder after all steps; half of the faces are stills."""
    bins, subset = ScoreBins(config), SUBSETS.index((modality,))
    rng = np.random.default_rng([recipe.seed, subset])
    encoder = FrameEncoder(config, modality)
    first = composer.solo(modality, 20 * recipe.solo, rng, still=modality == "video")
    encoder.standardise.fit(torch.from_numpy(first.features[modality][first.masks[modality]]))
    average = copy.deepcopy(encoder)
    descent = Descent(encoder, encoder, average, recipe)
    encoder.train()
    for step in range(recipe.steps):
        still = modality == "video" and step % 2 == 0
        batch = composer.solo(modality, recipe.solo, rng, still=still)
        logits = encoder(torch.from_numpy(batch.features[modality]), torch.from_numpy(batch.masks[modality]))
        scores = torch.from_numpy(batch.scores[:, subset])
        losses = supervised(bins, config.neutral, logits, scores, torch.ones_like(scores), recipe.spread)
        descent.take(losses["score"] + losses["label"], step)
    return average.eval()
