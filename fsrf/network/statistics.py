"""Statistics of a whole window, which no single frame shows: how high, how lively, how varied a voice is.

Attentive statistics pooling (Okabe, Koshinaka and Shinoda 2018, Interspeech, section 3): moments over frames,
weighted by learned gates, so that silence between words need not count. Beside mean and deviation they hold
the mean change from frame to frame and the share of variance above the mean.
"""

import torch
from torch import Tensor, nn

DROPOUT = 0.3
_FLOOR = 1e-4


def moments(x: Tensor, weight: Tensor) -> Tensor:
    """``[B, T, D]`` under weights ``[B, T]`` to ``[B, 4 D]``; zeros and `_FLOOR` where all weights are 0."""
    share = (weight / weight.sum(1, keepdim=True).clamp_min(_FLOOR))[..., None]
    mean = (share * x).sum(1, keepdim=True)
    away = x - mean
    variance = (share * away**2).sum(1) + _FLOOR
    above = (share * torch.relu(away) ** 2).sum(1) / variance
    pairs = weight[:, 1:] * weight[:, :-1]
    pairs = (pairs / pairs.sum(1, keepdim=True).clamp_min(_FLOOR))[..., None]
    change = (pairs * (x[:, 1:] - x[:, :-1]).abs()).sum(1)
    return torch.cat([mean.squeeze(1), variance.sqrt(), change, above], -1)


class AttentiveStatistics(nn.Module):
    """Moments of the frames, once over all real ones and once under each of some learned gates."""

    def __init__(self, width: int, context: int, gates: int, out: int) -> None:
        super().__init__()
        self.width = width
        self.gates = nn.Linear(context, gates)
        self.norm = nn.LayerNorm(4 * width * (1 + gates))
        self.mix = nn.Sequential(
            nn.Dropout(DROPOUT),
            nn.Linear(4 * width * (1 + gates), 2 * out),
            nn.GELU(),
            nn.Dropout(DROPOUT),
            nn.Linear(2 * out, out),
        )

    def forward(self, x: Tensor, weight: Tensor) -> Tensor:
        """Frames ``[B, T, context]`` and weights ``[B, T]`` of 0 or 1 to ``[B, out]``.

        The first `width` channels are measured; all of them tell the gates how much a frame counts.
        """
        gates = torch.sigmoid(self.gates(x)) * weight[..., None]
        measured = x[..., : self.width]
        parts = [moments(measured, weight)]
        parts += [moments(measured, gates[..., i]) for i in range(gates.shape[-1])]
        mixed: Tensor = self.mix(self.norm(torch.cat(parts, -1)))
        return mixed
