"""Models that are small enough for tests: they are four files, and no weights are in them."""

import hashlib
from pathlib import Path

from fsrf_live.engines.common.stored import ModelFile, StoredModel
from fsrf_live.stream.speech.models import HUB, MODEL_BIN, SpeechModel

CONTENT = {
    "config.json": b"{}",
    MODEL_BIN: bytes(range(256)) * 400,
    "tokenizer.json": b"[1]",
    "vocabulary.txt": b"words",
}


def small_model(*parts: tuple[str, str]) -> StoredModel:
    """A model of `CONTENT`, brought by these packages."""
    files = tuple(
        ModelFile(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in CONTENT.items()
    )
    return StoredModel("speech model", "toy", f"{HUB}/them/toy/resolve/0123456789", files, parts, "MIT")


def small_speech_model() -> SpeechModel:
    """The same as a model that understands English."""
    return SpeechModel(small_model(), frozenset(["en"]), "unknown")


def written(folder: Path, number: int = 0, of: int = 1) -> Path:
    """A folder with the content, or with one of some pieces of the weights (and the rest in the first)."""
    folder.mkdir(parents=True)
    for name, data in CONTENT.items():
        if name == MODEL_BIN:
            size = len(data) // of
            ending = f".part{number + 1}" if of > 1 else ""
            (folder / f"{name}{ending}").write_bytes(data[number * size : (number + 1) * size])
        elif number == 0:
            (folder / name).write_bytes(data)
    return folder
