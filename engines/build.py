"""Makes every compiled form of a checkpoint ahead of time: what `fsrf build` does."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fsrf_live.engines.common.cache import Files, Fingerprint, PlanCache
from fsrf_live.engines.common.names import Precision
from fsrf_live.engines.select import check_onnx, onnx_fingerprint, onnx_model
from fsrf_live.engines.tensorrt.cuda import Gpu, load_driver
from fsrf_live.engines.tensorrt.engine import (
    LAYERS_FILE,
    PLAN_FILE,
    compile_network,
    only_half,
    plan_files,
    plan_fingerprint,
    target_of,
)
from fsrf_live.engines.tensorrt.library import Library, Progress, open_library
from fsrf_live.engines.text.e5 import tongues_for
from fsrf_live.engines.text.select import MODEL_FILE, build_text_encoder, text_fingerprint
from fsrf_live.engines.text.tensorrt import compile_text_plan, text_plan_fingerprint
from fsrf_live.fsrf.common.aliases import Report
from fsrf_live.fsrf.common.checkpoint import Checkpoint, read_checkpoint
from fsrf_live.fsrf.common.errors import EngineError

BuildProgress = Callable[[str, str, float], None]
"""Called with what is being built, its phase, and the share of it that is done, in [0, 1]."""

_BATCH = 1
"""One stream runs one window at a time; larger batches are compiled when several streams start."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """One compiled form: its layers (ONNX: graph nodes), size and time; `cached`: it was built before."""

    name: str
    target: str
    precision: str
    layers: int
    bytes: int
    seconds: float
    cached: bool


def build(
    checkpoint: Path,
    targets: Sequence[str] = (),
    precision: Precision = "fp32",
    *,
    progress: BuildProgress,
    report: Report,
    cache: PlanCache | None = None,
) -> list[BuildReport]:
    """Export network and text encoder to ONNX and compile TensorRT plans, unless they are cached.

    `targets` are names such as ``sm89`` or ``portable``; none means this machine's own card, if it has one
    and TensorRT is installed. Raises CheckpointError, EngineError if a requested form cannot be built.
    """
    stored = read_checkpoint(checkpoint)
    job = _Job(checkpoint, stored, precision, cache or PlanCache(report=report), progress, report)
    wanted = _wanted(targets)
    reports = [job.network(), job.text(checkpoint)]
    tongues = tongues_for(checkpoint, report)
    if tongues is not None:
        reports.append(job.text(tongues))
    for library, target, device in wanted:
        reports.append(job.plan(library, target, device))
        if not only_half(library, target):
            reports.append(job.text_plan(library, target, device))
    return reports


@dataclass(frozen=True, slots=True)
class _Job:
    """What all parts of one build share."""

    path: Path
    stored: Checkpoint
    precision: Precision
    plans: PlanCache
    progress: BuildProgress
    report: Report

    def network(self) -> BuildReport:
        """The network as ONNX, checked against the reference."""
        started = time.perf_counter()
        fingerprint = onnx_fingerprint(self.stored, _BATCH)
        cached = self.plans.find(fingerprint) is not None
        self.progress("network", "export", 0.0)
        model = self._model()
        check_onnx(model, self.stored, _BATCH)
        self.progress("network", "export", 1.0)
        return _report(fingerprint, len(model), _nodes(model), started, cached)

    def text(self, path: Path) -> BuildReport:
        """The text encoder in a file as ONNX, checked against the reference."""
        started = time.perf_counter()
        self.progress("text encoder", "export", 0.0)
        plan = build_text_encoder(path, self.report, self.plans)
        self.progress("text encoder", "export", 1.0)
        model = plan.files[MODEL_FILE]
        return _report(
            text_fingerprint(read_checkpoint(path)), len(model), _nodes(model), started, plan.cached
        )

    def plan(self, library: Library, target: str | None, device: str) -> BuildReport:
        """A TensorRT plan of the network for one target."""
        started = time.perf_counter()
        fingerprint = plan_fingerprint(self.stored, library, device, _BATCH, self.precision)

        def compile_now() -> Files:
            model, config = self._model(), self.stored.config
            watch = self._watch(library, "network", device)
            return plan_files(compile_network(library, model, target, self.precision, config, _BATCH, watch))

        plan = self.plans.fetch(fingerprint, compile_now)
        layers = int(plan.files[LAYERS_FILE])
        return _report(fingerprint, len(plan.files[PLAN_FILE]), layers, started, plan.cached)

    def text_plan(self, library: Library, target: str | None, device: str) -> BuildReport:
        """A TensorRT plan of the text encoder for one target."""
        started = time.perf_counter()
        exported = text_fingerprint(self.stored)
        fingerprint = text_plan_fingerprint(exported, library, device)

        def compile_now() -> Files:
            model = build_text_encoder(self.path, self.report, self.plans).files[MODEL_FILE]
            return compile_text_plan(
                library, model, target, self.stored.config, self._watch(library, "text", device)
            )

        plan = self.plans.fetch(fingerprint, compile_now)
        layers = int(plan.files[LAYERS_FILE])
        return _report(fingerprint, len(plan.files[PLAN_FILE]), layers, started, plan.cached)

    def _watch(self, library: Library, what: str, device: str) -> Progress:
        return lambda phase, share: self.progress(f"{library.name} {what} {device}", phase, share)

    def _model(self) -> bytes:
        return onnx_model(self.path, self.stored, _BATCH, self.plans, self.report)


def _wanted(targets: Sequence[str]) -> list[tuple[Library, str | None, str]]:
    """Library, target and device name of each plan to compile."""
    if targets:
        library = open_library()
        unknown = [target for target in targets if target not in library.targets]
        if unknown:
            raise EngineError(
                f"{library.name} {library.version} cannot build for {', '.join(unknown)}: "
                f"it supports {', '.join(library.targets) or 'only the card in this machine'}"
            )
        return [(library, target, target) for target in targets]
    try:
        gpu = Gpu(load_driver())
        library = open_library()
    except EngineError:
        return []
    own = target_of(library, gpu)
    return [(library, own, own or gpu.name)]


def _nodes(model: bytes) -> int:
    import onnx

    return len(onnx.load_from_string(model).graph.node)


def _report(fingerprint: Fingerprint, size: int, layers: int, started: float, cached: bool) -> BuildReport:
    took = time.perf_counter() - started
    return BuildReport(
        fingerprint.engine, fingerprint.device, fingerprint.precision, layers, size, took, cached
    )
