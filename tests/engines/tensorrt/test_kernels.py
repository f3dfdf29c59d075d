"""Kernels that TensorRT for RTX compiled at a first run are there at the second. With a fake card."""

from pathlib import Path

import pytest

from fsrf_live.engines.common.cache import PlanCache
from fsrf_live.engines.tensorrt.cuda import Gpu
from fsrf_live.engines.tensorrt.kernels import KERNELS_FILE, Kernels, kernels_fingerprint
from fsrf_live.engines.tensorrt.library import open_library
from fsrf_live.engines.tensorrt.runner import PlanRunner
from tests.doubles.fake_gpu import FakeDriver, FakeSettings, FakeTensorrt


@pytest.fixture
def tensorrt() -> FakeTensorrt:
    fake = FakeTensorrt(FakeDriver())
    fake.settings = FakeSettings()
    return fake


def loaded(tensorrt: FakeTensorrt, plan: bytes, plans: PlanCache) -> Kernels:
    library, gpu = tensorrt.library(), Gpu(tensorrt.driver)
    kernels = Kernels(plans, kernels_fingerprint(library, gpu, plan))
    runner = PlanRunner(library, gpu, plan, {}, kernels)
    assert runner.capture() is None
    kernels.keep()
    return kernels


def test_the_second_start_finds_what_the_first_compiled(
    tensorrt: FakeTensorrt, exported: bytes, tmp_path: Path
) -> None:
    plans = PlanCache(tmp_path)
    assert not loaded(tensorrt, exported, plans).found
    assert loaded(tensorrt, exported, plans).found
    assert tensorrt.used is not None
    assert tensorrt.used.content == b"kernels of this card, compiled now"


@pytest.mark.parametrize("blob", [b"", b"kernels of another card"])
def test_kernels_that_do_not_fit_are_compiled_anew(
    tensorrt: FakeTensorrt, exported: bytes, tmp_path: Path, blob: bytes
) -> None:
    plans = PlanCache(tmp_path)
    fingerprint = kernels_fingerprint(tensorrt.library(), Gpu(tensorrt.driver), exported)
    plans.store(fingerprint, {KERNELS_FILE: blob})
    assert not loaded(tensorrt, exported, plans).found


def test_a_tensorrt_without_such_a_cache_runs_as_well(
    tensorrt: FakeTensorrt, exported: bytes, tmp_path: Path
) -> None:
    tensorrt.settings = None
    assert not loaded(tensorrt, exported, PlanCache(tmp_path)).found
    assert list(tmp_path.iterdir()) == []
    assert tensorrt.used is None


def test_another_plan_card_or_driver_has_other_kernels(tensorrt: FakeTensorrt, exported: bytes) -> None:
    gpu = Gpu(tensorrt.driver)
    keys = {kernels_fingerprint(tensorrt.library(), gpu, plan).key for plan in (exported, b"another")}
    gpu.name = "Another GPU"
    keys.add(kernels_fingerprint(tensorrt.library(), gpu, exported).key)
    gpu.driver_version += 1
    keys.add(kernels_fingerprint(tensorrt.library(), gpu, exported).key)
    assert len(keys) == 4


def test_the_real_library_has_the_cache_that_is_used_here() -> None:
    module = pytest.importorskip("tensorrt_rtx")
    assert open_library().name in ("tensorrt", "tensorrt_rtx")
    assert hasattr(module.ICudaEngine, "create_runtime_config")
    for name in ("create_runtime_cache", "set_runtime_cache"):
        assert hasattr(module.IRuntimeConfig, name)
    for name in ("serialize", "deserialize"):
        assert hasattr(module.IRuntimeCache, name)
