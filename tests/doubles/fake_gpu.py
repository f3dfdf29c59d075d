"""A CUDA driver and a TensorRT that live in host memory, for tests on machines without a GPU.

The driver queues nothing: what is enqueued runs at once, or is recorded while a capture is on. A "plan" is an
ONNX model that ONNX Runtime runs on the addresses that were set, so whole engines can be tested.
"""

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsrf_live.engines.network.onnx_engine import open_session
from fsrf_live.engines.tensorrt.library import Library

KINDS = {"tensor(float)": np.float32, "tensor(bool)": np.bool_, "tensor(int64)": np.int64}


def _number(value: Any) -> int:
    return int(value.value or 0)


class FakeDriver:
    """The functions of libcuda that `engines.tensorrt.cuda` calls. `refuse` maps a name to an error code."""

    def __init__(self, gpus: int = 1, capability: tuple[int, int] = (8, 9)) -> None:
        self.gpus = gpus
        self.capability = capability
        self.refuse: dict[str, int] = {}
        self.calls: list[str] = []
        self.launches = 0
        self._memory: dict[int, Any] = {}
        self._recording: list[Callable[[], object]] | None = None
        self._graphs: dict[int, list[Callable[[], object]]] = {}

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("cu") or name == "cuGetErrorName":
            return object.__getattribute__(self, name)
        entry = object.__getattribute__(self, name)

        def call(*arguments: Any) -> int:
            self.calls.append(name)
            code = self.refuse.get(name, 0)
            if not code:
                entry(*arguments)
            return code

        return call

    def queue(self, work: Callable[[], object]) -> None:
        """Run now, or record while capturing."""
        if self._recording is None:
            work()
        else:
            self._recording.append(work)

    def cuGetErrorName(self, code: Any, name: Any) -> None:  # noqa: N802
        name._obj.value = b"CUDA_ERROR_FAKE"

    def cuInit(self, flags: Any) -> None: ...  # noqa: N802

    def cuDriverGetVersion(self, version: Any) -> None:  # noqa: N802
        version._obj.value = 13000

    def cuDeviceGetCount(self, count: Any) -> None:  # noqa: N802
        count._obj.value = self.gpus

    def cuDeviceGet(self, device: Any, index: Any) -> None: ...  # noqa: N802

    def cuDeviceGetName(self, name: Any, size: Any, device: Any) -> None:  # noqa: N802
        name.value = b"Fake GPU"

    def cuDeviceGetAttribute(self, value: Any, attribute: Any, device: Any) -> None:  # noqa: N802
        value._obj.value = self.capability[attribute.value - 75]

    def cuDevicePrimaryCtxRetain(self, context: Any, device: Any) -> None:  # noqa: N802
        context._obj.value = 1

    def cuCtxSetCurrent(self, context: Any) -> None: ...  # noqa: N802

    def cuStreamCreate(self, stream: Any, flags: Any) -> None:  # noqa: N802
        stream._obj.value = 7

    def cuStreamSynchronize(self, stream: Any) -> None: ...  # noqa: N802

    def cuMemAlloc_v2(self, address: Any, size: Any) -> None:  # noqa: N802
        buffer = ctypes.create_string_buffer(size.value)
        address._obj.value = ctypes.addressof(buffer)
        self._memory[ctypes.addressof(buffer)] = buffer

    def cuMemHostAlloc(self, address: Any, size: Any, flags: Any) -> None:  # noqa: N802
        type(self).cuMemAlloc_v2(self, address, size)

    def cuMemcpyHtoDAsync_v2(self, to: Any, source: Any, size: Any, stream: Any) -> None:  # noqa: N802
        self.queue(lambda: ctypes.memmove(to, source, size))

    def cuMemcpyDtoHAsync_v2(self, to: Any, source: Any, size: Any, stream: Any) -> None:  # noqa: N802
        self.queue(lambda: ctypes.memmove(to, source, size))

    def cuStreamBeginCapture_v2(self, stream: Any, mode: Any) -> None:  # noqa: N802
        self._recording = []

    def cuStreamEndCapture(self, stream: Any, graph: Any) -> None:  # noqa: N802
        assert self._recording is not None
        self._graphs[len(self._graphs) + 1] = self._recording
        graph._obj.value = len(self._graphs)
        self._recording = None

    def cuGraphInstantiateWithFlags(self, runnable: Any, graph: Any, flags: Any) -> None:  # noqa: N802
        runnable._obj.value = _number(graph)

    def cuGraphDestroy(self, graph: Any) -> None: ...  # noqa: N802

    def cuGraphLaunch(self, graph: Any, stream: Any) -> None:  # noqa: N802
        self.launches += 1
        for work in self._graphs[_number(graph)]:
            work()

    def cuEventCreate(self, event: Any, flags: Any) -> None:  # noqa: N802
        event._obj.value = 9

    def cuEventRecord(self, event: Any, stream: Any) -> None: ...  # noqa: N802

    def cuEventSynchronize(self, event: Any) -> None: ...  # noqa: N802

    def cuEventElapsedTime(self, took: Any, start: Any, end: Any) -> None:  # noqa: N802
        took._obj.value = 0.25


