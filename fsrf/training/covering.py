"""Trains the network for covered faces on pictures of which is known how much of each quarter is hidden."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.fsrf.network.covering import Covering
from fsrf_live.fsrf.training.appearance import grained, turned

_OTHER_SIDE = [1, 0, 3, 2]

_Progress = Callable[[int, float], None]
"""Called after each epoch with its number from 1 and its mean loss."""


@dataclass(frozen=True, slots=True)
class CoveringRecipe:
    """One training run; `warm_up` is the share of it in which the learning rate grows."""

    seed: int = 0
    epochs: int = 20
    batch: int = 64
    learning_rate: float = 4e-3
    weight_decay: float = 0.02
    warm_up: float = 0.2
    threads: int = 1


def train_covering(
    faces: NDArray[np.uint8], hidden: Floats, weights: Floats, recipe: CoveringRecipe, report: _Progress
) -> Covering:
    """Trains on faces ``[N, 48, 48]``, drawn by weights ``[N]``; returns the network in evaluation mode.

    ``hidden [N, 4]`` is how much of each quarter is hidden, NaN where nobody knows.
    """
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(recipe.threads)
    network = Covering().train()
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    a_epoch = max(1, len(faces) // recipe.batch)
    steps = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.learning_rate, recipe.epochs * a_epoch, pct_start=recipe.warm_up
    )
    chance = torch.Generator().manual_seed(recipe.seed)
    pictures, truth, often = (torch.from_numpy(array) for array in (faces, hidden, weights))
    for epoch in range(recipe.epochs):
        total = 0.0
        order = torch.multinomial(often, a_epoch * recipe.batch, replacement=True, generator=chance)
        for rows in order.reshape(a_epoch, -1):
            seen, mirrored = turned(pictures[rows].float(), chance)
            goal = torch.where(mirrored[:, None], truth[rows][:, _OTHER_SIDE], truth[rows])
            loss = _loss(network.of_even(grained(seen, chance)), goal)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            steps.step()
            total += float(loss.detach())
        report(epoch + 1, total / a_epoch)
    return network.eval()


def _loss(logits: Tensor, goal: Tensor) -> Tensor:
    """Cross entropy to shares, where they are known."""
    known = ~goal.isnan()
    return functional.binary_cross_entropy_with_logits(logits[known], goal[known])
