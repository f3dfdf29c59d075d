"""A window: one utterance, or a fixed stretch without a microphone, with all that is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.items import FaceFeatures, Reason, VoiceFeatures, Words


@dataclass(frozen=True, slots=True)
class Presence:
    """How much of a modality is in a window: `coverage` in [0, 1], and why the rest is missing."""

    coverage: float
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Window:
    """One revision of one window: a frozen snapshot of what the sync buffer held when it was cut.

    `due_ns` is the intended moment of this reading: when the window should have closed, when a partial
    reading was due, or when the late text came. `hold_ns` is how much of the way from `end_ns` to `due_ns`
    is the price of a setting (the silence that ends an utterance).
    """

    id: int
    revision: int
    final: bool
    start_ns: int
    end_ns: int
    due_ns: int
    hold_ns: int
    faces: tuple[FaceFeatures, ...]
    voices: tuple[VoiceFeatures, ...]
    words: tuple[Words, ...]
    presence: Mapping[Modality, Presence]


Span = tuple[int, int]


def overlap(one: Span, other: Span) -> int:
    """How long two spans overlap; negative is the gap between them."""
    return min(one[1], other[1]) - max(one[0], other[0])
