"""Token vectors of the text corpora in one ragged block, for training the network that reads them.

The sentences are rendered twice, as typed and as a recogniser writes them; the encoder is passed in.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Encode
from fsrf_live.fsrf.common.files import replacing
from fsrf_live.fsrf.data.contrast import CONTRAST, STANDING
from fsrf_live.fsrf.data.counterfactual import IDENTITY, POLITE, SIGNED
from fsrf_live.fsrf.data.text_clean import as_recognised
from fsrf_live.fsrf.data.text_corpora import TEXT_CORPORA, TextRow

_Block = NDArray[np.float16]
"""Token vectors of one text, ``[T, D]``."""
Each = Callable[[Callable[[list[str]], list[_Block]], list[list[str]]], Iterable[list[_Block]]]
"""Applies a function to each of a list, in its order."""
_SPLITS = {"train": "train", "validation": "validation", "dev": "test"}
_CHUNK = 1024
PACKED: Mapping[str, int] = {
    **{corpus.name: corpus.packed for corpus in TEXT_CORPORA if corpus.packed is not None},
    CONTRAST: 2500,
    STANDING: 10_000,
    IDENTITY: 2000,
    POLITE: 5000,
    SIGNED: 600,
}
"""How many training rows of a corpus are packed, at most; all of one that is not named."""


@dataclass(frozen=True, slots=True)
class TextPack:
    """N rendered sentences.

    vectors ``[sum T, D] float16``; sentence n owns ``vectors[offsets[n]:offsets[n + 1]]``; score
    ``[N] float32`` within the scale; label ``[N] int8`` (0 negative, 1 neutral, 2 positive); weight
    ``[N] float32``; corpus ``[N] str``; split ``[N] str`` (train, validation, test); recognised ``[N] bool``;
    row ``[N] int32``: two renderings of one sentence share it.
    """

    vectors: NDArray[np.float16]
    offsets: NDArray[np.int64]
    score: NDArray[np.float32]
    label: NDArray[np.int8]
    weight: NDArray[np.float32]
    corpus: NDArray[np.str_]
    split: NDArray[np.str_]
    recognised: NDArray[np.bool_]
    row: NDArray[np.int32]


def choose_rows(rows: Sequence[TextRow], seed: int) -> list[TextRow]:
    """What a pack holds: as many training rows of each corpus as `PACKED` says, and SST's dev part."""
    rng = random.Random(seed)
    chosen: list[TextRow] = []
    for corpus in sorted({row.corpus for row in rows}):
        for split in _SPLITS:
            own = [row for row in rows if row.corpus == corpus and row.split == split]
            most = PACKED.get(corpus, len(own)) if split == "train" else len(own)
            if split != "dev" or corpus == "sst5":
                chosen += rng.sample(own, min(len(own), most))
    return chosen


def pack_text(rows: Sequence[TextRow], encode: Encode, seed: int, each: Each = map) -> TextPack:
    """Token vectors of rows as typed, and of every second one also as recognised.

    `encode` is a text encoder's: texts to vectors ``[B, T, D]`` and mask ``[B, T]``; `each` asks it for one
    chunk of texts after the other, or for several at a time as the map of a pool of threads. The same seed
    gives the same renderings.
    """
    rng = random.Random(seed)
    typed = [(index, row.text, False) for index, row in enumerate(rows)]
    heard = [(index, as_recognised(row.text, rng), True) for index, row in list(enumerate(rows))[::2]]
    renderings = typed + heard
    texts = [text for _, text, _ in renderings]
    chunks = [texts[start : start + _CHUNK] for start in range(0, len(texts), _CHUNK)]
    blocks = [block for some in each(partial(_blocks, encode), chunks) for block in some]
    source = [rows[index] for index, _, _ in renderings]
    return TextPack(
        vectors=np.concatenate(blocks),
        offsets=np.concatenate([[0], np.cumsum([len(block) for block in blocks])]).astype(np.int64),
        score=np.array([row.score for row in source], np.float32),
        label=np.array([row.label for row in source], np.int8),
        weight=np.array([row.weight for row in source], np.float32),
        corpus=np.array([row.corpus for row in source]),
        split=np.array([_SPLITS[row.split] for row in source]),
        recognised=np.array([recognised for _, _, recognised in renderings], np.bool_),
        row=np.array([index for index, _, _ in renderings], np.int32),
    )


def write_pack(path: Path, pack: TextPack) -> None:
    """Write a pack as ``.npz`` (`fsrf.data.packs`), whole or not at all."""
    with replacing(path) as file:
        np.savez(file, **{field.name: getattr(pack, field.name) for field in fields(TextPack)})


def _blocks(encode: Encode, texts: list[str]) -> list[_Block]:
    vectors, mask = encode(texts)
    return [v[m].astype(np.float16) for v, m in zip(vectors, mask, strict=True)]
