"""Compiles ONNX models to TensorRT plans: strongly typed, no plugin, checked before they are kept."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fsrf_live.engines.tensorrt.library import PORTABLE, Library, Progress, monitor
from fsrf_live.fsrf.common.errors import EngineError

Shape = tuple[int, ...]
ShapeProfile = Mapping[str, tuple[Shape, Shape, Shape]]
"""Smallest, usual and largest shape of each input that has a free axis."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A serialised plan, its number of layers, its inputs and outputs, and the seconds that it took."""

    plan: bytes
    layers: int
    tensors: Mapping[str, tuple[str, Shape]]
    seconds: float


def compile_plan(
    library: Library,
    model: bytes,
    target: str | None,
    progress: Progress,
    profile: ShapeProfile | None = None,
) -> Compiled:
    """Compile for a target of `library.targets`, or (None) for the card in this machine.

    The types are those of the ONNX model: TensorRT lowers no precision by itself, TF32 is off. Raises
    EngineError if TensorRT cannot compile the model or the target is unknown.
    """
    started = time.perf_counter()
    module = library.module
    builder = library.make("Builder")
    flag = getattr(module.NetworkDefinitionCreationFlag, "STRONGLY_TYPED", None)
    network = builder.create_network(0 if flag is None else 1 << int(flag))
    parser = module.OnnxParser(network, library.logger)
    if not parser.parse(model):
        reason = parser.get_error(0).desc() if parser.num_errors else library.reason()
        raise EngineError(f"{library.name} cannot read the network: {reason}")
    config = _configure(library, builder, target, profile)
    config.progress_monitor = watcher = monitor(library, progress)
    plan = builder.build_serialized_network(network, config)
    del watcher  # held until here: the configuration keeps no reference to its monitor
    if plan is None:
        raise EngineError(f"{library.name} cannot compile the network: {library.reason()}")
    seconds = time.perf_counter() - started
    return Compiled(bytes(plan), network.num_layers, tensors_of(module, network), seconds)


def tensors_of(module: Any, network: Any) -> dict[str, tuple[str, Shape]]:
    """Data type (as numpy names it) and shape of each input and output of a network, in their order."""
    tensors = [network.get_input(i) for i in range(network.num_inputs)]
    tensors += [network.get_output(i) for i in range(network.num_outputs)]
    return {t.name: (np.dtype(module.nptype(t.dtype)).name, tuple(t.shape)) for t in tensors}


def _configure(library: Library, builder: Any, target: str | None, profile: ShapeProfile | None) -> Any:
    module = library.module
    config = builder.create_builder_config()
    config.clear_flag(module.BuilderFlag.TF32)
    if target is not None and target not in library.targets:
        known = ", ".join(library.targets) or "only the card in this machine"
        raise EngineError(f"{library.name} {library.version} cannot build for {target}: it supports {known}")
    if target is not None and target != PORTABLE:
        config.num_compute_capabilities = 1
        config.set_compute_capability(module.ComputeCapability.__members__[target.upper()], 0)
    if profile:
        ranges = builder.create_optimization_profile()
        for name, (smallest, usual, largest) in profile.items():
            ranges.set_shape(name, smallest, usual, largest)
        config.add_optimization_profile(ranges)
    return config
