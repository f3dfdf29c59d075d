"""TensorRT: the engine of machines with an NVIDIA GPU. Never imports torch if its plan is cached."""

from collections.abc import Callable
from functools import partial

import numpy as np

from fsrf_live.engines.common.arrays import (
    OUTPUT_NAMES,
    Feed,
    input_shapes,
    output_shapes,
    run_in_batches,
    to_feed,
)
from fsrf_live.engines.common.cache import Fingerprint, PlanCache
from fsrf_live.engines.common.contract import Inputs, ModelConfig, Outputs
from fsrf_live.engines.common.names import Precision
from fsrf_live.engines.common.reference import stored_prior
from fsrf_live.engines.tensorrt.cuda import Gpu, load_driver
from fsrf_live.engines.tensorrt.kernels import Kernels, kernels_fingerprint
from fsrf_live.engines.tensorrt.library import PORTABLE, Library, Progress, open_library
from fsrf_live.engines.tensorrt.plan import Compiled, Shape, compile_plan
from fsrf_live.engines.tensorrt.runner import PlanRunner
from fsrf_live.fsrf.common.aliases import Floats, Report
from fsrf_live.fsrf.common.checkpoint import Checkpoint
from fsrf_live.fsrf.common.errors import EngineError

PLAN_FILE = "model.plan"
LAYERS_FILE = "layers.txt"
PLAN_VERSION = 1
"""Raise it when the same network must be compiled again."""

OnnxModel = Callable[[], bytes]


class TensorrtEngine:
    """One loaded plan for exactly `batch` windows a call; more are split, fewer are filled up."""

    name = "tensorrt"

    def __init__(
        self, runner: PlanRunner, checkpoint: Checkpoint, batch: int, precision: Precision = "fp32"
    ) -> None:
        """Take a loaded plan; raises EngineError if it is not of this checkpoint."""
        self.config: ModelConfig = checkpoint.config
        self.prior: Outputs = stored_prior(checkpoint)
        self.batch = batch
        self.precision: Precision = precision
        self.runner = runner
        found = {n: (np.dtype(kind).name, shape) for n, (kind, shape) in runner.tensors.items()}
        if found != expected_tensors(checkpoint.config, batch):
            raise EngineError("the TensorRT plan is not of this checkpoint: build it again with fsrf build")

    def run(self, inputs: Inputs) -> Outputs:
        """Answer for B windows; raises EngineError if the shapes are not the config's."""
        return run_in_batches(to_feed(self.config, inputs), self.batch, self._step)

    def _step(self, feed: Feed) -> list[Floats]:
        answers = self.runner.run(feed)
        return [answers[name] for name in OUTPUT_NAMES]


def load_tensorrt(
    checkpoint: Checkpoint,
    model: OnnxModel,
    batch: int,
    precision: Precision,
    plans: PlanCache,
    report: Report,
) -> TensorrtEngine:
    """The engine on this machine's GPU, its plan from the cache or compiled now from the exported network.

    Raises EngineError if there is no driver, no GPU, no TensorRT, or the plan is refused.
    """
    gpu = Gpu(load_driver())
    library = open_library()
    target = target_of(library, gpu)
    if precision == "fp32" and only_half(library, target):
        report(f"{gpu.name} gets an fp16 plan: {library.name} has no fp32 products on Turing")
        precision = "fp16"
    files = plans.fetch(
        plan_fingerprint(checkpoint, library, target or gpu.name, batch, precision),
        partial(_compile_files, library, model, target, precision, batch, checkpoint, report),
    ).files
    kernels = Kernels(plans, kernels_fingerprint(library, gpu, files[PLAN_FILE]))
    runner = PlanRunner(library, gpu, files[PLAN_FILE], {}, kernels)
    engine = TensorrtEngine(runner, checkpoint, batch, precision)
    plain = runner.capture()
    if plain is not None:
        report(f"TensorRT runs without a CUDA graph: {plain}")
    kernels.keep()  # after the capture, whose warm-up runs compile them
    return engine


def target_of(library: Library, gpu: Gpu) -> str | None:
    """The target for this machine's card; None if the library only builds for the card that it finds."""
    if not library.ahead_of_time:
        return None
    exact = "sm{}{}".format(*gpu.capability)
    return exact if exact in library.targets else PORTABLE


def only_half(library: Library, target: str | None) -> bool:
    """Whether plans for a target have to be fp16: TensorRT for RTX has no fp32 products on Turing."""
    return library.ahead_of_time and target == "sm75"


def plan_fingerprint(
    checkpoint: Checkpoint, library: Library, device: str, batch: int, precision: Precision
) -> Fingerprint:
    """What a compiled plan of the network depends on."""
    return Fingerprint(
        engine=library.name,
        version=f"{PLAN_VERSION} {library.name}-{library.version}",
        model=checkpoint.fingerprint,
        device=device,
        precision=precision,
        shapes=input_shapes(checkpoint.config, batch),
    )


def expected_tensors(config: ModelConfig, batch: int) -> dict[str, tuple[str, Shape]]:
    """Data type and shape of every input and output of a plan of this checkpoint."""
    inputs = {
        name: ("bool" if name.endswith("_mask") else "float32", shape)
        for name, shape in input_shapes(config, batch).items()
    }
    return {**inputs, **{name: ("float32", shape) for name, shape in output_shapes(batch).items()}}


def compile_network(
    library: Library,
    model: bytes,
    target: str | None,
    precision: Precision,
    config: ModelConfig,
    batch: int,
    progress: Progress,
) -> Compiled:
    """Compile the exported network; raises EngineError if its tensors are not those of the config."""
    if precision == "fp32" and only_half(library, target):
        raise EngineError(f"{library.name} has no fp32 products on Turing ({target}): use --precision fp16")
    if precision == "fp16":
        from fsrf_live.engines.common.half import to_half

        model = to_half(model)
    compiled = compile_plan(library, model, target, progress)
    if dict(compiled.tensors) != expected_tensors(config, batch):
        raise EngineError(
            "the exported network is not one of this checkpoint: clear the plan cache and build again"
        )
    return compiled


def plan_files(compiled: Compiled) -> dict[str, bytes]:
    """What the cache keeps of a compiled plan."""
    return {PLAN_FILE: compiled.plan, LAYERS_FILE: str(compiled.layers).encode()}


def _compile_files(
    library: Library,
    model: OnnxModel,
    target: str | None,
    precision: Precision,
    batch: int,
    checkpoint: Checkpoint,
    report: Report,
) -> dict[str, bytes]:
    content = model()
    report(f"compiling the {precision} plan with {library.name} {library.version}, once for this checkpoint")
    compiled = compile_network(library, content, target, precision, checkpoint.config, batch, _unseen)
    return plan_files(compiled)


def _unseen(phase: str, share: float) -> None:
    """Ignore progress: a live start has no bar."""
