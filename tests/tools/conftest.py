"""The real command line in this process, and a small checkpoint for it."""

import io
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from fsrf_live.tools.main import main
from tests.doubles.cli import Fsrf, Ran


@pytest.fixture
def fsrf(monkeypatch: pytest.MonkeyPatch) -> Fsrf:
    """Runs ``fsrf WORDS`` in this process, away from any terminal."""

    def run(*words: str) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            code = main(list(words))
        return Ran(code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture(scope="session")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of the live shapes with random weights; small inside."""
    import torch

    from fsrf_live.fsrf.common.config import ModelConfig
    from fsrf_live.fsrf.network.inference import empty_window, save_model
    from fsrf_live.fsrf.network.model import FSRF

    torch.manual_seed(0)
    model = FSRF(ModelConfig(width=8, heads=2, fusion_layers=1))
    path = tmp_path_factory.mktemp("untrained") / "untrained.safetensors"
    features, masks = empty_window(model)
    masks["video"][:, :4] = True
    save_model(model, path, {}, (features, masks), {})
    return path


@pytest.fixture
def torch_engine(untrained: Path) -> Sequence[str]:
    """Options that run the small checkpoint without exporting it."""
    return ("--engine", "torch", "--checkpoint", str(untrained))
