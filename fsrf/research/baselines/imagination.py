"""An imagination autoencoder in the manner of MMIN (Zhao et al., ACL 2021).

A cascade of residual autoencoders imagines the complete representation from the available one; a second
cascade leads back from the imagined to the available one; the class is predicted from the codes of the
autoencoders.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.fsrf.research.baselines.network import Baseline

CASCADE = 3


class Cascade(nn.Module):
    """Residual autoencoders ``[..., d]`` to ``[..., d]``, and the codes ``[..., CASCADE * d / 3]``."""

    def __init__(self, width: int, code: int) -> None:
        super().__init__()
        self.encoders = nn.ModuleList(
            nn.Sequential(nn.Linear(width, code), nn.GELU(), nn.Linear(code, code)) for _ in range(CASCADE)
        )
        self.decoders = nn.ModuleList(nn.Linear(code, width) for _ in range(CASCADE))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What was imagined, and the codes it came from."""
        codes, total = [], x
        for encode, decode in zip(self.encoders, self.decoders, strict=True):
            codes.append(encode(total))
            total = total + decode(codes[-1])
        return total, torch.cat(codes, -1)


class Imagination(nn.Module):
    """Available representations, missing ones zero, to imagined ones and to logits."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        whole = len(MODALITIES) * config.width
        self.forth = Cascade(whole, config.width)
        self.back = Cascade(whole, config.width)
        self.classify = nn.Sequential(
            nn.Linear(CASCADE * config.width, 2 * config.width),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Linear(2 * config.width, config.bins),
        )

    def forward(self, pooled: Tensor, there: Tensor) -> Tensor:
        """As `fsrf.research.baselines.network.Fuser`."""
        _, codes = self.forth((pooled[:, None] * there[..., None]).flatten(-2))
        logits: Tensor = self.classify(codes)
        return logits

    def losses(self, pooled: Tensor, real: Tensor, there: Tensor) -> dict[str, Tensor]:
        """`recovery` (imagined against true) and `reconstruction` (back again), over what the data has."""
        truth = pooled.detach()
        seen = truth * there[..., None]
        imagined, _ = self.forth((pooled * there[..., None]).flatten(-2))
        returned, _ = self.back(imagined)
        return {
            "recovery": _error(imagined, truth, real),
            "reconstruction": _error(returned, seen, real),
        }


def _error(guess: Tensor, truth: Tensor, real: Tensor) -> Tensor:
    """Mean squared error of ``[B, 3 d]`` against ``[B, 3, d]`` over the modalities that are real."""
    error = functional.mse_loss(guess.reshape(truth.shape), truth, reduction="none").mean(-1)
    return (error * real).sum() / real.sum().clamp_min(1)


def imagination(config: ModelConfig) -> Baseline:
    """Imagination of what is missing, trained on incomplete views."""
    return Baseline(config, Imagination(config), incomplete=True)
