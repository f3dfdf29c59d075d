import ctypes

import numpy as np
import pytest

from fsrf_live.engines.tensorrt.cuda import Gpu, load_driver
from fsrf_live.fsrf.common.errors import EngineError
from tests.doubles.fake_gpu import FakeDriver


def test_a_machine_without_a_driver_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", missing)
    with pytest.raises(EngineError, match="no NVIDIA driver on this machine"):
        load_driver()


def test_the_first_gpu_is_opened_and_named() -> None:
    gpu = Gpu(FakeDriver(capability=(12, 0)))
    assert (gpu.name, gpu.capability, gpu.driver_version) == ("Fake GPU", (12, 0), 13000)


def test_a_driver_without_a_gpu_is_told_apart() -> None:
    with pytest.raises(EngineError, match="no GPU on this machine"):
        Gpu(FakeDriver(gpus=0))


def test_a_refusal_names_the_call_and_cudas_own_word() -> None:
    driver = FakeDriver()
    driver.refuse["cuInit"] = 100
    with pytest.raises(EngineError, match=r"refuses cuInit: CUDA_ERROR_FAKE \(100\)"):
        Gpu(driver)


def test_a_driver_too_old_is_told_so() -> None:
    class Old(FakeDriver):
        cuGraphInstantiateWithFlags = property()  # noqa: N815

    gpu = Gpu(Old())
    stream = gpu.stream()
    gpu.begin_capture(stream)
    with pytest.raises(EngineError, match="too old: it lacks cuGraphInstantiateWithFlags"):
        gpu.end_capture(stream)


def test_bytes_go_to_the_device_and_come_back() -> None:
    gpu = Gpu(FakeDriver())
    stream, device = gpu.stream(), gpu.allocate(16)
    there, back = gpu.pin(16), gpu.pin(16)
    there.data[:] = np.arange(16)
    gpu.copy_in(device, there.address, 16, stream)
    gpu.copy_out(back.address, device, 16, stream)
    gpu.wait(stream)
    np.testing.assert_array_equal(back.data, np.arange(16))


def test_what_is_captured_runs_only_when_launched() -> None:
    gpu = Gpu(FakeDriver())
    stream, device = gpu.stream(), gpu.allocate(4)
    host = gpu.pin(4)
    gpu.begin_capture(stream)
    gpu.copy_out(host.address, device, 4, stream)
    graph = gpu.end_capture(stream)
    host.data[:] = 5
    gpu.launch(graph, stream)
    np.testing.assert_array_equal(host.data, np.zeros(4))