class _Context:
    def __init__(self, tensorrt: "FakeTensorrt", engine: "_Engine") -> None:
        self._tensorrt, self._engine = tensorrt, engine
        self._addresses: dict[str, int] = {}
        self._shapes = {name: shape for name, (_, shape) in engine.tensors.items()}

    def set_tensor_address(self, name: str, address: int) -> None:
        self._addresses[name] = address

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> None:
        self._shapes[name] = shape
        for output in self._engine.outputs:
            self._shapes[output] = tuple(shape[0] if a < 0 else a for a in self._engine.tensors[output][1])

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        return self._shapes[name]

    def is_stream_capturable(self, stream: int) -> bool:
        return self._tensorrt.capturable

    def execute_async_v3(self, stream: int) -> bool:
        self._tensorrt.driver.queue(self._run)
        return not self._tensorrt.fails

    def _run(self) -> None:
        feed = {name: self._at(name) for name in self._engine.inputs}
        for name, array in zip(self._engine.outputs, self._engine.session.run(None, feed), strict=True):
            self._at(name)[...] = array + self._tensorrt.error

    def _at(self, name: str) -> NDArray[Any]:
        kind, shape = self._engine.tensors[name][0], self._shapes[name]
        size = int(np.prod(shape)) * np.dtype(kind).itemsize
        memory = (ctypes.c_uint8 * size).from_address(self._addresses[name])
        return np.frombuffer(memoryview(memory), np.uint8).view(kind).reshape(shape)


class _Engine:
    def __init__(self, tensorrt: "FakeTensorrt", plan: bytes) -> None:
        self._tensorrt = tensorrt
        self.session = open_session(plan)
        found = [*self.session.get_inputs(), *self.session.get_outputs()]
        self.tensors = {
            i.name: (KINDS[i.type], tuple(a if isinstance(a, int) else -1 for a in i.shape)) for i in found
        }
        self.inputs: list[str] = [i.name for i in self.session.get_inputs()]
        self.outputs: list[str] = [o.name for o in self.session.get_outputs()]
        self.num_io_tensors = len(found)

    def get_tensor_name(self, index: int) -> str:
        return [*self.inputs, *self.outputs][index]

    def get_tensor_mode(self, name: str) -> str:
        return "in" if name in self.inputs else "out"

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        return self.tensors[name][1]

    def get_tensor_dtype(self, name: str) -> Any:
        return self.tensors[name][0]

    def create_runtime_config(self) -> Any:
        return self._tensorrt.settings

    def create_execution_context(self, settings: Any = None) -> _Context:
        self._tensorrt.used = settings.cache if settings is not None else None
        return _Context(self._tensorrt, self)


class FakeKernels:
    """A runtime cache: what the first run compiles is one word; only a cache of this card is taken."""

    def __init__(self) -> None:
        self.content = b""

    def deserialize(self, blob: bytes) -> bool:
        if not blob.startswith(b"kernels of this card"):
            return False
        self.content = blob
        return True

    def serialize(self) -> memoryview:
        return memoryview(self.content or b"kernels of this card, compiled now")


class FakeSettings:
    """A runtime configuration with a runtime cache."""

    cache: FakeKernels | None = None

    def create_runtime_cache(self) -> FakeKernels:
        return FakeKernels()

    def set_runtime_cache(self, cache: FakeKernels) -> bool:
        self.cache = cache
        return True


class FakeTensorrt:
    """The part of the tensorrt module that runs plans. `error` is added to every answer."""

    def __init__(self, driver: FakeDriver) -> None:
        self.driver = driver
        self.capturable = True
        self.fails = False
        self.error = 0.0
        self.settings: Any = None
        self.used: FakeKernels | None = None
        self.complaints: list[str] = []
        self.TensorIOMode = type("TensorIOMode", (), {"INPUT": "in"})
        self.ComputeCapability = type("C", (), {"__members__": {"SM75": 1, "SM89": 2, "NONE": 0}})

    def nptype(self, kind: Any) -> Any:
        return kind

    def Runtime(self, logger: Any) -> "FakeTensorrt":  # noqa: N802
        return self

    def deserialize_cuda_engine(self, plan: bytes) -> _Engine | None:
        if plan == b"plan of another version":
            self.complaints.append("the plan's version does not match")
            return None
        return _Engine(self, plan)

    def library(self) -> Library:
        """As `engines.tensorrt.library.open_library` gives it."""
        return Library(self, "tensorrt_rtx", "0.fake", None, self.complaints)
