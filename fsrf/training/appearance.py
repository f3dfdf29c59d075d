"""Trains the appearance network to distinguish expressions, on randomly turned, moved, covered pictures."""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from fsrf_live.fsrf.network.appearance import LOOKS_WIDTH, Appearance, evened

_Report = Callable[[int, float], None]
"""Called after each epoch with its number from 1 and its mean loss."""


@dataclass(frozen=True, slots=True)
class AppearanceRecipe:
    """One training run: `smoothing` of the labels, `average` is the decay of the averaged weights."""

    seed: int = 0
    epochs: int = 16
    batch: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 0.05
    warm_up: float = 0.2
    smoothing: float = 0.1
    average: float = 0.998
    threads: int = 1


def train_appearance(
    faces: NDArray[np.uint8], labels: NDArray[np.int64], recipe: AppearanceRecipe, report: _Report
) -> Appearance:
    """The network for faces ``[N, 48, 48]`` of classes ``[N]``; the averaged weights, in evaluation mode."""
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(recipe.threads)
    network, head = Appearance(), nn.Linear(LOOKS_WIDTH, int(labels.max()) + 1)
    model = nn.ModuleList([network, head]).train()
    average = copy.deepcopy(network)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    a_epoch = max(1, len(faces) // recipe.batch)
    steps = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.learning_rate, recipe.epochs * a_epoch, pct_start=recipe.warm_up
    )
    chance = torch.Generator().manual_seed(recipe.seed)
    pictures, truth = torch.from_numpy(faces), torch.from_numpy(labels)
    step = 0
    for epoch in range(recipe.epochs):
        total = 0.0
        order = torch.randperm(len(faces), generator=chance)[: a_epoch * recipe.batch]
        for rows in order.reshape(a_epoch, -1):
            logits = head(network.of_even(varied(pictures[rows].float(), chance)))
            loss = functional.cross_entropy(logits, truth[rows], label_smoothing=recipe.smoothing)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            steps.step()
            step += 1
            # Early on the average follows closely, so that it forgets the random start.
            follow(average, network, min(recipe.average, (step + 1) / (step + 10)))
            total += float(loss.detach())
        report(epoch + 1, total / a_epoch)
    return average.eval()


@torch.no_grad()
def follow(average: nn.Module, model: nn.Module, decay: float) -> None:
    """Move averaged weights and statistics towards those of a network."""
    mine = model.state_dict()
    for name, value in average.state_dict().items():
        if value.dtype.is_floating_point:
            value.lerp_(mine[name], 1 - decay)
        else:
            value.copy_(mine[name])


def varied(faces: Tensor, chance: torch.Generator) -> Tensor:
    """Faces ``[B, H, W]`` mirrored, turned by 15° at most, moved, nearer or farther; then evened out.

    Half of them lose a rectangle (Zhong et al. 2020, arXiv 1708.04896); contrast varies, and noise is added.
    """
    count = len(faces)

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(count, generator=chance)

    turn, size = uniform(-math.pi / 12, math.pi / 12), uniform(0.85, 1.15)
    mirror = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    along, across = torch.cos(turn) * size, torch.sin(turn) * size
    rows = (
        torch.stack([along * mirror, -across, uniform(-0.12, 0.12)], 1),
        torch.stack([across * mirror, along, uniform(-0.12, 0.12)], 1),
    )
    grid = functional.affine_grid(torch.stack(rows, 1), [count, 1, *faces.shape[1:]], align_corners=False)
    moved = functional.grid_sample(faces[:, None], grid, padding_mode="border", align_corners=False)
    even = evened(moved[:, 0])
    shown = ~(_covered(faces.shape[1:], uniform) & (uniform(0, 1) < 0.5)[:, None, None])
    contrast, noise = uniform(0.8, 1.2)[:, None, None], uniform(0, 0.15)[:, None, None]
    return even * shown * contrast + noise * torch.randn(even.shape, generator=chance)


def _covered(shape: torch.Size, uniform: Callable[[float, float], Tensor]) -> Tensor:
    """Rectangles ``[B, H, W] bool``, a sixth to three eighths of the picture in each direction."""
    within = []
    for side in shape:
        first, long = uniform(0, 5 / 6) * side, uniform(1 / 6, 3 / 8) * side
        place = torch.arange(side)
        within.append((place >= first[:, None]) & (place < (first + long)[:, None]))
    down, right = within
    return down[:, :, None] & right[:, None, :]
