"""A real Triton server, if FSRF_TEST_TRITON names one (HOST:PORT) that serves the checkpoint that ships."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from fsrf_live.engines.common.parity import check_parity, difference
from fsrf_live.engines.network.torch_engine import TorchEngine
from fsrf_live.engines.triton.address import triton_address
from fsrf_live.engines.triton.engine import TritonEngine
from fsrf_live.fsrf.common.checkpoint import Checkpoint, default_checkpoint, read_checkpoint
from tests.engines.conftest import random_windows


@pytest.fixture
def shipped() -> Checkpoint:
    return read_checkpoint(default_checkpoint())


@pytest.fixture
def engine(shipped: Checkpoint) -> Iterator[TritonEngine]:
    server = os.environ.get("FSRF_TEST_TRITON")
    if server is None:
        pytest.skip("no real Triton server: FSRF_TEST_TRITON is not set")
    with closing(TritonEngine(triton_address(f"triton://{server}"), shipped)) as opened:
        yield opened


def test_it_answers_as_the_reference_does(engine: TritonEngine, shipped: Checkpoint) -> None:
    assert check_parity(engine, shipped) < 1e-3
    windows = random_windows(11, seed=5, config=shipped.config)
    wanted = TorchEngine(default_checkpoint(), shipped).run(windows)
    assert difference(engine.run(windows), wanted) < 1e-3


def test_clients_at_the_same_time_get_their_own_answers(engine: TritonEngine, shipped: Checkpoint) -> None:
    windows = [random_windows(1, seed=seed, config=shipped.config) for seed in range(4)]
    alone = [engine.run(window) for window in windows]
    address = engine.address

    def ask(client: int) -> float:
        with closing(TritonEngine(address, shipped)) as own:
            return max(difference(own.run(windows[client]), alone[client]) for _ in range(10))

    with ThreadPoolExecutor(4) as pool:
        assert max(pool.map(ask, range(4))) < 1e-5
