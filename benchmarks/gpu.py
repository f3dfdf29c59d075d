"""Parity and latency of the engines on this machine's GPU, as the page docs/gpu.md.

    python -m benchmarks.gpu [--checkpoint FILE] [--page FILE]

Without a GPU the page says so, and lists the plans that were built ahead of time.
"""

import argparse
import platform
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from benchmarks.compare import percentiles
from fsrf_live.engines.build import BuildReport, build
from fsrf_live.engines.common.cache import PlanCache
from fsrf_live.engines.common.contract import Inputs
from fsrf_live.engines.common.names import Precision
from fsrf_live.engines.common.parity import BOUNDS, check_parity
from fsrf_live.engines.common.reference import sample_of
from fsrf_live.engines.select import select_engine
from fsrf_live.engines.tensorrt.cuda import Gpu, load_driver
from fsrf_live.engines.tensorrt.engine import TensorrtEngine
from fsrf_live.engines.tensorrt.library import open_library
from fsrf_live.fsrf.common.checkpoint import Checkpoint, default_checkpoint, read_checkpoint
from fsrf_live.fsrf.common.errors import EngineError

RUNS = 1000
WARM_UP = 50
PAGE = Path("docs") / "gpu.md"
PACKAGES = ("torch", "onnxruntime", "tensorrt", "tensorrt_rtx", "numpy")


@dataclass(frozen=True, slots=True)
class Row:
    """One way of running one window: milliseconds by the wall clock, and on the device if it has events."""

    way: str
    wall: tuple[float, float, float]
    device: tuple[float, float, float] | None
    differs: float | None


def measure(checkpoint: Path, runs: int = RUNS) -> list[Row]:
    """Every way of running the stored window that this machine has; raises EngineError without a GPU."""
    stored = read_checkpoint(checkpoint)
    window, _ = sample_of(stored)
    rows: list[Row] = []
    for precision in BOUNDS:
        engine = select_engine("tensorrt", checkpoint, print, precision=precision)
        assert isinstance(engine, TensorrtEngine)
        differs = check_parity(engine, stored)
        rows.append(_tensorrt_row(engine, window, precision, differs, runs))
        engine.runner.graph = None
        rows.append(_tensorrt_row(engine, window, precision, check_parity(engine, stored), runs))
    rows += _torch_rows(checkpoint, stored, runs)
    onnx = select_engine("onnx", checkpoint, print)
    rows.append(Row("ONNX Runtime, CPU", _wall(lambda: onnx.run(window), runs), None, None))
    return rows


def page(checkpoint: Path, rows: list[Row], plans: list[BuildReport], missing: str | None) -> str:
    """The page in Markdown; `missing` is why nothing ran on a GPU."""
    lines = [
        "# Engines on an NVIDIA GPU",
        "",
        "Written by `python -m benchmarks.gpu` (`make test-gpu` runs it).",
        "",
    ]
    lines += [f"- {line}" for line in _facts(checkpoint)]
    lines += ["", "## What ran", ""]
    if missing:
        lines += [f"Nothing ran on a GPU: {missing}. Parity, latency, CUDA graphs and events are unmeasured."]
    else:
        lines += [
            f"One window, all seven subsets, {RUNS} runs after {WARM_UP}; ms. Device time is by CUDA events "
            "and includes both copies.",
            "",
            "| way | wall p50 | p90 | p99 | device p50 | p90 | p99 | differs from torch by |",
            "|---|---|---|---|---|---|---|---|",
            *(_table_row(row) for row in rows),
        ]
    lines += ["", "## Plans built ahead of time", ""]
    lines += ["| plan | target | precision | layers | MB | seconds |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {p.name} | {p.target} | {p.precision} | {p.layers} | {p.bytes / 1e6:.1f} | {p.seconds:.1f} |"
        for p in plans
    ]
    return "\n".join(lines) + "\n"


