"""A small checkpoint, its window and its export, made once."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from fsrf_live.engines.common.cache import PlanCache
from fsrf_live.engines.common.contract import Inputs, ModelConfig
from fsrf_live.fsrf.common.checkpoint import Checkpoint, read_checkpoint
from fsrf_live.fsrf.common.config import ModalityConfig
from fsrf_live.fsrf.common.modalities import MODALITIES
from tests.doubles.triton import written_repository

TINY = ModelConfig(
    text=ModalityConfig(4, 6),
    audio=ModalityConfig(8, 5, 25.0, 4, relative=True),
    video=ModalityConfig(6, 7, 10.0, 2),
    width=8,
    heads=2,
    fusion_layers=1,
    bins=7,
)


def random_windows(count: int, seed: int = 0, config: ModelConfig = TINY) -> Inputs:
    """Windows with gaps; the first one has no video at all, the last one nothing at all."""
    random = np.random.default_rng(seed)
    features, masks = {}, {}
    for m in MODALITIES:
        shape = config.modality(m)
        features[m] = random.normal(size=(count, shape.length, shape.width)).astype(np.float32)
        masks[m] = random.random((count, shape.length)) < 0.7
        masks[m][-1] = False
    masks["video"][0] = False
    return Inputs(features, masks)


def write_tiny(path: Path, seed: int = 0, config: ModelConfig = TINY) -> Path:
    """A checkpoint with random weights."""
    import torch

    from fsrf_live.fsrf.network.inference import save_model
    from fsrf_live.fsrf.network.model import FSRF

    torch.manual_seed(seed)
    window = random_windows(2, seed, config)
    features = {m: torch.from_numpy(window.features[m][:1]) for m in MODALITIES}
    masks = {m: torch.from_numpy(window.masks[m][:1]) for m in MODALITIES}
    save_model(FSRF(config), path, {}, (features, masks), {})
    return path


def foreign_model() -> bytes:
    """An ONNX model that is sound, but not ours."""
    x, y = (onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, [1, 2]) for n in ("x", "y"))
    graph = onnx.helper.make_graph([onnx.helper.make_node("Relu", ["x"], ["y"])], "foreign", [x], [y])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=10)
    content: bytes = model.SerializeToString()
    return content


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """An export takes seconds on a free machine and minutes on a busy one, which is not a hang."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(900))


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Path of a small checkpoint with random weights."""
    return write_tiny(tmp_path_factory.mktemp("checkpoint") / "tiny.safetensors")


@pytest.fixture(scope="session")
def stored(tiny: Path) -> Checkpoint:
    return read_checkpoint(tiny)


@pytest.fixture(scope="session")
def plans(tiny: Path, stored: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> PlanCache:
    """A cache in which the small checkpoint's export lies."""
    from fsrf_live.engines.select import onnx_model

    cache = PlanCache(tmp_path_factory.mktemp("plans"))
    onnx_model(tiny, stored, 1, cache, lambda line: None)
    return cache


@pytest.fixture(scope="session")
def exported(tiny: Path, stored: Checkpoint, plans: PlanCache) -> bytes:
    """The small checkpoint's network as ONNX."""
    from fsrf_live.engines.select import onnx_model

    return onnx_model(tiny, stored, 1, plans, lambda line: None)


@pytest.fixture(scope="session")
def served(tiny: Path, stored: Checkpoint, plans: PlanCache) -> bytes:
    """The small checkpoint's network as ONNX for any number of windows."""
    from fsrf_live.engines.serving import served_model

    return served_model(tiny, stored, plans, lambda line: None)


@pytest.fixture(scope="session")
def repository(
    tiny: Path, stored: Checkpoint, plans: PlanCache, served: bytes, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A model repository of the small checkpoint."""
    return written_repository(tiny, tmp_path_factory.mktemp("triton") / "models", plans)
