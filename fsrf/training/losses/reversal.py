"""Gradient reversal (Ganin and Lempitsky 2015): what lies before it unlearns what lies behind it learns."""

from typing import Any

import torch
from torch import Tensor


class _Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, strength: float) -> Tensor:
        ctx.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return -ctx.strength * gradients[0], None


def reverse_gradient(x: Tensor, strength: float = 1.0) -> Tensor:
    """The same values; the gradient changes its sign and is scaled by `strength`."""
    reversed_x: Tensor = _Reverse.apply(x, strength)  # type: ignore[no-untyped-call]
    return reversed_x
