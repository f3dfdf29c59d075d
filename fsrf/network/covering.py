"""Which parts of a face are hidden: a small convolutional network on the picture that `Appearance` sees."""

import torch
from torch import Tensor, nn

from fsrf_live.fsrf.network.appearance import PICTURE_SIDE, evened

HIDDEN_WIDTH = 4
"""The right eye, the left eye, the right half of the mouth, the left half, as the person has them."""
_CHANNELS = (12, 24, 32, 32)
_STRIDES = (2, 2, 2, 1)
_NARROW = 24
_DROPOUT_BEFORE_NARROW = 0.2


class Covering(nn.Module):
    """Grey faces ``[B, 48, 48] float32`` in [0, 255] to how much of each of four quarters is hidden."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inside = 1
        for outside, stride in zip(_CHANNELS, _STRIDES, strict=True):
            size = 3 if layers else 5
            convolution = nn.Conv2d(inside, outside, size, stride, size // 2, bias=False)
            layers += [convolution, nn.BatchNorm2d(outside), nn.ReLU()]
            inside = outside
        side = PICTURE_SIDE // 8
        self.body = nn.Sequential(*layers, nn.Flatten(), nn.Dropout(_DROPOUT_BEFORE_NARROW))
        self.head = nn.Sequential(
            nn.Linear(inside * side * side, _NARROW), nn.ReLU(), nn.Linear(_NARROW, HIDDEN_WIDTH)
        )

    def forward(self, faces: Tensor) -> Tensor:
        """Shares ``[B, 4]`` in [0, 1]; brightness and contrast are evened out first."""
        return torch.sigmoid(self.of_even(evened(faces)))

    def of_even(self, faces: Tensor) -> Tensor:
        """Logits ``[B, 4]`` of faces that `evened` returned."""
        logits: Tensor = self.head(self.body(faces[:, None]))
        return logits
