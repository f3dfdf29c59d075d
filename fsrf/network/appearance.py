"""What a face looks like beyond its geometry: a small convolutional network on aligned grey pictures.

Residual blocks of two 3 x 3 convolutions (He et al. 2016, arXiv 1512.03385), the mean over the picture, and a
narrow layer. It learns expressions; what ships is its narrow layer, whose values have mean 0 and deviation 1.
"""

import torch
from torch import Tensor, nn

PICTURE_SIDE = 48
LOOKS_WIDTH = 32
_CHANNELS = (32, 32, 64, 128, 128)
_EVEN = 10.0
"""Added to the deviation, in grey levels, so that the noise of a picture without contrast is not blown up."""
_DROPOUT_BEFORE_NARROW = 0.3


class Block(nn.Module):
    """A residual block ``[B, inside, H, W]`` to ``[B, outside, H / stride, W / stride]``."""

    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inside, outside, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outside),
            nn.ReLU(),
            nn.Conv2d(outside, outside, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outside),
        )
        self.skip: nn.Module = nn.Identity()
        if stride > 1 or inside != outside:
            self.skip = nn.Sequential(
                nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside)
            )

    def forward(self, x: Tensor) -> Tensor:
        """One block."""
        return torch.relu(self.skip(x) + self.body(x))


class Appearance(nn.Module):
    """Grey faces ``[B, 48, 48] float32`` in [0, 255], as `stream.features.crop` cuts them, to ``[B, 32]``."""

    def __init__(self) -> None:
        super().__init__()
        first, *rest = _CHANNELS
        self.stem = nn.Sequential(nn.Conv2d(1, first, 5, 2, 2, bias=False), nn.BatchNorm2d(first), nn.ReLU())
        pairs = list(zip(_CHANNELS, rest, strict=False))
        self.blocks = nn.Sequential(*(Block(a, b, 1 if n == 0 else 2) for n, (a, b) in enumerate(pairs)))
        self.dropout = nn.Dropout(_DROPOUT_BEFORE_NARROW)
        self.narrow = nn.Linear(_CHANNELS[-1], LOOKS_WIDTH, bias=False)
        self.even = nn.BatchNorm1d(LOOKS_WIDTH, affine=False)

    def forward(self, faces: Tensor) -> Tensor:
        """Vectors ``[B, 32]``; brightness and contrast are evened out first."""
        return self.of_even(evened(faces))

    def of_even(self, faces: Tensor) -> Tensor:
        """Vectors ``[B, 32]`` of faces that `evened` returned."""
        found = self.blocks(self.stem(faces[:, None]))
        vectors: Tensor = self.even(self.narrow(self.dropout(found.mean((2, 3)))))
        return vectors


def evened(faces: Tensor) -> Tensor:
    """Faces ``[B, H, W]`` of mean 0 and deviation near 1 each; a picture without contrast stays faint."""
    mean = faces.mean((1, 2), keepdim=True)
    deviation = ((faces - mean) ** 2).mean((1, 2), keepdim=True).sqrt()
    return (faces - mean) / (deviation + _EVEN)
