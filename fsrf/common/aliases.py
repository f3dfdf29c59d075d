"""Types that many signatures name: arrays by their dtype, and plain functions."""

from collections.abc import Callable, Mapping
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Reals = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]
"""True where a feature is real."""
Image = NDArray[np.uint8]
"""``[H, W, 3]`` BGR, or ``[H, W]`` grey."""
Strings = NDArray[np.str_]
Figures = Mapping[str, float]
"""Measures by name."""

FileName = str | PathLike[str]

Report = Callable[[str], None]
"""Takes one line for people about long work."""
Encode = Callable[[list[str]], tuple[Floats, Mask]]
"""Texts to token vectors ``[B, T, D]`` and mask ``[B, T]``."""
Tokenize = Callable[[list[str]], list[list[int]]]
"""Texts to token ids."""
