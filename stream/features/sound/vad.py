"""Voice activity: Silero VAD, whose model is in its wheel, through ONNX Runtime on one thread."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.features.onnx_session import cpu_session

CHUNK = 512
_CONTEXT = 64


class SileroVad:
    """Speech probability of each 32 ms of 16 kHz sound; it remembers what it has heard until `reset`."""

    def __init__(self) -> None:
        self._session = cpu_session(vad_model_file())
        self._rate = np.array(16_000, np.int64)
        self.reset()

    def reset(self) -> None:
        """Forget everything heard."""
        self._state = np.zeros((2, 1, 128), np.float32)
        self._input = np.zeros((1, _CONTEXT + CHUNK), np.float32)

    def probability(self, chunk: NDArray[np.float32]) -> float:
        """Probability in [0, 1] that the next ``chunk [512] float32`` holds speech."""
        self._input[0, :_CONTEXT] = self._input[0, -_CONTEXT:]
        self._input[0, _CONTEXT:] = chunk
        feeds = {"input": self._input, "state": self._state, "sr": self._rate}
        probability, self._state = self._session.run(None, feeds)
        return float(probability[0, 0])


def vad_model_file() -> Path:
    """Where the wheel keeps its ONNX model; the package itself, which needs torch, is never imported."""
    spec = find_spec("silero_vad")
    if spec is None or not spec.submodule_search_locations:
        raise SourceError("silero-vad is not installed: run `pip install silero-vad`")
    path = Path(spec.submodule_search_locations[0]) / "data" / "silero_vad.onnx"
    if not path.is_file():
        raise SourceError(
            f"silero-vad has no model at {path}: install it again with `pip install silero-vad`"
        )
    return path
