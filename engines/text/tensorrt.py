"""The exported text encoder as a TensorRT plan. Its only free axis is the number of tokens."""

from fsrf_live.engines.common.cache import Fingerprint, PlanCache
from fsrf_live.engines.common.contract import ModelConfig
from fsrf_live.engines.tensorrt.cuda import Gpu, load_driver
from fsrf_live.engines.tensorrt.engine import LAYERS_FILE, PLAN_FILE, PLAN_VERSION, plan_files, target_of
from fsrf_live.engines.tensorrt.library import Library, Progress, open_library
from fsrf_live.engines.tensorrt.plan import compile_plan
from fsrf_live.engines.tensorrt.runner import PlanRunner
from fsrf_live.engines.text.onnx import IDS, VECTORS, ExportedTextEncoder
from fsrf_live.engines.text.tokens import load_tokens
from fsrf_live.fsrf.common.errors import EngineError

__all__ = ["LAYERS_FILE", "PLAN_FILE", "compile_text_plan", "find_text_plan", "text_plan_fingerprint"]

SPECIAL = 2
"""Special tokens of a text, one at either end."""
USUAL_TOKENS = 16
"""The number of tokens that the plan is optimised for."""


def text_plan_fingerprint(exported: Fingerprint, library: Library, device: str) -> Fingerprint:
    """What a plan depends on: everything that the exported encoder depends on, TensorRT and the card."""
    return Fingerprint(
        engine=f"{library.name}-text",
        version=f"{PLAN_VERSION} {library.name}-{library.version} {exported.version}",
        model=exported.model,
        device=device,
        precision="fp32",
        shapes=exported.shapes,
    )


def compile_text_plan(
    library: Library, model: bytes, target: str | None, config: ModelConfig, progress: Progress
) -> dict[str, bytes]:
    """Compile an exported encoder in fp32; raises EngineError."""
    longest = config.text.length + SPECIAL
    profile = {IDS: ((SPECIAL + 1,), (min(USUAL_TOKENS, longest),), (longest,))}
    compiled = compile_plan(library, model, target, progress, profile)
    wanted = {IDS: ("int64", (-1,)), VECTORS: ("float32", (-1, config.text.width))}
    if dict(compiled.tensors) != wanted:
        raise EngineError("the exported text encoder is not one of this checkpoint: run fsrf build again")
    return plan_files(compiled)


def find_text_plan(
    exported: Fingerprint, config: ModelConfig, plans: PlanCache
) -> ExportedTextEncoder | None:
    """The encoder on this machine's GPU; None if its plan is not cached or there is no GPU.

    Raises EngineError if a cached plan is refused.
    """
    try:
        gpu, library = Gpu(load_driver()), open_library()
    except EngineError:
        return None
    device = target_of(library, gpu) or gpu.name
    plan = plans.find(text_plan_fingerprint(exported, library, device))
    if plan is None:
        return None
    longest = config.text.length + SPECIAL
    shapes = {IDS: (longest,), VECTORS: (longest, config.text.width)}
    runner = PlanRunner(library, gpu, plan.files[PLAN_FILE], shapes)
    return ExportedTextEncoder(
        lambda ids: runner.run({IDS: ids})[VECTORS],
        load_tokens(config.text.length),
        config.text.width,
        config.text.length,
    )
