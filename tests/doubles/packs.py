"""Small packs in the layout of the real ones, in which a score can be learned."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.config import ModalityConfig, ModelConfig

FACE_WIDTH = 384
SMALL = ModelConfig(
    text=ModalityConfig(8, 6),
    audio=ModalityConfig(24, 5, 25.0, 4, relative=True, statistics=1),
    video=ModalityConfig(12, FACE_WIDTH, 10.0, 2),
    width=16,
    heads=2,
    encoder_layers=1,
    fusion_layers=1,
)


def write_packs(folder: Path, rows: int = 240) -> Path:
    """Write ``text.npz``, ``voices.npz`` and ``faces.npz``; every split holds every class."""
    rng = np.random.default_rng(4)
    split = np.array(["train", "train", "train", "validation", "validation", "test"])[
        np.arange(rows) // 3 % 6
    ]
    valence = np.array([-2.0, 0.0, 2.0], np.float32)[np.arange(rows) % 3]
    text, text_offsets = _ragged(valence, 6, 2, 8, rng)
    np.savez(
        folder / "text.npz",
        vectors=text.astype(np.float16),
        offsets=text_offsets,
        score=valence,
        weight=np.ones(rows, np.float32),
        corpus=np.array(["vader", "sst5"])[np.arange(rows) % 2],
        split=split,
        recognised=np.zeros(rows, np.bool_),
        row=np.arange(rows, dtype=np.int32) // 3,
    )
    voices, voice_offsets = _ragged(valence, 5, 16, 24, rng)
    surprised = np.where(np.arange(rows) % 11 == 0, np.nan, valence).astype(np.float32)
    np.savez(
        folder / "voices.npz",
        vectors=voices.astype(np.float32),
        reference_vectors=voices.astype(np.float32),
        offsets=voice_offsets,
        valence=surprised,
        weight=np.ones(rows, np.float32),
        corpus=np.array(["one", "two"])[np.arange(rows) % 2],
        speaker=np.array([f"{('one', 'two')[row % 2]}/{split[row]}{row // 18 % 4}" for row in range(rows)]),
        split=split,
        variant=np.zeros(rows, np.int8),
    )
    faces, _ = _ragged(valence, FACE_WIDTH, 1, 1, rng)
    np.savez(
        folder / "faces.npz",
        vector=faces.astype(np.float32),
        reference_vector=faces.astype(np.float32),
        found=np.arange(rows) % 13 != 0,
        valence=surprised,
        split=split,
        corpus=np.full(rows, "fer2013"),
        weight=np.ones(rows, np.float32),
    )
    return folder


def write_conditions(folder: Path, path: Path, count: int) -> Path:
    """The voices of a folder of packs again, as heard in each of some conditions: all alike."""
    with np.load(folder / "voices.npz") as voices:
        pack = {name: np.concatenate([voices[name]] * count) for name in ("vectors", "valence", "corpus")}
        lengths = np.tile(np.diff(voices["offsets"]), count)
        variant = np.repeat(np.arange(count), len(voices["valence"])).astype(np.int8)
    np.savez(
        path,
        vectors=pack["vectors"],
        valence=pack["valence"],
        corpus=pack["corpus"],
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        variant=variant,
    )
    return path


def _ragged(
    score: NDArray[np.float32], width: int, shortest: int, longest: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    lengths = rng.integers(shortest, longest + 1, len(score))
    direction = rng.normal(size=width)
    values = np.repeat(score, lengths)[:, None] * direction + 0.3 * rng.normal(size=(lengths.sum(), width))
    return values, np.concatenate([[0], np.cumsum(lengths)])
