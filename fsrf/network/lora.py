"""Low-rank adapters for the linear layers of a network (Hu et al. 2021, arXiv 2106.09685).

A linear layer ``y = W x + c`` becomes ``y = W x + c + (alpha / r) B A x`` with ``A [r, in]`` and
``B [out, r]``. A and B do not learn themselves: the whole weights do, and of their change the largest
directions are kept, which are most of it.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fsrf_live.fsrf.common.errors import CheckpointError

Changes = Mapping[str, Tensor]
"""What training added to weights ``[out, in]``, by their dotted names."""
ALPHA = "alpha"


def linear_names(module: nn.Module, within: str = "") -> list[str]:
    """Dotted names of the linear layers of a module whose name begins with `within`, in their order."""
    return [
        name
        for name, part in module.named_modules()
        if isinstance(part, nn.Linear) and name.startswith(within)
    ]


def averaged(runs: Sequence[Changes]) -> dict[str, Tensor]:
    """The mean of several runs' changes of the same weights, in single precision."""
    return {name: torch.stack([run[name].float() for run in runs]).mean(0) for name in runs[0]}


def reduced(changes: Changes, rank: int) -> dict[str, Tensor]:
    """An adapter: of every change the best approximation of that rank (Eckart and Young 1936).

    ``LAYER.a [r, in]`` and ``LAYER.b [out, r]`` of every weight ``LAYER.weight [out, in]``, and ``alpha``;
    r is `rank`, or less of a smaller weight.
    """
    state: dict[str, Tensor] = {}
    for name, change in changes.items():
        left, sizes, right = torch.linalg.svd(change, full_matrices=False)
        root = sizes[:rank].sqrt()
        layer = name.removesuffix(".weight")
        state[f"{layer}.a"] = root[:, None] * right[:rank]
        state[f"{layer}.b"] = left[:, :rank] * root * (len(root) / rank)  # what alpha / r takes back
    return {**state, ALPHA: torch.tensor(float(rank))}


def stored(state: Mapping[str, Tensor]) -> dict[str, NDArray[np.float16]]:
    """A state as a checkpoint keeps it: half precision, which is finer than training's own noise.

    Row by row, as safetensors takes any array to be: parts of a decomposition lie column by column.
    """
    return {name: value.half().cpu().contiguous().numpy() for name, value in state.items()}


@torch.no_grad()
def merge(module: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Add the adapters of `reduced` into the weights of a plain module, in place.

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
