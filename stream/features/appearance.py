"""What the face looks like: a small network on the aligned grey picture, through ONNX Runtime on one thread.

The network (`fsrf.network.appearance`) lies beside this file; `tools/make/appearance.py` makes it.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fsrf_live.stream.features.crop import CROP_SIDE
from fsrf_live.stream.features.onnx_session import cpu_session

APPEARANCE_WIDTH = 32
FACE, VECTOR = "face", "vector"


class AppearanceNetwork:
    """Looks of one face after another; they have nothing to do with one another."""

    def __init__(self) -> None:
        self._session = cpu_session(appearance_model_file())

    def vector(self, face: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Vector ``[32] float32`` of a face ``[48, 48] uint8`` as `stream.features.crop` cuts it."""
        (vector,) = self._session.run(
            [VECTOR], {FACE: face.reshape(1, CROP_SIDE, CROP_SIDE).astype(np.float32)}
        )
        return np.asarray(vector[0], np.float32)


def appearance_model_file() -> Path:
    """Where the network lies."""
    return Path(__file__).with_name("appearance.onnx")
