"""Writes a checkpoint's network for a Triton server: what ``fsrf build --triton`` does.

The ONNX model takes any number of windows up to `MOST_WINDOWS_A_CALL`, on the server's CPU or GPU. With
TensorRT and a card here there is a plan for that card beside it. TensorRT for RTX makes plans too, but Triton
runs those of TensorRT alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fsrf_live.engines.common.arrays import OUTPUT_NAMES, input_shapes, to_feed
from fsrf_live.engines.common.cache import Fingerprint, PlanCache, versions
from fsrf_live.engines.common.contract import ModelConfig
from fsrf_live.engines.common.names import Precision
from fsrf_live.engines.common.parity import BOUNDS, difference
from fsrf_live.engines.common.reference import sample_of
from fsrf_live.engines.network.onnx_engine import open_session, run_session
from fsrf_live.engines.tensorrt.cuda import Gpu, load_driver
from fsrf_live.engines.tensorrt.engine import PLAN_FILE, expected_tensors
from fsrf_live.engines.tensorrt.library import Library, Progress, open_library
from fsrf_live.engines.tensorrt.plan import ShapeProfile, compile_plan
from fsrf_live.engines.triton.address import MODEL
from fsrf_live.engines.triton.repository import (
    ANY,
    MOST_WINDOWS_A_CALL,
    ServedModel,
    ServedVersion,
    put_model,
)
from fsrf_live.fsrf.common.aliases import Report
from fsrf_live.fsrf.common.answers import Answers
from fsrf_live.fsrf.common.checkpoint import Checkpoint, read_checkpoint
from fsrf_live.fsrf.common.errors import EngineError

SERVED_FILE = "model.onnx"
PLAN_MODEL = f"{MODEL}_tensorrt"
_VERSION = 1
"""Raise it when the same checkpoint must be exported again."""


def write_repository(
    checkpoint: Path,
    folder: Path,
    precision: Precision,
    *,
    progress: Progress,
    report: Report,
    cache: PlanCache,
) -> list[ServedVersion]:
    """Write what is not there yet; `precision` is that of the plan.

    Raises CheckpointError, and EngineError if the network cannot be exported or written.
    """
    stored = read_checkpoint(checkpoint)
    job = _Serving(checkpoint, stored, folder, cache, progress, report)
    served = [job.network()]
    library, gpu = _plan_maker(report)
    if library is not None:
        served.append(job.plan(library, gpu, precision))
    return served


def served_fingerprint(checkpoint: Checkpoint) -> Fingerprint:
    """What the served network depends on."""
    return Fingerprint(
        engine="served",
        version=versions(_VERSION, "torch", "onnxruntime"),
        model=checkpoint.fingerprint,
        device="any",
        precision="fp32",
        shapes=input_shapes(checkpoint.config, MOST_WINDOWS_A_CALL),
    )


def served_model(path: Path, checkpoint: Checkpoint, plans: PlanCache, report: Report) -> bytes:
    """The network as ONNX for any number of windows, from the cache or exported now, and checked.

    Raises EngineError if its answers are not the reference's.
    """

    def build() -> dict[str, bytes]:
        report("exporting the network for a server, once for this checkpoint")
        from fsrf_live.engines.network.export import export_for_any

        return {SERVED_FILE: export_for_any(path, MOST_WINDOWS_A_CALL)}

    model = plans.fetch(served_fingerprint(checkpoint), build).files[SERVED_FILE]
    check_served(model, checkpoint)
    return model


def check_served(model: bytes, checkpoint: Checkpoint) -> None:
    """Run a served network on the stored window, alone and in the largest batch; raises EngineError."""
    window, reference = sample_of(checkpoint)
    feed, session = to_feed(checkpoint.config, window), open_session(model)
    for count in (1, MOST_WINDOWS_A_CALL):
        answers = run_session(session, OUTPUT_NAMES, {n: np.repeat(v, count, 0) for n, v in feed.items()})
        wanted = Answers(*(np.repeat(getattr(reference, name), count, 0) for name in OUTPUT_NAMES))
        differs = difference(Answers(*answers), wanted)
        if differs > BOUNDS["fp32"]:
            raise EngineError(
                f"the network for a server differs from the torch reference by {differs:.2g}: export it again"
            )


def compile_served(
    library: Library,
    model: bytes,
    target: str | None,
    config: ModelConfig,
    precision: Precision,
    progress: Progress,
) -> bytes:
    """The served network as a plan for one to `MOST_WINDOWS_A_CALL` windows; raises EngineError."""
    if precision == "fp16":
        from fsrf_live.engines.common.half import to_half

        model = to_half(model)
    smallest, largest = (input_shapes(config, windows) for windows in (1, MOST_WINDOWS_A_CALL))
    profile: ShapeProfile = {name: (smallest[name], smallest[name], largest[name]) for name in smallest}
    compiled = compile_plan(library, model, target, progress, profile)
    if dict(compiled.tensors) != expected_tensors(config, ANY):
        raise EngineError("the plan for a server takes and gives other arrays than this checkpoint")
    return compiled.plan


@dataclass(frozen=True, slots=True)
class _Serving:
    """What the models of one repository share."""

    path: Path
    stored: Checkpoint
    folder: Path
    plans: PlanCache
    progress: Progress
    report: Report

    def network(self) -> ServedVersion:
        recipe = served_fingerprint(self.stored).key
        model = ServedModel(MODEL, "onnxruntime", SERVED_FILE, "fp32", self.stored.fingerprint, recipe)
        return self._put(model, self._exported)

    def plan(self, library: Library, gpu: str, precision: Precision) -> ServedVersion:
        """A plan for the card of this machine, which only a server with the same TensorRT runs."""
        recipe = f"{library.name}-{library.version} {gpu} {served_fingerprint(self.stored).key}"
        model = ServedModel(PLAN_MODEL, "tensorrt", PLAN_FILE, precision, self.stored.fingerprint, recipe)
        config = self.stored.config
        return self._put(
            model,
            lambda: compile_served(library, self._exported(), None, config, precision, self.progress),
        )

    def _put(self, model: ServedModel, make: Callable[[], bytes]) -> ServedVersion:
        self.progress(model.name, 0.0)
        served = put_model(self.folder, model, self.stored.config, make)
        self.progress(model.name, 1.0)
        return served

    def _exported(self) -> bytes:
        return served_model(self.path, self.stored, self.plans, self.report)


def _plan_maker(report: Report) -> tuple[Library | None, str]:
    """What compiles plans that Triton runs, and the card's name; None, and a line, if there is none here."""
    try:
        gpu, library = Gpu(load_driver()), open_library()
    except EngineError as error:
        report(f"no TensorRT plan for the server: {error}")
        return None, ""
    if library.ahead_of_time:
        report(f"no TensorRT plan for the server: Triton runs none of {library.name}")
        return None, ""
    return library, gpu.name