def build_all(checkpoint: Path) -> list[BuildReport]:
    """Plans for every target in the precisions that it has, in a temporary cache."""
    try:
        targets = open_library().targets
    except EngineError:
        targets = ()
    reports: list[BuildReport] = []
    with tempfile.TemporaryDirectory() as folder:
        cache = PlanCache(Path(folder), print)
        for precision in BOUNDS:
            wanted = [t for t in targets if not (t == "sm75" and precision == "fp32")]
            if wanted:
                made = build(checkpoint, wanted, precision, progress=_unseen, report=print, cache=cache)
                reports += [report for report in made if not report.cached]
    return reports


def _tensorrt_row(
    engine: TensorrtEngine, window: Inputs, precision: Precision, differs: float, runs: int
) -> Row:
    graph = "CUDA graph" if engine.runner.graph is not None else "plain enqueue"
    wall = _wall(lambda: engine.run(window), runs)
    device = percentiles(engine.runner.time_ms(runs))
    return Row(f"TensorRT {precision}, {graph}", wall, device, differs)


def _torch_rows(checkpoint: Path, stored: Checkpoint, runs: int) -> list[Row]:
    """Torch on the GPU, eager and as a CUDA graph; empty if this torch has no CUDA."""
    import torch

    from fsrf_live.fsrf.common.modalities import MODALITIES
    from fsrf_live.fsrf.network.inference import load_model

    if not torch.cuda.is_available():
        return []
    window, _ = sample_of(stored)
    model = load_model(checkpoint).cuda()
    features = {m: torch.from_numpy(window.features[m]).cuda() for m in MODALITIES}
    masks = {m: torch.from_numpy(window.masks[m]).cuda() for m in MODALITIES}

    def eager() -> None:
        model(features, masks)[0].cpu()

    with torch.inference_mode():
        rows = [Row("torch eager, GPU", _wall(eager, runs), None, None)]
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            answers = model(features, masks)

        def replay() -> None:
            graph.replay()
            answers[0].cpu()

        rows.append(Row("torch with a CUDA graph", _wall(replay, runs), None, None))
    return rows


def _wall(work: Callable[[], object], runs: int) -> tuple[float, float, float]:
    times = []
    for turn in range(WARM_UP + runs):
        started = time.perf_counter()
        work()
        if turn >= WARM_UP:
            times.append((time.perf_counter() - started) * 1e3)
    return percentiles(times)


def _facts(checkpoint: Path) -> list[str]:
    try:
        gpu = Gpu(load_driver())
        device = (
            f"{gpu.name}, compute capability {'.'.join(map(str, gpu.capability))}, CUDA {gpu.driver_version}"
        )
    except EngineError as error:
        device = f"none ({error})"
    versions = []
    for package in PACKAGES:
        try:
            versions.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            versions.append(f"{package} not installed")
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return [
        f"GPU: {device}",
        f"CPU: {platform.machine()}, {platform.system()}, Python {platform.python_version()}",
        f"Versions: {', '.join(versions)}",
        f"Commit: {commit.stdout.strip() or 'unknown'}",
        f"Checkpoint: SHA-256 {read_checkpoint(checkpoint).fingerprint[:16]}…",
    ]


def _table_row(row: Row) -> str:
    wall = [f"{value:.3f}" for value in row.wall]
    device = [f"{value:.3f}" for value in row.device] if row.device else ["-"] * 3
    differs = "-" if row.differs is None else f"{row.differs:.1e}"
    return f"| {' | '.join([row.way, *wall, *device, differs])} |"


def _unseen(what: str, phase: str, share: float) -> None:
    """Ignore progress."""


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, default=default_checkpoint())
    parser.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args()
    rows: list[Row] = []
    missing = None
    try:
        rows = measure(options.checkpoint)
    except EngineError as error:
        missing = str(error)
    options.page.parent.mkdir(parents=True, exist_ok=True)
    options.page.write_text(page(options.checkpoint, rows, build_all(options.checkpoint), missing))


if __name__ == "__main__":
    main()
