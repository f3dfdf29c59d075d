"""What flows through the path: what sources yield and what feature extraction makes of it.

Every item is stamped at capture with the one clock (`stream.flow.clock`), in nanoseconds.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000


class State(str, Enum):
    """State of a source."""

    STARTING = "starting"
    LIVE = "live"
    STALLED = "stalled"
    LOST = "lost"
    RECONNECTING = "reconnecting"
    DISABLED = "disabled"
    ENDED = "ended"


class Reason(str, Enum):
    """Why a modality is missing from a window, or from a part of it."""

    DISABLED = "disabled"
    ABSENT = "absent"
    LOST = "lost"
    STALLED = "stalled"
    FROZEN = "frozen"
    BLACK = "black"
    SILENT = "silent"
    NO_FACE = "no_face"
    NO_SPEECH = "no_speech"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture: ``image [H, W, 3] uint8`` BGR."""

    time_ns: int
    image: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Samples:
    """A block of sound: ``samples [n] float32`` in [-1, 1], mono, 16 kHz; `time_ns` is its first sample."""

    time_ns: int
    samples: NDArray[np.float32]

    @property
    def end_ns(self) -> int:
        """When the block ends."""
        return self.time_ns + len(self.samples) * 1_000_000_000 // SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True)
class Words:
    """Words spoken between two moments."""

    start_ns: int
    end_ns: int
    text: str


Item = Frame | Samples | Words


def start_ns(item: Item) -> int:
    """When an item begins."""
    return item.start_ns if isinstance(item, Words) else item.time_ns


@dataclass(frozen=True, slots=True)
class FaceFeatures:
    """Normalised face geometry of one frame: ``vector [D] float32``, or None and the reason."""

    time_ns: int
    vector: NDArray[np.float32] | None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class VoiceFeatures:
    """Voice features of one hop (40 ms): ``vector [D] float32``; `speech` is the VAD probability in [0, 1].

    `silent` marks digital silence (all zeros), which a live microphone never gives.
    """

    time_ns: int
    vector: NDArray[np.float32]
    speech: float
    silent: bool = False
