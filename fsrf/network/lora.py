"""Low-rank adapters for the linear layers of a frozen network (Hu et al. 2021, arXiv 2106.09685).

A linear layer ``y = W x + c`` becomes ``y = W x + c + (alpha / r) B A x`` with ``A [r, in]`` and
``B [out, r]``; only A and B learn. B starts at zero, so a fresh adapter changes nothing (section 4.1 there).
"""

import math
from collections.abc import Iterable, Mapping
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from fsrf_live.fsrf.common.errors import CheckpointError

ALPHA = "alpha"


class LoraLinear(nn.Module):
    """A frozen linear layer with a trainable low-rank correction."""

    def __init__(self, base: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.alpha = alpha
        self.scale = alpha / rank
        self.a = nn.Parameter(torch.empty(rank, base.in_features))
        self.b = nn.Parameter(torch.zeros(base.out_features, rank))
        nn.init.kaiming_uniform_(self.a, a=math.sqrt(5))

    def forward(self, x: Tensor) -> Tensor:
        """``[..., in]`` to ``[..., out]``."""
        low = functional.linear(x, self.a) * self.scale
        return cast(Tensor, self.base(x)) + functional.linear(low, self.b)


def linear_names(module: nn.Module, within: str = "") -> list[str]:
    """Dotted names of the linear layers of a module whose name begins with `within`, in their order."""
    return [
        name
        for name, part in module.named_modules()
        if isinstance(part, nn.Linear) and name.startswith(within)
    ]


def attach(module: nn.Module, names: Iterable[str], rank: int, alpha: float) -> list[nn.Parameter]:
    """Freeze a module, put an adapter on each named linear layer, and return the adapter's parameters.

    Raises CheckpointError if a name is not that of a linear layer.
    """
    module.requires_grad_(False)
    parameters: list[nn.Parameter] = []
    for name in names:
        parent, _, leaf = name.rpartition(".")
        adapted = LoraLinear(_linear(module, name), rank, alpha)
        setattr(module.get_submodule(parent), leaf, adapted)
        parameters += [adapted.a, adapted.b]
    return parameters


def adapter_state(module: nn.Module) -> dict[str, Tensor]:
    """A copy of every adapter in a module: ``NAME.a [r, in]``, ``NAME.b [out, r]``, and ``alpha``."""
    state: dict[str, Tensor] = {}
    for name, part in module.named_modules():
        if isinstance(part, LoraLinear):
            state[f"{name}.a"] = part.a.detach().clone()
            state[f"{name}.b"] = part.b.detach().clone()
            state[ALPHA] = torch.tensor(part.alpha)
    return state


def stored(state: Mapping[str, Tensor]) -> dict[str, NDArray[np.float16]]:
    """A state as a checkpoint keeps it: half precision, which is finer than training's own noise."""
    return {name: value.half().cpu().numpy() for name, value in state.items()}


@torch.no_grad()
def merge(module: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Add the adapters of `adapter_state` into the weights of a plain module, in place.

    Raises CheckpointError if the state does not fit the module; the module is then unchanged.
    """
    if ALPHA not in state:
        raise CheckpointError("the text adapter has no alpha: train the checkpoint again")
    alpha = float(state[ALPHA])
    changes = [_change(module, key.removesuffix(".a"), state, alpha) for key in state if key.endswith(".a")]
    if 1 + 2 * len(changes) != len(state):
        raise CheckpointError("the text adapter holds parts that do not pair up: train the checkpoint again")
    for weight, change in changes:
        weight.add_(change)


def _change(module: nn.Module, name: str, state: Mapping[str, Tensor], alpha: float) -> tuple[Tensor, Tensor]:
    """A layer's weight ``[out, in]`` and what an adapter adds to it."""
    weight = _linear(module, name).weight
    a, b = state[f"{name}.a"].float(), state.get(f"{name}.b", torch.empty(0)).float()
    if a.ndim != 2 or b.shape != (weight.shape[0], a.shape[0]) or a.shape[1] != weight.shape[1]:
        raise CheckpointError(
            f"the text adapter does not fit layer {name}: it was trained on another encoder, train it again"
        )
    return weight, (b @ a * (alpha / a.shape[0])).to(weight.dtype)


def _linear(module: nn.Module, name: str) -> nn.Linear:
    try:
        part = module.get_submodule(name)
    except AttributeError as error:
        raise CheckpointError(
            f"the text adapter names a layer that the encoder does not have: {name}"
        ) from error
    if not isinstance(part, nn.Linear):
        raise CheckpointError(f"the text adapter names {name}, which is not a linear layer of the encoder")
    return part
