"""The checkpoint file: safetensors with one JSON header. Reading it needs no torch and runs no code from it.

Tensors: ``model.*`` (the network's state), ``adapter.*`` (the text encoder's LoRA), and ``sample.*``, one
window with the reference answers to it, by which an engine checks itself when it starts:
``sample.features.<modality>``, ``sample.masks.<modality>``, ``sample.answers.<field>``.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from fsrf_live.fsrf.common.config import ENGLISH, ModelConfig
from fsrf_live.fsrf.common.errors import CheckpointError
from fsrf_live.fsrf.common.files import write_whole

FORMAT = 4
_HEADER = "fsrf"
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint as read: its config, all arrays by name, the rest of its header, and the file's hash.

    `facts` holds ``prior`` (the answers without evidence), ``provenance`` (data, seed, versions, seconds) and
    ``calibration`` (per availability pattern); of a text encoder by itself ``languages``, and ``teacher``,
    the fingerprint of the checkpoint that it goes with. `fingerprint` is the SHA-256 of the file's bytes.
    """

    config: ModelConfig
    arrays: Arrays
    facts: Mapping[str, Any]
    fingerprint: str

    @property
    def languages(self) -> frozenset[str]:
        """Two-letter codes of the languages that its text encoder reads."""
        return frozenset(self.facts.get("languages", ENGLISH))

    def group(self, name: str) -> Arrays:
        """The arrays under ``name.``, by the rest of their names."""
        return {k[len(name) + 1 :]: v for k, v in self.arrays.items() if k.startswith(f"{name}.")}


def default_checkpoint() -> Path:
    """Path of the checkpoint that ships with the package."""
    return Path(str(resources.files("fsrf_live.fsrf"))) / "checkpoints" / "live.safetensors"


def tongues_of(checkpoint: Path) -> Path:
    """Path of the text encoder of many languages that was taught to go with a checkpoint."""
    return checkpoint.with_suffix(".tongues.safetensors")


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint; raises CheckpointError if the file is anything but a whole one."""
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise CheckpointError(
            f"cannot read the checkpoint {path}: {reason}; train one or name another"
        ) from error
    header = _header(path, content)
    if header.get("format") != FORMAT:
        raise CheckpointError(
            f"the checkpoint {path} has format {header.get('format')}, this version reads format {FORMAT}: "
            "train it again or install the version that it belongs to"
        )
    try:
        arrays = load(content)
    except SafetensorError as error:
        raise CheckpointError(f"the checkpoint {path} is damaged ({error}): copy it again") from error
    facts = {k: v for k, v in header.items() if k not in ("format", "config")}
    config = ModelConfig.from_dict(header.get("config", {}))
    return Checkpoint(config, arrays, facts, hashlib.sha256(content).hexdigest())


def write_checkpoint(path: Path, config: ModelConfig, arrays: Arrays, facts: Mapping[str, Any]) -> None:
    """Write a checkpoint whole or not at all; equal content gives equal bytes."""
    header = {"format": FORMAT, "config": config.to_dict(), **facts}
    content = save(
        {k: np.ascontiguousarray(arrays[k]) for k in sorted(arrays)},
        {_HEADER: json.dumps(header, sort_keys=True, allow_nan=False)},
    )
    write_atomically(path, content)


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file in one step, so that no reader sees half of it; raises CheckpointError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except OSError as error:
        raise CheckpointError(
            f"cannot write {path}: {error.strerror or error}; free some space or choose another place"
        ) from error


def _header(path: Path, content: bytes) -> dict[str, Any]:
    """The JSON header; its errors distinguish a pickle, a foreign file and a truncated checkpoint."""
    magic = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04")
    if content.startswith(magic) and content[8:9] != b"{":  # the length of a header may look the same
        raise CheckpointError(
            f"{path} is a pickle, which could run code when opened: only safetensors checkpoints are read"
        )
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or content[8:9] != b"{":
        raise CheckpointError(f"{path} is not a checkpoint of FSRF: it is not a safetensors file")
    if len(content) < 8 + length:
        raise CheckpointError(f"the checkpoint {path} is cut off inside its header: copy it again")
    try:
        header = json.loads(json.loads(content[8 : 8 + length])["__metadata__"][_HEADER])
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{path} is a safetensors file, but not a checkpoint of FSRF") from error
    if not isinstance(header, dict):
        raise CheckpointError(f"{path} is a safetensors file, but not a checkpoint of FSRF")
    return header
