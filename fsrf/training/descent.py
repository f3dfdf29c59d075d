"""One step of gradient descent as every network takes it: AdamW, a schedule, clipping, averaged weights."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fsrf_live.fsrf.common.recipe import Recipe


class Descent:
    """The optimizer of one run; `average` follows `followed`, which is a part of `trained`."""

    def __init__(self, trained: nn.Module, followed: nn.Module, average: nn.Module, recipe: Recipe) -> None:
        self._trained, self._followed, self._average, self._recipe = trained, followed, average, recipe
        groups = list(_groups(trained, recipe))
        self._rates = [group["lr"] for group in groups]
        self.optimizer = torch.optim.AdamW(groups)

    def take(self, loss: Tensor, step: int) -> None:
        """Take step number `step` of the run down the gradient of a scalar."""
        share = schedule(step, self._recipe.epochs * self._recipe.steps, self._recipe.warm_up)
        for group, rate in zip(self.optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * share
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self._trained.parameters(), self._recipe.clip)
        self.optimizer.step()
        self._follow(step)

    @torch.no_grad()
    def _follow(self, step: int) -> None:
        """Move the averaged weights towards the trained ones; early on they follow closely."""
        share = 1 - min(self._recipe.average, (1 + step) / (10 + step))
        for mean, value in zip(self._average.parameters(), self._followed.parameters(), strict=True):
            mean.lerp_(value, share)


def run_epoch(
    recipe: Recipe,
    done: int,
    trained: nn.Module,
    step: Callable[[int, np.random.Generator], dict[str, float]],
) -> dict[str, float]:
    """Take all steps of the epoch after `done` others, each by its number in the run; mean of each loss.

    Everything random comes from (seed, epoch).
    """
    torch.manual_seed((recipe.seed + 1) * 100_003 + done)
    rng = np.random.default_rng([recipe.seed, done])
    trained.train()
    sums: dict[str, float] = {}
    for number in range(done * recipe.steps, (done + 1) * recipe.steps):
        for name, value in step(number, rng).items():
            sums[name] = sums.get(name, 0.0) + value / recipe.steps
    return sums


def _groups(trained: nn.Module, recipe: Recipe) -> Iterator[dict[str, Any]]:
    """Parameters by rate and decay: those of encoders learn gently, vectors and scalars do not decay."""
    chosen: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in trained.named_parameters():
        rate = recipe.learning_rate * (recipe.gentle if "encoders." in name else 1.0)
        decay = recipe.weight_decay if parameter.dim() > 1 else 0.0
        chosen.setdefault((rate, decay), []).append(parameter)
    for (rate, decay), parameters in chosen.items():
        yield {"params": parameters, "lr": rate, "weight_decay": decay}


def schedule(step: int, total: int, warm_up: float) -> float:
    """Linear warm-up, then a cosine down to a twentieth."""
    rise = max(1.0, warm_up * total)
    if step < rise:
        return (step + 1) / (rise + 1)
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1.0, total - rise)))
