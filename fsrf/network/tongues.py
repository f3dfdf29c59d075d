"""A map of the token vectors of a frozen encoder of many languages to those of an English one."""

from torch import Tensor, nn

TAPS = (8, 10, 12)
"""Layers of the frozen encoder whose vectors are read: earlier ones tell what the last no longer does."""


class TokenMap(nn.Module):
    """Vectors of all taps ``[..., taps * D]`` to those that a network was trained on ``[..., D]``."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.straight = nn.Linear(len(TAPS) * width, width)
        self.down = nn.Linear(len(TAPS) * width, hidden)
        self.dropout = nn.Dropout(0.1)
        self.up = nn.Linear(hidden, width)

    def forward(self, tapped: Tensor) -> Tensor:
        """Straight, and by a hidden layer."""
        mapped: Tensor = self.straight(tapped) + self.up(self.dropout(nn.functional.gelu(self.down(tapped))))
        return mapped
