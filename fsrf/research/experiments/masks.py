"""The stored masks of a task's test split: drawn once, kept in a file, and shared by every model.

Subsets of modalities need no masks of their own: every model answers for all seven. Stored are frames that go
at rates from 0.1 to 0.9, subsets and frames together, and what devices do.
"""

import zlib
from pathlib import Path

import numpy as np

from fsrf_live.fsrf.common.missing import (
    DEVICE_KINDS,
    Masks,
    RealMasks,
    drop_both,
    drop_frames,
    load_masks,
    save_masks,
)
from fsrf_live.fsrf.common.modalities import MODALITIES

RATES = tuple(round(0.1 * step, 1) for step in range(1, 10))
_SEED = 20_251_121
BOTH = "both"


def conditions() -> tuple[str, ...]:
    """Names of all stored masks."""
    return (*(f"rate-{rate}" for rate in RATES), BOTH, *DEVICE_KINDS)


def stored_masks(folder: Path, real: RealMasks) -> dict[str, Masks]:
    """Masks of every condition by name, read from `folder` or drawn and stored there.

    The draw depends on the name and on nothing else: a folder that was lost gives the same masks again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    masks: dict[str, Masks] = {}
    for name in conditions():
        path = folder / f"{name}.npz"
        if not path.exists():
            save_masks(path, _draw(name, real))
        masks[name] = load_masks(path)
    return masks


def _draw(name: str, real: RealMasks) -> Masks:
    rng = np.random.default_rng([_SEED, zlib.crc32(name.encode())])
    if name in DEVICE_KINDS:
        return DEVICE_KINDS[name](real, rng)
    if name == BOTH:
        return drop_both(real, rng)[0]
    return drop_frames({m: real[m] for m in MODALITIES}, float(name.removeprefix("rate-")), rng)
