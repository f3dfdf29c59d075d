"""The few calls of the CUDA driver that an engine needs, through the library that comes with every driver.

No CUDA toolkit, no torch. Names and values are those of the CUDA Driver API reference.
"""

import ctypes
import sys
from ctypes import byref, c_char_p, c_float, c_int, c_size_t, c_uint, c_void_p
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.errors import EngineError

_CAPABILITY_MAJOR, _CAPABILITY_MINOR = 75, 76
_NON_BLOCKING = 1
_CAPTURE_THREAD_LOCAL = 1
"""Calls of other threads, which may use the GPU for themselves, do not invalidate a capture."""


def load_driver() -> Any:
    """The driver's library; raises EngineError on a machine without one."""
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        return ctypes.CDLL(name)
    except OSError as error:
        raise EngineError("no NVIDIA driver on this machine") from error


def has_driver() -> bool:
    """Whether this machine may have a GPU. Asking begins nothing."""
    try:
        load_driver()
    except EngineError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Pinned:
    """Page-locked host memory: its address and its bytes."""

    address: int
    data: NDArray[np.uint8]


class Gpu:
    """The first GPU's primary context. Handles and addresses are plain integers.

    One thread at a time may use it, after it has called `enter`: the current context belongs to a thread.
    Nothing is freed, because allocations are made once when a plan is loaded and live as long as the process.
    """

    def __init__(self, driver: Any) -> None:
        """Open the GPU; raises EngineError if there is none or the driver refuses."""
        self._driver = driver
        self._call("cuInit", c_uint(0))
        self.driver_version = self._number("cuDriverGetVersion")
        if self._number("cuDeviceGetCount") == 0:
            raise EngineError("an NVIDIA driver, but no GPU on this machine")
        device = c_int()
        self._call("cuDeviceGet", byref(device), c_int(0))
        name = ctypes.create_string_buffer(256)
        self._call("cuDeviceGetName", name, c_int(len(name)), device)
        self.name = name.value.decode(errors="replace")
        self.capability = (
            self._attribute(_CAPABILITY_MAJOR, device),
            self._attribute(_CAPABILITY_MINOR, device),
        )
        self._context = self._handle("cuDevicePrimaryCtxRetain", device)
        self.enter()

    def enter(self) -> None:
        """Make the context current in the calling thread."""
        self._call("cuCtxSetCurrent", self._context)

    def stream(self) -> int:
        """A new stream, which does not wait for the default one."""
        return _value(self._handle("cuStreamCreate", c_uint(_NON_BLOCKING)))

    def allocate(self, size: int) -> int:
        """Address of `size` bytes on the device."""
        return _value(self._handle("cuMemAlloc_v2", c_size_t(size)))

    def pin(self, size: int) -> Pinned:
        """`size` bytes of page-locked host memory: only from there are copies asynchronous."""
        address = _value(self._handle("cuMemHostAlloc", c_size_t(size), c_uint(0)))
        buffer = (ctypes.c_uint8 * size).from_address(address)
        return Pinned(address, np.frombuffer(memoryview(buffer), np.uint8))

    def copy_in(self, device: int, host: int, size: int, stream: int) -> None:
        """Queue a copy from pinned host memory, which must not change until the stream is done."""
        self._call("cuMemcpyHtoDAsync_v2", c_void_p(device), c_void_p(host), c_size_t(size), c_void_p(stream))

    def copy_out(self, host: int, device: int, size: int, stream: int) -> None:
        """Queue a copy to pinned host memory."""
        self._call("cuMemcpyDtoHAsync_v2", c_void_p(host), c_void_p(device), c_size_t(size), c_void_p(stream))

    def wait(self, stream: int) -> None:
        """Block until the stream is done."""
        self._call("cuStreamSynchronize", c_void_p(stream))

    def begin_capture(self, stream: int) -> None:
        """Record what is queued from now on instead of running it."""
        self._call("cuStreamBeginCapture_v2", c_void_p(stream), c_int(_CAPTURE_THREAD_LOCAL))

    def end_capture(self, stream: int) -> int:
        """The recorded graph, ready to be launched."""
        graph = c_void_p()
        self._call("cuStreamEndCapture", c_void_p(stream), byref(graph))
        runnable = self._handle("cuGraphInstantiateWithFlags", graph, ctypes.c_ulonglong(0))
        self._call("cuGraphDestroy", graph)  # what is runnable has a copy of its own
        return _value(runnable)

    def launch(self, graph: int, stream: int) -> None:
        """Queue a recorded graph."""
        self._call("cuGraphLaunch", c_void_p(graph), c_void_p(stream))

    def event(self) -> int:
        """An event that records its time."""
        return _value(self._handle("cuEventCreate", c_uint(0)))

    def record(self, event: int, stream: int) -> None:
        """Queue an event."""
        self._call("cuEventRecord", c_void_p(event), c_void_p(stream))

    def elapsed_ms(self, start: int, end: int) -> float:
        """Milliseconds between two events; waits for the second one."""
        self._call("cuEventSynchronize", c_void_p(end))
        took = c_float()
        self._call("cuEventElapsedTime", byref(took), c_void_p(start), c_void_p(end))
        return took.value

    def _handle(self, function: str, *arguments: Any) -> c_void_p:
        """What a function writes through its first parameter."""
        handle = c_void_p()
        self._call(function, byref(handle), *arguments)
        return handle

    def _number(self, function: str) -> int:
        number = c_int()
        self._call(function, byref(number))
        return number.value

    def _attribute(self, attribute: int, device: c_int) -> int:
        number = c_int()
        self._call("cuDeviceGetAttribute", byref(number), c_int(attribute), device)
        return number.value

    def _call(self, function: str, *arguments: Any) -> None:
        """Call the driver; raises EngineError with CUDA's name of the error."""
        try:
            entry = getattr(self._driver, function)
        except AttributeError as error:
            raise EngineError(
                f"the NVIDIA driver is too old: it lacks {function}, install a newer one"
            ) from error
        code = entry(*arguments)
        if code:
            name = c_char_p()
            self._driver.cuGetErrorName(c_int(code), byref(name))
            text = (name.value or b"unknown error").decode()
            raise EngineError(f"the NVIDIA driver refuses {function}: {text} ({code})")


def _value(handle: c_void_p) -> int:
    return handle.value or 0
