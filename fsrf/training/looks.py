"""How the small networks learn that look at pictures of faces, whatever they learn."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from fsrf_live.fsrf.common.aliases import Floats

_WARM_UP = 0.2
"""Share of a run in which the learning rate grows."""
_THREADS = 1
"""A seed gives the same weights on the same number of threads."""

Rows = Tensor
"""Which pictures a step takes, ``[B] int64``."""
EpochLoss = Callable[[int, float], None]
"""Called after each epoch with its number from 1 and its mean loss."""


@dataclass(frozen=True, slots=True)
class PictureRecipe:
    """One training run."""

    epochs: int
    batch: int
    learning_rate: float
    weight_decay: float
    seed: int = 0


def seed_by(recipe: PictureRecipe) -> None:
    """Make what follows depend on the recipe alone; call it before a network is made."""
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(_THREADS)


def learn(
    model: nn.Module,
    weights: Floats,
    recipe: PictureRecipe,
    loss_of: Callable[[Rows, torch.Generator], Tensor],
    report: EpochLoss,
    took: Callable[[int], None],
) -> None:
    """Train on pictures drawn by ``weights [N]``; `took` gets the number of each step from 0, once taken."""
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    a_epoch = max(1, len(weights) // recipe.batch)
    rates = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.learning_rate, recipe.epochs * a_epoch, pct_start=_WARM_UP
    )
    chance = torch.Generator().manual_seed(recipe.seed)
    often = torch.from_numpy(weights)
    for epoch in range(recipe.epochs):
        total = 0.0
        order = torch.multinomial(often, a_epoch * recipe.batch, replacement=True, generator=chance)
        for step, rows in enumerate(order.reshape(a_epoch, -1), start=epoch * a_epoch):
            loss = loss_of(rows, chance)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            rates.step()
            took(step)
            total += float(loss.detach())
        report(epoch + 1, total / a_epoch)
