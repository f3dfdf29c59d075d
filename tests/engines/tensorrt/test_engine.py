from pathlib import Path

import pytest

from fsrf_live.engines.common.cache import PlanCache
from fsrf_live.engines.common.parity import difference
from fsrf_live.engines.network.torch_engine import TorchEngine
from fsrf_live.engines.select import select_engine
from fsrf_live.engines.tensorrt.cuda import Gpu
from fsrf_live.engines.tensorrt.engine import (
    LAYERS_FILE,
    PLAN_FILE,
    TensorrtEngine,
    plan_fingerprint,
    target_of,
)
from fsrf_live.engines.tensorrt.library import PORTABLE
from fsrf_live.engines.tensorrt.runner import PlanRunner
from fsrf_live.fsrf.common.checkpoint import Checkpoint
from fsrf_live.fsrf.common.errors import EngineError
from tests.doubles.fake_gpu import FakeDriver, FakeTensorrt
from tests.engines.conftest import random_windows


@pytest.fixture
def tensorrt() -> FakeTensorrt:
    return FakeTensorrt(FakeDriver())


@pytest.fixture
def machine(
    tensorrt: FakeTensorrt,
    stored: Checkpoint,
    exported: bytes,
    plans: PlanCache,
    monkeypatch: pytest.MonkeyPatch,
) -> FakeTensorrt:
    """A machine with a GPU, TensorRT and a cached plan."""
    monkeypatch.setattr("fsrf_live.engines.tensorrt.engine.load_driver", lambda: tensorrt.driver)
    monkeypatch.setattr("fsrf_live.engines.tensorrt.engine.open_library", tensorrt.library)
    fingerprint = plan_fingerprint(stored, tensorrt.library(), "sm89", 1, "fp32")
    plans.store(fingerprint, {PLAN_FILE: exported, LAYERS_FILE: b"1"})
    return tensorrt


def test_auto_takes_tensorrt_where_it_truly_runs(machine: FakeTensorrt, tiny: Path, plans: PlanCache) -> None:
    said: list[str] = []
    engine = select_engine("auto", tiny, said.append, cache=plans)
    assert engine.name == "tensorrt"
    assert [line for line in said if "not used" in line] == []


def test_it_answers_as_torch_does_by_launching_a_graph(
    machine: FakeTensorrt, tiny: Path, stored: Checkpoint, plans: PlanCache
) -> None:
    engine = select_engine("tensorrt", tiny, lambda line: None, cache=plans)
    before = machine.driver.launches
    windows = random_windows(3)
    assert difference(engine.run(windows), TorchEngine(tiny, stored).run(windows)) < 1e-5
    assert machine.driver.launches == before + 3


@pytest.mark.parametrize("why", ["not capturable", "refused by the driver"])
def test_where_capture_is_refused_runs_stay_plain_and_right(
    machine: FakeTensorrt, tiny: Path, stored: Checkpoint, plans: PlanCache, why: str
) -> None:
    if why == "not capturable":
        machine.capturable = False
    else:
        machine.driver.refuse["cuStreamEndCapture"] = 900
        machine.driver.refuse["cuStreamBeginCapture_v2"] = 900
    said: list[str] = []
    engine = select_engine("tensorrt", tiny, said.append, cache=plans)
    windows = random_windows(2)
    assert difference(engine.run(windows), TorchEngine(tiny, stored).run(windows)) < 1e-5
    assert machine.driver.launches == 0
    assert "without a CUDA graph" in said[0]


def test_beyond_the_bound_the_next_engine_is_taken(
    machine: FakeTensorrt, tiny: Path, plans: PlanCache
) -> None:
    machine.error = 0.01
    said: list[str] = []
    assert select_engine("auto", tiny, said.append, cache=plans).name == "onnx"
    assert "tensorrt (the tensorrt engine differs from the torch reference by" in said[0]


def test_a_run_that_fails_is_an_error_never_an_answer(
    machine: FakeTensorrt, tiny: Path, plans: PlanCache
) -> None:
    machine.capturable = False
    engine = select_engine("tensorrt", tiny, lambda line: None, cache=plans)
    machine.fails = True
    with pytest.raises(EngineError, match="failed on Fake GPU"):
        engine.run(random_windows(1))


def test_a_plan_that_tensorrt_refuses_is_an_error_with_its_reason(tensorrt: FakeTensorrt) -> None:
    with pytest.raises(EngineError, match="refuses the compiled plan on Fake GPU: the plan's version"):
        PlanRunner(tensorrt.library(), Gpu(tensorrt.driver), b"plan of another version", {})


@pytest.mark.parametrize("broken", ["Runtime", "nptype"])
def test_a_tensorrt_that_does_not_work_here_gives_way_to_onnx(
    machine: FakeTensorrt, tiny: Path, plans: PlanCache, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail(*arguments: object) -> None:
        raise TypeError("factory function returned nullptr")

    monkeypatch.setattr(machine, broken, fail)
    said: list[str] = []
    assert select_engine("auto", tiny, said.append, cache=plans).name == "onnx"
    assert said[0].startswith("not used: tensorrt (")
    assert len(said) == 2


def test_a_plan_of_another_network_is_refused(
    tensorrt: FakeTensorrt, stored: Checkpoint, exported: bytes
) -> None:
    runner = PlanRunner(tensorrt.library(), Gpu(tensorrt.driver), exported, {})
    with pytest.raises(EngineError, match="plan is not of this checkpoint"):
        TensorrtEngine(runner, stored, batch=2)


def test_device_time_is_measured_by_events(tensorrt: FakeTensorrt, exported: bytes) -> None:
    runner = PlanRunner(tensorrt.library(), Gpu(tensorrt.driver), exported, {})
    assert runner.time_ms(3) == [0.25] * 3
    assert runner.capture() is None
    assert runner.time_ms(2) == [0.25] * 2
    assert tensorrt.driver.launches == 2


@pytest.mark.parametrize(
    ("capability", "target"), [((8, 9), "sm89"), ((7, 5), "sm75"), ((9, 0), PORTABLE), ((13, 1), PORTABLE)]
)
def test_a_card_without_a_target_of_its_own_takes_the_portable_plan(
    capability: tuple[int, int], target: str
) -> None:
    driver = FakeDriver(capability=capability)
    assert target_of(FakeTensorrt(driver).library(), Gpu(driver)) == target
