"""Trains the network for covered faces on pictures of which is known how much of each quarter is hidden."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.fsrf.network.covering import Covering
from fsrf_live.fsrf.training.appearance import grained, turned
from fsrf_live.fsrf.training.looks import EpochLoss, PictureRecipe, Rows, learn, seed_by

_OTHER_SIDE = [1, 0, 3, 2]

COVERING_RECIPE = PictureRecipe(epochs=20, batch=64, learning_rate=4e-3, weight_decay=0.02)


def train_covering(
    faces: NDArray[np.uint8], hidden: Floats, weights: Floats, recipe: PictureRecipe, report: EpochLoss
) -> Covering:
    """Trains on faces ``[N, 48, 48]``, drawn by weights ``[N]``; returns the network in evaluation mode.

    ``hidden [N, 4]`` is how much of each quarter is hidden, NaN where nobody knows.
    """
    seed_by(recipe)
    network = Covering().train()
    pictures, truth = torch.from_numpy(faces), torch.from_numpy(hidden)

    def loss_of(rows: Rows, chance: torch.Generator) -> Tensor:
        seen, mirrored = turned(pictures[rows].float(), chance)
        goal = torch.where(mirrored[:, None], truth[rows][:, _OTHER_SIDE], truth[rows])
        return _loss(network.of_even(grained(seen, chance)), goal)

    learn(network, weights, recipe, loss_of, report, lambda _: None)
    return network.eval()


def _loss(logits: Tensor, goal: Tensor) -> Tensor:
    """Cross entropy to shares, where they are known."""
    known = ~goal.isnan()
    return functional.binary_cross_entropy_with_logits(logits[known], goal[known])
