"""Runs a compiled plan: its own stream, pinned buffers, one execution context, and a CUDA graph.

A runner belongs to one thread at a time. The context and the graph hold the addresses of the buffers, so the
buffers are allocated once and never move.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsrf_live.engines.tensorrt.cuda import Gpu
from fsrf_live.engines.tensorrt.kernels import Kernels
from fsrf_live.engines.tensorrt.library import Library
from fsrf_live.fsrf.common.errors import EngineError

_Arrays = Mapping[str, NDArray[Any]]
ALIGNMENT = 256
"""Bytes; that of device allocations, so that every tensor is aligned as if it were allocated alone."""


def _plain_context(engine: Any) -> Any:
    return engine.create_execution_context()


class Slab:
    """Several tensors in one block of device memory and one of pinned memory: one copy moves them all."""

    def __init__(self, gpu: Gpu, shapes: Mapping[str, tuple[type[np.generic], tuple[int, ...]]]) -> None:
        sizes = {n: int(np.prod(shape)) * np.dtype(kind).itemsize for n, (kind, shape) in shapes.items()}
        starts: dict[str, int] = {}
        self.size = 0
        for name, size in sizes.items():
            starts[name] = self.size
            self.size += -(-size // ALIGNMENT) * ALIGNMENT
        self.device = gpu.allocate(self.size)
        self.pinned = gpu.pin(self.size)
        self.addresses = {name: self.device + start for name, start in starts.items()}
        self.views = {
            name: self.pinned.data[starts[name] : starts[name] + sizes[name]].view(kind).reshape(shape)
            for name, (kind, shape) in shapes.items()
        }


class PlanRunner:
    """One plan, loaded. `graph` says whether runs are replays of a captured CUDA graph."""

    def __init__(
        self,
        library: Library,
        gpu: Gpu,
        plan: bytes,
        largest: Mapping[str, tuple[int, ...]],
        kernels: Kernels | None = None,
    ) -> None:
        """Load a plan whose free axes, if any, are at most those of `largest` (by tensor name).

        With `kernels`, kernels that were compiled for this card before are not compiled again. Raises
        EngineError if this machine's TensorRT or card refuses the plan.
        """
        self._gpu = gpu
        self._module = library.module
        self._runtime = library.make("Runtime")  # must outlive the engine, as the engine its context
        self._engine = self._runtime.deserialize_cuda_engine(plan)
        if self._engine is None:
            raise EngineError(f"{library.name} refuses the compiled plan on {gpu.name}: {library.reason()}")
        gpu.enter()
        make = kernels.context if kernels is not None else _plain_context
        self._context = make(self._engine)
        if self._context is None:
            raise EngineError(f"{library.name} has no room on {gpu.name}: {library.reason()}")
        names = [self._engine.get_tensor_name(i) for i in range(self._engine.num_io_tensors)]
        self.tensors = {name: self._describe(name, largest) for name in names}
        self.inputs = tuple(name for name in names if self._is_input(name))
        self.outputs = tuple(name for name in names if not self._is_input(name))
        shapes = [tuple(self._engine.get_tensor_shape(name)) for name in names]
        self._fixed = all(axis >= 0 for shape in shapes for axis in shape)
        self._in = Slab(gpu, {name: self.tensors[name] for name in self.inputs})
        self._out = Slab(gpu, {name: self.tensors[name] for name in self.outputs})
        for name, address in {**self._in.addresses, **self._out.addresses}.items():
            self._context.set_tensor_address(name, address)
        self._stream = gpu.stream()
        self.graph: int | None = None

    def capture(self) -> str | None:
        """Record one run as a CUDA graph; returns None on success, else the reason why runs stay plain."""
        if not self._fixed:
            return "the plan has free axes"
        self._gpu.enter()
        # A first run may allocate or compile, which cannot be captured.
        for _ in range(3):
            self._enqueue()
        self._gpu.wait(self._stream)
        if not getattr(self._context, "is_stream_capturable", lambda stream: True)(self._stream):
            return "TensorRT says that this plan cannot be captured"
        try:
            self._gpu.begin_capture(self._stream)
            try:
                self._enqueue()
            finally:  # also after an error: a stream that stays in capture could run nothing
                graph = self._gpu.end_capture(self._stream)
        except EngineError as error:
            return str(error)
        self.graph = graph
        return None

    def run(self, feed: _Arrays) -> dict[str, NDArray[Any]]:
        """Outputs by name; arrays must have the plan's types and shapes. Raises EngineError.

        Outputs are copies, because the next run overwrites the buffers.
        """
        self._gpu.enter()
        for name, array in feed.items():
            if self._fixed:
                self._in.views[name][...] = array
            else:
                self._in.views[name].reshape(-1)[: array.size] = array.reshape(-1)
                self._context.set_input_shape(name, array.shape)
        if self.graph is None:
            self._enqueue()
        else:
            self._gpu.launch(self.graph, self._stream)
        self._gpu.wait(self._stream)
        return {name: self._result(name) for name in self.outputs}

    def time_ms(self, runs: int) -> list[float]:
        """Device time of each of `runs` runs on the present contents of the buffers, by CUDA events."""
        self._gpu.enter()
        start, end = self._gpu.event(), self._gpu.event()
        times = []
        for _ in range(runs):
            self._gpu.record(start, self._stream)
            if self.graph is None:
                self._enqueue()
            else:
                self._gpu.launch(self.graph, self._stream)
            self._gpu.record(end, self._stream)
            times.append(self._gpu.elapsed_ms(start, end))
        return times

    def _enqueue(self) -> None:
        self._gpu.copy_in(self._in.device, self._in.pinned.address, self._in.size, self._stream)
        if not self._context.execute_async_v3(self._stream):
            raise EngineError(f"TensorRT failed on {self._gpu.name} while running the plan")
        self._gpu.copy_out(self._out.pinned.address, self._out.device, self._out.size, self._stream)

    def _result(self, name: str) -> NDArray[Any]:
        view = self._out.views[name]
        if self._fixed:
            return view.copy()
        shape = tuple(self._context.get_tensor_shape(name))
        return view.reshape(-1)[: int(np.prod(shape))].reshape(shape).copy()

    def _describe(
        self, name: str, largest: Mapping[str, tuple[int, ...]]
    ) -> tuple[type[np.generic], tuple[int, ...]]:
        shape = tuple(self._engine.get_tensor_shape(name))
        if any(axis < 0 for axis in shape):
            shape = largest[name]
        return self._module.nptype(self._engine.get_tensor_dtype(name)), shape

    def _is_input(self, name: str) -> bool:
        return bool(self._engine.get_tensor_mode(name) == self._module.TensorIOMode.INPUT)
