"""The three modalities, their order, and the seven subsets of them that may be available.

A subset is a bit mask over `MODALITIES` (text 1, audio 2, video 4). Arrays with an axis of seven hold subset
``s`` at index ``s - 1``; the last one is the complete subset.
"""

from typing import Literal

Modality = Literal["text", "audio", "video"]

MODALITIES: tuple[Modality, ...] = ("text", "audio", "video")
SUBSETS: tuple[tuple[Modality, ...], ...] = tuple(
    tuple(m for bit, m in enumerate(MODALITIES) if subset >> bit & 1) for subset in range(1, 8)
)
SUBSET_NAMES = tuple("+".join(subset) for subset in SUBSETS)
COMPLETE = len(SUBSETS) - 1


def subset_index(available: frozenset[Modality] | set[Modality] | tuple[Modality, ...]) -> int:
    """Index into an axis of seven for a non-empty set of modalities; raises ValueError when empty."""
    mask = sum(1 << bit for bit, m in enumerate(MODALITIES) if m in available)
    if mask == 0:
        raise ValueError("no modality is available: the answer is the checkpoint's prior")
    return mask - 1
