"""Trains the appearance network to tell expressions apart, on randomly turned, moved, covered pictures."""

import copy
import math
from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from fsrf_live.fsrf.network.appearance import LOOKS_WIDTH, Appearance, evened
from fsrf_live.fsrf.training.looks import EpochLoss, PictureRecipe, Rows, learn, seed_by

_BLUR = 5
"""In pixels."""

_SMOOTHING = 0.1
"""Of the labels."""
_AVERAGE = 0.998
"""Decay of the averaged weights, which are the ones that are kept."""
APPEARANCE_RECIPE = PictureRecipe(epochs=4, batch=128, learning_rate=1.5e-3, weight_decay=0.05)


def train_appearance(
    network: Appearance,
    faces: NDArray[np.uint8],
    labels: NDArray[np.int64],
    weights: NDArray[np.float32],
    recipe: PictureRecipe,
    report: EpochLoss,
) -> Appearance:
    """Trains a network on faces ``[N, 48, 48]`` of classes ``[N]``, drawn by weights ``[N]``.

    Returns the averaged weights, in evaluation mode.
    """
    seed_by(recipe)
    head = nn.Linear(LOOKS_WIDTH, int(labels.max()) + 1)
    model = nn.ModuleList([network, head]).train()
    average = copy.deepcopy(network)
    pictures, truth = torch.from_numpy(faces), torch.from_numpy(labels)

    def loss_of(rows: Rows, chance: torch.Generator) -> Tensor:
        logits = head(network.of_even(varied(pictures[rows].float(), chance)))
        return functional.cross_entropy(logits, truth[rows], label_smoothing=_SMOOTHING)

    def took(step: int) -> None:
        # Early on the average follows closely, so that it forgets the random start.
        follow(average, network, min(_AVERAGE, (step + 2) / (step + 11)))

    learn(model, weights, recipe, loss_of, report, took)
    return average.eval()


@torch.no_grad()
def unfused(weights: Mapping[str, NDArray[np.float32]], faces: NDArray[np.uint8]) -> Appearance:
    """A network that answers as an exported one does, whose normalisations can be trained again.

    An export multiplies each normalisation into the convolution before it; `weights` are what is left, by the
    names of `Appearance`, biases as ``<name>_bias``. The statistics are those of ``faces [N, 48, 48]``.
    """
    network = Appearance().eval()
    own = dict(network.named_parameters())
    for name in [name for name in own if own[name].dim() > 1]:
        own[name].copy_(torch.from_numpy(weights[name].copy()))
    biases = [torch.from_numpy(weights[f"{name}_bias"].copy()) for name in _normalised(network)]
    layers = [m for m in network.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]

    def settle(layer: nn.BatchNorm1d | nn.BatchNorm2d, bias: Tensor, seen: Tensor) -> None:
        apart = [axis for axis in range(seen.dim()) if axis != 1]
        layer.running_mean, layer.running_var = seen.mean(apart), seen.var(apart, unbiased=False)
        if layer.affine:
            layer.weight.copy_((layer.running_var + layer.eps).sqrt())
            layer.bias.copy_(layer.running_mean + bias)

    for layer, bias in zip(layers, biases, strict=True):
        layer.register_forward_pre_hook(lambda one, given, bias=bias: settle(one, bias, given[0]))
    network(torch.from_numpy(faces).float())
    for layer in layers:
        layer._forward_pre_hooks.clear()
    return network


def _normalised(network: Appearance) -> list[str]:
    """The names of the weights before each normalisation, in the order of the normalisations."""
    return [name for name, value in network.named_parameters() if value.dim() > 1]


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
    """Faces ``[B, H, W]`` `turned`; half of them lose a rectangle (Zhong et al. 2020, arXiv 1708.04896)."""
    (even, _), uniform = turned(faces, chance), _uniform(len(faces), chance)
    shown = ~(_covered(faces.shape[1:], uniform) & (uniform(0, 1) < 0.5)[:, None, None])
    return grained(even * shown, chance)


def turned(faces: Tensor, chance: torch.Generator) -> tuple[Tensor, Tensor]:
    """Faces ``[B, H, W]`` mirrored, turned by 15° at most, moved, nearer or farther; then evened out.

    Half are blurred, for corpora differ in sharpness and in what they show. Also which are mirrored, ``[B]``.
    """
    uniform = _uniform(len(faces), chance)
    turn, size = uniform(-math.pi / 12, math.pi / 12), uniform(0.85, 1.15)
    mirror = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    along, across = torch.cos(turn) * size, torch.sin(turn) * size
    rows = (
        torch.stack([along * mirror, -across, uniform(-0.12, 0.12)], 1),
        torch.stack([across * mirror, along, uniform(-0.12, 0.12)], 1),
    )
    shape = [len(faces), 1, *faces.shape[1:]]
    grid = functional.affine_grid(torch.stack(rows, 1), shape, align_corners=False)
    moved = functional.grid_sample(faces[:, None], grid, padding_mode="border", align_corners=False)
    blurred = functional.avg_pool2d(moved, _BLUR, 1, _BLUR // 2, count_include_pad=False)
    blur = uniform(-1, 1).clamp(0, 1)[:, None, None, None]
    return evened((moved + blur * (blurred - moved))[:, 0]), mirror < 0


def grained(even: Tensor, chance: torch.Generator) -> Tensor:
    """Faces that were evened out ``[B, H, W]``, with more or less contrast, and noise."""
    uniform = _uniform(len(even), chance)
    contrast, noise = uniform(0.8, 1.2)[:, None, None], uniform(0, 0.15)[:, None, None]
    return even * contrast + noise * torch.randn(even.shape, generator=chance)


def _uniform(count: int, chance: torch.Generator) -> Callable[[float, float], Tensor]:
    return lambda low, high: low + (high - low) * torch.rand(count, generator=chance)


def _covered(shape: torch.Size, uniform: Callable[[float, float], Tensor]) -> Tensor:
    """Rectangles ``[B, H, W] bool``, a sixth to three eighths of the picture in each direction."""
    within = []
    for side in shape:
        first, long = uniform(0, 5 / 6) * side, uniform(1 / 6, 3 / 8) * side
        place = torch.arange(side)
        within.append((place >= first[:, None]) & (place < (first + long)[:, None]))
    down, right = within
    return down[:, :, None] & right[:, None, :]
