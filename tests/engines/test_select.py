from pathlib import Path

import onnx
import pytest
from onnx import numpy_helper

from fsrf_live.engines import select
from fsrf_live.engines.common.cache import PlanCache
from fsrf_live.engines.common.parity import difference
from fsrf_live.engines.common.reference import sample_of
from fsrf_live.engines.select import ONNX_FILE, onnx_fingerprint, select_engine
from fsrf_live.fsrf.common.checkpoint import Checkpoint
from fsrf_live.fsrf.common.errors import CheckpointError, EngineError
from tests.engines.conftest import random_windows, write_tiny


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a GPU, whatever this one has."""

    def refuse() -> None:
        raise EngineError("no NVIDIA driver on this machine")

    monkeypatch.setattr("fsrf_live.engines.tensorrt.engine.load_driver", refuse)


@pytest.mark.usefixtures("no_gpu")
def test_auto_takes_onnx_where_there_is_no_gpu_and_says_why(tiny: Path, plans: PlanCache) -> None:
    said: list[str] = []
    assert select_engine("auto", tiny, said.append, cache=plans).name == "onnx"
    assert said[0] == "not used: tensorrt (no NVIDIA driver on this machine)"
    assert said[1].startswith("engine onnx is ready")


@pytest.mark.usefixtures("no_gpu")
def test_an_engine_asked_for_by_name_is_not_replaced(tiny: Path, plans: PlanCache) -> None:
    with pytest.raises(EngineError, match="the tensorrt engine cannot be used: no NVIDIA driver"):
        select_engine("tensorrt", tiny, lambda line: None, cache=plans)


def test_the_torch_reference_answers_its_own_sample(tiny: Path, stored: Checkpoint) -> None:
    engine = select_engine("torch", tiny, lambda line: None)
    window, answers = sample_of(stored)
    assert engine.name == "torch"
    assert difference(engine.run(window), answers) < 1e-5
    assert engine.run(random_windows(3)).interval.shape == (3, 7, 2)


@pytest.mark.usefixtures("no_gpu")
def test_an_export_that_answers_otherwise_gives_way_to_torch(
    tiny: Path, stored: Checkpoint, exported: bytes, tmp_path: Path
) -> None:
    lying = onnx.load_from_string(exported)
    for tensor in lying.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == "float32" and values.ndim == 2:
            tensor.CopyFrom(numpy_helper.from_array(values + 0.3, tensor.name))
    cache = PlanCache(tmp_path)
    cache.store(onnx_fingerprint(stored, 1), {ONNX_FILE: lying.SerializeToString()})
    said: list[str] = []
    assert select_engine("auto", tiny, said.append, cache=cache).name == "torch"
    assert "onnx (the onnx engine differs from the torch reference" in said[0]


def test_a_missing_checkpoint_is_for_the_user_to_fix(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot read the checkpoint"):
        select_engine("onnx", tmp_path / "none.safetensors", lambda line: None)


def test_the_fingerprint_follows_the_weights_and_the_batch(stored: Checkpoint, tmp_path: Path) -> None:
    from fsrf_live.fsrf.common.checkpoint import read_checkpoint

    other = read_checkpoint(write_tiny(tmp_path / "other.safetensors", seed=1))
    keys = {onnx_fingerprint(c, b).key for c in (stored, other) for b in (1, 2)}
    assert len(keys) == 4


def test_a_batched_engine_agrees_with_the_single_one(
    tiny: Path, stored: Checkpoint, plans: PlanCache
) -> None:
    single = select_engine("onnx", tiny, lambda line: None, cache=plans)
    batched = select_engine("onnx", tiny, lambda line: None, batch=3, cache=plans)
    windows = random_windows(4, seed=5)
    assert difference(batched.run(windows), single.run(windows)) < 1e-5


def test_an_exporter_that_fails_leaves_torch(
    tiny: Path, tmp_path: Path, no_gpu: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> bytes:
        raise EngineError("the network cannot be exported to ONNX: no exporter")

    monkeypatch.setattr(select, "onnx_model", fail)
    assert select_engine("auto", tiny, lambda line: None, cache=PlanCache(tmp_path)).name == "torch"
