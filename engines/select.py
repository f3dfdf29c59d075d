"""Chooses, loads and checks the engine of a checkpoint."""

import time
from collections.abc import Callable
from pathlib import Path

from fsrf_live.engines.common.arrays import input_shapes
from fsrf_live.engines.common.cache import Fingerprint, PlanCache, versions
from fsrf_live.engines.common.contract import Engine
from fsrf_live.engines.common.names import ENGINES, Precision
from fsrf_live.engines.common.parity import PreciseEngine, check_parity
from fsrf_live.engines.network.onnx_engine import OnnxEngine
from fsrf_live.engines.triton.address import checked_engine, is_triton, triton_address
from fsrf_live.engines.triton.engine import TritonEngine
from fsrf_live.fsrf.common.aliases import Report
from fsrf_live.fsrf.common.checkpoint import Checkpoint, read_checkpoint
from fsrf_live.fsrf.common.errors import EngineError

ONNX_FILE = "model.onnx"
_EXPORT_VERSION = 1
"""Raise it when the same checkpoint must be exported again."""


def select_engine(
    name: str,
    checkpoint: Path,
    report: Report,
    *,
    batch: int = 1,
    precision: Precision = "fp32",
    cache: PlanCache | None = None,
) -> Engine:
    """The engine of that name, checked against the reference; `report` gets one line for each thing to know.

    ``auto`` takes the first of TensorRT, ONNX Runtime and torch that runs, and reports why others do not; the
    address of a server (`triton_address`) takes that one. `batch` is how many windows one call of a compiled
    engine takes, `precision` that of a TensorRT plan. Raises CheckpointError if the checkpoint is unusable,
    EngineError if that engine, or none, runs, UsageError if there is none of that name.
    """
    stored = read_checkpoint(checkpoint)
    plans = cache or PlanCache(report=report)
    loaders: dict[str, Callable[[], PreciseEngine]] = {
        "tensorrt": lambda: _load_tensorrt(checkpoint, stored, batch, precision, plans, report),
        "onnx": lambda: _load_onnx(checkpoint, stored, batch, plans, report),
        "torch": lambda: _load_torch(checkpoint, stored),
    }
    if is_triton(checked_engine(name)):
        server, name = name, TritonEngine.name
        loaders = {name: lambda: TritonEngine(triton_address(server), stored)}
    names: list[str] = list(ENGINES) if name == "auto" else [name]
    refusals: list[str] = []
    for candidate in names:
        started = time.perf_counter()
        try:
            engine = loaders[candidate]()
            differs = check_parity(engine, stored)
        except EngineError as error:
            refusals.append(str(error) if name != "auto" else f"{candidate} ({error})")
            continue
        if refusals:
            report(f"not used: {'; '.join(refusals)}")
        took = time.perf_counter() - started
        report(f"engine {candidate} is ready in {took:.1f} s, within {differs:.1g} of the torch reference")
        return engine
    if name != "auto":
        raise EngineError(f"the {name} engine cannot be used: {refusals[0]}")
    raise EngineError(f"no engine runs this checkpoint: {'; '.join(refusals)}")


def onnx_fingerprint(checkpoint: Checkpoint, batch: int) -> Fingerprint:
    """What an exported network depends on."""
    return Fingerprint(
        engine="onnx",
        version=versions(_EXPORT_VERSION, "torch", "onnxruntime"),
        model=checkpoint.fingerprint,
        device="cpu",
        precision="fp32",
        shapes=input_shapes(checkpoint.config, batch),
    )


def onnx_model(path: Path, checkpoint: Checkpoint, batch: int, plans: PlanCache, report: Report) -> bytes:
    """The exported network, from the cache or exported now (which imports torch and takes seconds)."""

    def build() -> dict[str, bytes]:
        report("exporting the network to ONNX, once for this checkpoint")
        from fsrf_live.engines.network.export import export_onnx

        return {ONNX_FILE: export_onnx(path, batch)}

    return plans.fetch(onnx_fingerprint(checkpoint, batch), build).files[ONNX_FILE]


def check_onnx(model: bytes, checkpoint: Checkpoint, batch: int) -> float:
    """Run an exported network against the reference; raises EngineError if it differs."""
    return check_parity(OnnxEngine(model, checkpoint, batch), checkpoint)


def _load_onnx(
    path: Path, checkpoint: Checkpoint, batch: int, plans: PlanCache, report: Report
) -> PreciseEngine:
    return OnnxEngine(onnx_model(path, checkpoint, batch, plans, report), checkpoint, batch)


def _load_torch(path: Path, checkpoint: Checkpoint) -> PreciseEngine:
    from fsrf_live.engines.network.torch_engine import TorchEngine

    return TorchEngine(path, checkpoint)


def _load_tensorrt(
    path: Path, checkpoint: Checkpoint, batch: int, precision: Precision, plans: PlanCache, report: Report
) -> PreciseEngine:
    from fsrf_live.engines.tensorrt.engine import load_tensorrt

    def model() -> bytes:
        return onnx_model(path, checkpoint, batch, plans, report)

    try:
        return load_tensorrt(checkpoint, model, batch, precision, plans, report)
    except (AttributeError, TypeError, RuntimeError, OSError) as error:  # a TensorRT of another version
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise EngineError(f"TensorRT does not work here ({reason}): install its latest version") from error
