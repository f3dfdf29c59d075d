"""The missing protocol: which modalities, and which frames of them, are removed.

Masks are ``[N, T] bool`` by modality (True where a feature is real). Every function takes the real masks and
a generator and returns what is left, so masks can be drawn once, stored, and shared by every model.
Inter-modality: the modalities of a subset are kept whole. Intra-modality: frames are dropped at a rate. Both:
as in the papers' mixed test. The others imitate failing devices.
"""

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Mask
from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.common.files import replacing
from fsrf_live.fsrf.common.modalities import MODALITIES, SUBSETS, Modality

Masks = dict[Modality, Mask]
RealMasks = Mapping[Modality, Mask]
TO_THE_END = 2.0
"""A share beyond every frame: the hole has no end."""
MEMBERS = np.array([[m in subset for m in MODALITIES] for subset in SUBSETS])
"""``[7, 3]``: whether subset s holds modality m."""


def drop_frames(masks: RealMasks, rate: float | NDArray[np.float64], rng: np.random.Generator) -> Masks:
    """Each real frame is dropped, independently, with probability `rate` (one for all, or ``[N]`` by row)."""
    rates = np.broadcast_to(rate, len(masks["text"]))[:, None]
    return {m: masks[m] & (rng.random(masks[m].shape) >= rates) for m in MODALITIES}


def draw_subsets(masks: RealMasks, rng: np.random.Generator) -> NDArray[np.int64]:
    """For each row the index of a subset with at least one modality that is real in it, ``[N]``."""
    there = np.stack([masks[m].any(1) for m in MODALITIES], 1)
    fits = (MEMBERS[None] & there[:, None]).any(-1)
    return np.asarray(np.where(fits, rng.random(fits.shape), -1.0).argmax(1))


def drop_both(masks: RealMasks, rng: np.random.Generator) -> tuple[Masks, NDArray[np.int64]]:
    """For each row a subset, then p ~ U(0, 1) of its frames; returns the masks and the subsets' indices."""
    chosen = draw_subsets(masks, rng)
    frames = drop_frames(masks, rng.random(len(chosen)), rng)
    return {m: frames[m] & MEMBERS[chosen, i][:, None] for i, m in enumerate(MODALITIES)}, chosen


def stream_dies(masks: RealMasks, rng: np.random.Generator) -> Masks:
    """One modality of each row ends for good somewhere between a fifth and four fifths of its frames."""
    hit = rng.integers(len(MODALITIES), size=len(masks["text"]))
    share = rng.uniform(0.2, 0.8, len(hit))
    return {
        m: _cut(masks[m], hit == i, share, np.full(len(hit), TO_THE_END)) for i, m in enumerate(MODALITIES)
    }


def burst(masks: RealMasks, rng: np.random.Generator) -> Masks:
    """One modality of each row has a hole of 20 to 60 % of its frames."""
    hit = rng.integers(len(MODALITIES), size=len(masks["text"]))
    width = rng.uniform(0.2, 0.6, len(hit))
    start = rng.random(len(hit)) * (1 - width)
    return {m: _cut(masks[m], hit == i, start, start + width) for i, m in enumerate(MODALITIES)}


def late_text(masks: RealMasks, rng: np.random.Generator) -> Masks:
    """Only the first part of the text has arrived: anything from nothing to all but the last word."""
    rows = len(masks["text"])
    cut = _cut(masks["text"], np.ones(rows, dtype=np.bool_), rng.random(rows), np.full(rows, TO_THE_END))
    return {**masks, "text": cut}


DEVICE_KINDS: Mapping[str, Callable[[RealMasks, np.random.Generator], Masks]] = {
    "stream_dies": stream_dies,
    "burst": burst,
    "late_text": late_text,
}


def _cut(mask: Mask, hit: Mask, start: NDArray[np.float64], end: NDArray[np.float64]) -> Mask:
    """Drop the real frames from share `start` to `end` of them, in the rows that are hit."""
    count = mask.sum(1, keepdims=True)
    place = np.cumsum(mask, 1) / np.maximum(count, 1)
    gone = (place >= start[:, None]) & (place < end[:, None]) & hit[:, None]
    kept: Mask = mask & ~gone
    return kept


def save_masks(path: Path, masks: RealMasks) -> None:
    """Store masks as packed bits, whole or not at all; raises OSError."""
    packed = {f"{m}.bits": np.packbits(masks[m], axis=1) for m in MODALITIES}
    shapes = {f"{m}.frames": np.array(masks[m].shape[1]) for m in MODALITIES}
    with replacing(path) as file:
        np.savez_compressed(file, allow_pickle=False, **packed, **shapes)


def load_masks(path: Path) -> Masks:
    """Read what `save_masks` wrote; raises DataError if the file is something else."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return {
                m: np.unpackbits(stored[f"{m}.bits"], axis=1, count=int(stored[f"{m}.frames"])).astype(
                    np.bool_
                )
                for m in MODALITIES
            }
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} does not hold missing masks ({error}): draw them again") from error
