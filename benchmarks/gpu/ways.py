"""The ways to run the network that are compared, each behind one call: windows to answers, both in memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.compare import percentiles
from fsrf_live.engines.common.arrays import INPUT_NAMES, Feed, run_in_batches, to_feed
from fsrf_live.engines.common.contract import Inputs, ModelConfig, Outputs
from fsrf_live.engines.common.names import Precision
from fsrf_live.engines.common.parity import BOUNDS
from fsrf_live.engines.select import select_engine
from fsrf_live.fsrf.common.checkpoint import read_checkpoint
from fsrf_live.fsrf.common.errors import EngineError
from fsrf_live.fsrf.common.modalities import MODALITIES

RUNS, WARM_UP = 500, 30
WALL_S = 6.0
"""The longest that one way is timed: a slow one has fewer runs, and the page says how many."""

Run = Callable[[Inputs], Outputs]


@dataclass(frozen=True)
class Way:
    """`run` takes any number of windows, some a call; `device_ms` times n calls on the card, if it can."""

    allowed: float
    run: Run
    device_ms: Callable[[int], list[float]] | None


Opener = Callable[[Path, int], Way]
"""Opens a way for a checkpoint and a number of windows a call; raises EngineError if it cannot be had."""


def random_inputs(config: ModelConfig, count: int, seed: int) -> Inputs:
    """Windows with gaps; the last has nothing at all."""
    random = np.random.default_rng(seed)
    features, masks = {}, {}
    for m in MODALITIES:
        part = config.modality(m)
        features[m] = random.normal(size=(count, part.length, part.width)).astype(np.float32)
        masks[m] = random.random((count, part.length)) < 0.7
        masks[m][-1] = False
    return Inputs(features, masks)


def _tensorrt(precision: Precision, graph: bool, checkpoint: Path, batch: int) -> Way:
    from fsrf_live.engines.tensorrt.engine import TensorrtEngine

    engine = select_engine("tensorrt", checkpoint, print, batch=batch, precision=precision)
    assert isinstance(engine, TensorrtEngine)
    if graph and engine.runner.graph is None:
        raise EngineError("TensorRT cannot capture this plan as a CUDA graph")
    if not graph:
        engine.runner.graph = None
    return Way(BOUNDS[engine.precision], engine.run, engine.runner.time_ms)


def _onnx(checkpoint: Path, batch: int) -> Way:
    engine = select_engine("onnx", checkpoint, print, batch=batch)
    return Way(BOUNDS["fp32"], engine.run, None)


def _torch_cpu(checkpoint: Path, batch: int) -> Way:
    engine = select_engine("torch", checkpoint, print)
    return Way(BOUNDS["fp32"], engine.run, None)


def cuda() -> Any:
    """torch, if it has a card; raises EngineError with the reason if it has none."""
    import torch

    if not torch.cuda.is_available():
        raise EngineError(f"torch {torch.__version__} sees no CUDA device here")
    return torch


def _torch_gpu(graph: bool, checkpoint: Path, batch: int) -> Way:
    """Torch with buffers on the card that are filled before, and read after, each run."""
    torch = cuda()
    from fsrf_live.fsrf.network.inference import load_model

    model, config = load_model(checkpoint).cuda(), read_checkpoint(checkpoint).config
    feed = to_feed(config, random_inputs(config, batch, seed=0))
    buffers = {name: torch.from_numpy(feed[name]).cuda() for name in INPUT_NAMES}

    def forward() -> Any:
        return model({m: buffers[m] for m in MODALITIES}, {m: buffers[f"{m}_mask"] for m in MODALITIES})

    step: Callable[[], Any] = _captured(torch, forward) if graph else forward

    def answer(part: Feed) -> list[Any]:
        with torch.inference_mode():
            for name, values in part.items():
                buffers[name].copy_(torch.from_numpy(values))
            return [values.cpu().numpy() for values in step()]

    def run(inputs: Inputs) -> Outputs:
        return run_in_batches(to_feed(config, inputs), batch, answer)

    return Way(BOUNDS["fp32"], run, partial(_events_ms, torch, step))


def _captured(torch: Any, forward: Callable[[], Any]) -> Callable[[], Any]:
    """The forward pass as a CUDA graph, after warm-up runs on a stream of its own, as torch asks for."""
    with torch.inference_mode():
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                forward()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            answers = forward()

    def replay() -> Any:
        graph.replay()
        return answers

    return replay


def _events_ms(torch: Any, step: Callable[[], Any], runs: int) -> list[float]:
    """Without copies between host and card: torch moves each tensor by a call of its own."""
    times = []
    with torch.inference_mode():
        for _ in range(runs):
            start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            start.record()
            step()
            end.record()
            end.synchronize()
            times.append(start.elapsed_time(end))
    return times


OPENERS: dict[str, Opener] = {
    "torch with a CUDA graph, GPU": partial(_torch_gpu, True),
    "torch eager, GPU": partial(_torch_gpu, False),
    "torch eager, CPU": _torch_cpu,
    "TensorRT fp32, CUDA graph": partial(_tensorrt, "fp32", True),
    "TensorRT fp32, without a graph": partial(_tensorrt, "fp32", False),
    "TensorRT fp16, CUDA graph": partial(_tensorrt, "fp16", True),
    "TensorRT fp16, without a graph": partial(_tensorrt, "fp16", False),
    "ONNX Runtime, CPU": _onnx,
}
"""Those that need no export come first: one that hangs costs the others alone."""


def each_way(checkpoint: Path, batch: int) -> Iterator[tuple[str, Way | str]]:
    """Every way by its name, or why it cannot be had here. What refuses does so in its own words."""
    for name, opener in OPENERS.items():
        try:
            yield name, opener(checkpoint, batch)
        except (EngineError, RuntimeError, OSError) as error:  # RuntimeError is how torch's CUDA fails
            yield name, " ".join(str(error).split())[:300]


def percentiles_row(prefix: str, times: list[float]) -> dict[str, str]:
    """p50, p90 and p99 as a row has them."""
    named = zip(("p50", "p90", "p99"), percentiles(times), strict=True)
    return {f"{prefix} {name}": f"{value:.3f}" for name, value in named}
