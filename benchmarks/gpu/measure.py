"""One measurement of the kit, its rows to a file as they come.

python -m benchmarks.gpu.measure NAME --out FILE
"""

import argparse
import json
import os
import platform
import subprocess
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.gpu.ways import (
    OPENERS,
    RUNS,
    WALL_S,
    WARM_UP,
    Way,
    cuda,
    each_way,
    percentiles_row,
    random_inputs,
)
from fsrf_live.engines.common.parity import difference
from fsrf_live.engines.common.reference import sample_of
from fsrf_live.fsrf.common.checkpoint import default_checkpoint, read_checkpoint
from fsrf_live.fsrf.common.errors import EngineError

Row = dict[str, Any]
PACKAGES = ("torch", "onnxruntime", "onnxscript", "tensorrt", "tensorrt_rtx", "numpy")
GAPS = 16
"""Windows with gaps that parity is looked at on."""
BATCHES = (1, 8, 64)
TRAINING_BATCH = 64
TRAINING_S = 8.0


def facts() -> Iterator[Row]:
    """What this machine is."""
    from fsrf_live.engines.tensorrt.cuda import Gpu, load_driver

    try:
        gpu = Gpu(load_driver())
        card = (
            f"{gpu.name}, compute capability {'.'.join(map(str, gpu.capability))}, CUDA {gpu.driver_version}"
        )
    except EngineError as error:
        card = f"none ({error})"
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    yield {"fact": "GPU", "value": card}
    yield {
        "fact": "CPU",
        "value": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    }
    yield {"fact": "Versions", "value": ", ".join(f"{name} {_version(name)}" for name in PACKAGES)}
    yield {"fact": "Commit", "value": commit.stdout.strip() or "unknown"}
    yield {
        "fact": "Checkpoint",
        "value": f"SHA-256 {read_checkpoint(default_checkpoint()).fingerprint[:16]}…",
    }


def export() -> Iterator[Row]:
    """The ONNX model that TensorRT and ONNX Runtime take, into the kit's cache."""
    from fsrf_live.engines.select import select_engine

    started = time.perf_counter()
    select_engine("onnx", default_checkpoint(), print)
    yield {"way": "export", "seconds": round(time.perf_counter() - started, 1)}


def parity() -> Iterator[Row]:
    """Differences from the reference."""
    path = default_checkpoint()
    stored = read_checkpoint(path)
    window, wanted = sample_of(stored)
    gaps = random_inputs(stored.config, GAPS, seed=4)
    reference = OPENERS["torch eager, CPU"](path, GAPS).run(gaps)

    def differs(way: Way) -> Row:
        largest = max(difference(way.run(window), wanted), difference(way.run(gaps), reference))
        return {"differs": f"{largest:.1e}", "allowed": f"{way.allowed:g}"}

    yield from _rows(1, differs, {"windows": 1 + GAPS})


def latency() -> Iterator[Row]:
    """One window."""
    window, _ = sample_of(read_checkpoint(default_checkpoint()))

    def timed(way: Way) -> Row:
        wall = wall_ms(lambda: way.run(window), RUNS)
        device = [] if way.device_ms is None else way.device_ms(RUNS)
        row = {"runs": len(wall), **percentiles_row("wall", wall)}
        return {**row, **percentiles_row("device", device)} if device else row

    yield from _rows(1, timed, {})


def throughput() -> Iterator[Row]:
    """Windows a second."""
    config = read_checkpoint(default_checkpoint()).config
    for batch in BATCHES:
        inputs = random_inputs(config, batch, seed=batch)

        def fast(way: Way, inputs: Any = inputs, batch: int = batch) -> Row:
            ms = float(np.median(wall_ms(lambda: way.run(inputs), RUNS // 5)))
            return {"windows/s": f"{batch / ms * 1e3:.0f}", "ms a call": f"{ms:.3f}"}

        yield from _rows(batch, fast, {"batch": batch})


def training() -> Iterator[Row]:
    """Steps of the network, on the card and on the CPU."""
    import torch

    for way, card in (("torch eager, GPU", True), ("torch eager, CPU", False)):
        row = {"way": way, "card": card, "batch": TRAINING_BATCH}
        try:
            device = cuda().device("cuda") if card else torch.device("cpu")
            step = _training_step(torch, device)
            times = wall_ms(step, 200, longest_s=TRAINING_S)
            ms = float(np.median(times))
            yield {**row, "steps/s": f"{1e3 / ms:.1f}", "ms p50": f"{ms:.2f}"}
        except (EngineError, RuntimeError) as error:
            yield {**row, "refused": " ".join(str(error).split())[:300]}


def _training_step(torch: Any, device: Any) -> Callable[[], object]:
    """Forward, the losses of the labels, backward, AdamW; returns once the device is done."""
    from fsrf_live.fsrf.common.modalities import MODALITIES
    from fsrf_live.fsrf.network.model import FSRF
    from fsrf_live.fsrf.training.targets import supervised

    torch.manual_seed(0)
    config = read_checkpoint(default_checkpoint()).config
    model = FSRF(config).to(device).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    inputs = random_inputs(config, TRAINING_BATCH, seed=1)
    features = {m: torch.from_numpy(inputs.features[m]).to(device) for m in MODALITIES}
    masks = {m: torch.from_numpy(inputs.masks[m]).to(device) for m in MODALITIES}
    scores = (torch.rand(TRAINING_BATCH, 1, device=device) * 6 - 3).expand(-1, 7)

    def step() -> float:
        optimizer.zero_grad(set_to_none=True)
        logits = model.semantics(features, masks).logits
        known = torch.ones(logits.shape[:2], device=device)
        losses = supervised(model.bins, config.neutral, logits, scores, known, 0.5)
        loss = losses["score"] + losses["label"]
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        return float(loss.detach())

    return step


def _rows(batch: int, measure: Callable[[Way], Row], fixed: Row) -> Iterator[Row]:
    """A row for each way, with its figures or why it has none."""
    for name, way in each_way(default_checkpoint(), batch):
        row = {"way": name, "card": "CPU" not in name, **fixed}
        try:
            yield {**row, "refused": way} if isinstance(way, str) else {**row, **measure(way)}
        except (EngineError, RuntimeError) as error:
            yield {**row, "refused": " ".join(str(error).split())[:300]}


def wall_ms(work: Callable[[], object], runs: int, longest_s: float = WALL_S) -> list[float]:
    """Milliseconds of each run after the warm-up, in no more time than `longest_s`, and at least one."""
    times: list[float] = []
    begun = time.perf_counter()
    for turn in range(WARM_UP + runs):
        started = time.perf_counter()
        work()
        ended = time.perf_counter()
        if turn >= WARM_UP or ended - begun > longest_s / 2:
            times.append((ended - started) * 1e3)
        if times and ended - begun > longest_s:
            break
    return times


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


MEASUREMENTS: dict[str, Callable[[], Iterator[Row]]] = {
    "facts": facts,
    "export": export,
    "parity": parity,
    "latency": latency,
    "training": training,
    "throughput": throughput,
}


def main() -> None:
    """Measure, each row as it comes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("name", choices=MEASUREMENTS)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    with options.out.open("a") as file:
        for row in MEASUREMENTS[options.name]():
            file.write(json.dumps(row) + "\n")
            file.flush()
            print(json.dumps(row))


if __name__ == "__main__":
    main()
