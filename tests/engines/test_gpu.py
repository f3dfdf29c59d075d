"""On a machine with an NVIDIA GPU only: `make test-gpu`."""

from pathlib import Path

import numpy as np
import pytest

from fsrf_live.engines.common.names import Precision
from fsrf_live.engines.common.parity import BOUNDS, check_parity, difference
from fsrf_live.engines.network.torch_engine import TorchEngine
from fsrf_live.engines.select import select_engine
from fsrf_live.engines.tensorrt.cuda import Gpu, load_driver
from fsrf_live.engines.tensorrt.engine import TensorrtEngine
from fsrf_live.fsrf.common.checkpoint import default_checkpoint, read_checkpoint
from fsrf_live.fsrf.common.errors import EngineError
from tests.engines.conftest import random_windows

pytestmark = pytest.mark.gpu


@pytest.fixture(scope="module")
def checkpoint() -> Path:
    try:
        Gpu(load_driver())
    except EngineError as error:
        pytest.skip(str(error))
    return default_checkpoint()


@pytest.mark.parametrize("precision", list(BOUNDS))
def test_it_agrees_with_torch_on_windows_with_and_without_gaps(
    checkpoint: Path, precision: Precision
) -> None:
    stored = read_checkpoint(checkpoint)
    engine = select_engine("tensorrt", checkpoint, print, precision=precision)
    assert isinstance(engine, TensorrtEngine)
    windows = random_windows(8, seed=4, config=stored.config)
    wanted = TorchEngine(checkpoint, stored).run(windows)
    assert difference(engine.run(windows), wanted) < BOUNDS[engine.precision]


def test_a_graph_gives_what_a_plain_run_gives(checkpoint: Path) -> None:
    engine = select_engine("tensorrt", checkpoint, print)
    assert isinstance(engine, TensorrtEngine)
    assert engine.runner.graph is not None
    windows = random_windows(3, config=engine.config)
    by_graph = engine.run(windows)
    engine.runner.graph = None
    np.testing.assert_array_equal(engine.run(windows).score, by_graph.score)


def test_the_second_start_finds_its_plan(checkpoint: Path) -> None:
    said: list[str] = []
    select_engine("tensorrt", checkpoint, said.append)
    said.clear()
    engine = select_engine("tensorrt", checkpoint, said.append)
    assert not [line for line in said if "compiling" in line]
    assert isinstance(engine, TensorrtEngine)
    assert check_parity(engine, read_checkpoint(checkpoint)) < BOUNDS["fp32"]
