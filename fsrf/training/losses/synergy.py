"""FIRF: the synergistic part must predict better than the best single heterogeneous part."""

import torch
from torch import Tensor

MARGIN = 0.1


def synergy_hinge(synergistic_loss: Tensor, heterogeneous_losses: Tensor) -> Tensor:
    """How far the loss ``[N]`` is from beating the least of ``[N, M]`` by `MARGIN`, per row, at least 0.

    The heterogeneous losses get no gradient: they must not get worse for the synergistic part to look better.
    """
    best = heterogeneous_losses.detach().amin(-1)
    return torch.relu(synergistic_loss - best + MARGIN)
