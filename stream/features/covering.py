"""Whether a face is covered: how much of eyes and mouth is hidden, by a small network on the aligned picture.

The network (`fsrf.network.covering`) lies beside this file; `tools/make/covering.py` makes it.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fsrf_live.engines.common.shelf import flaw_of
from fsrf_live.engines.common.stored import ModelFile
from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.features.crop import CROP_SIDE
from fsrf_live.stream.features.onnx_session import cpu_session

QUARTERS = ("right eye", "left eye", "right half of the mouth", "left half of the mouth")
"""What may be hidden, by the person's own right and left."""
_PAIRS = ((0, 1), (2, 3), (0, 2), (1, 3))
"""The eyes, the mouth, the right and the left half of the face."""

ALIGNED, HIDDEN_SHARES = "face", "hidden"
COVERING_FILE = ModelFile(
    "covering.onnx", 212_481, "37a9ff4d7e5ae55de18cabd327cf3237885014aa33d3e475e07d025a6319dff1"
)

COVERED, BARE = 0.5, 0.35
"""The share from which on a bare face counts as covered, and below which a covered one is bare again."""
_NEWEST = 0.5
"""How much the newest look counts in a stream: something that is seen once does not cover a face."""
_AWAY_NS = 1_000_000_000
"""After so long without a look what was seen before counts no more."""


class CoveringNetwork:
    """Looks at one face after another; they have nothing to do with one another."""

    def __init__(self) -> None:
        """Raises SourceError if the network is missing or is not the one that ships."""
        path = covering_model_file()
        flaw = flaw_of(COVERING_FILE, [path])
        if flaw is not None:
            raise SourceError(f"the network for covered faces: {flaw}; install fsrf-live again")
        self._session = cpu_session(path)

    def hidden(self, face: NDArray[np.uint8]) -> Floats:
        """How much of each of the `QUARTERS` is hidden, ``[4]`` in [0, 1]; ``face [48, 48]`` as a crop."""
        picture = face.reshape(1, CROP_SIDE, CROP_SIDE).astype(np.float32)
        (hidden,) = self._session.run([HIDDEN_SHARES], {ALIGNED: picture})
        return np.asarray(hidden[0], np.float32)


class Cover:
    """Whether the face of a stream is covered, told from one look to the next."""

    def __init__(self) -> None:
        self._covered = False
        self._share = 0.0
        self._last_ns: int | None = None

    def covers(self, time_ns: int, share: float) -> bool:
        """Say whether the face is covered, now that a look of this time has seen so much hidden."""
        if self._last_ns is None or abs(time_ns - self._last_ns) > _AWAY_NS:
            self._covered, self._share = False, share
        self._last_ns = time_ns
        self._share += _NEWEST * (share - self._share)
        self._covered = self._share >= (BARE if self._covered else COVERED)
        return self._covered


def covered_share(hidden: Floats) -> float:
    """How much is hidden of the eyes, of the mouth or of one half of a face: the most of these.

    ``hidden [4]`` is by `QUARTERS`.
    """
    return max(float(hidden[list(pair)].mean()) for pair in _PAIRS)


def covering_model_file() -> Path:
    """Where the network lies."""
    return Path(__file__).with_name(COVERING_FILE.name)
