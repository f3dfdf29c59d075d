"""What the doctor finds about the checkpoint and what runs it."""

from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import EngineError
from fsrf_live.tools.checks.engines import engine_checks
from fsrf_live.tools.shell import exits
from tests.tools.commands.test_analyze import WordLengths


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Engines by name that refuse for the reason given here; the others run."""
    refusals: dict[str, str] = {}

    def load(name: str, *_: object, **__: object) -> None:
        if name in refusals:
            raise EngineError(refusals[name])

    monkeypatch.setattr("fsrf_live.engines.select.select_engine", load)
    monkeypatch.setattr("fsrf_live.engines.text.select.load_text_encoder", lambda *_: WordLengths())
    monkeypatch.setattr("fsrf_live.engines.tensorrt.cuda.load_driver", lambda: object())
    return refusals


@pytest.mark.usefixtures("engines")
def test_everything_runs(untrained: Path) -> None:
    assert {check.status for check in engine_checks(untrained)} == {"ok"}


def test_an_engine_that_differs_is_a_failure_and_tensorrt_a_warning(
    untrained: Path, engines: dict[str, str]
) -> None:
    engines |= {"onnx": "differs by 0.5", "tensorrt": "the driver is too old"}
    found = {check.name: check for check in engine_checks(untrained)}
    assert (found["engine onnx"].status, found["engine onnx"].code) == ("fail", exits.NO_ENGINE)
    assert (found["engine tensorrt"].status, found["engine torch"].status) == ("warn", "ok")


def test_without_an_nvidia_driver_tensorrt_is_not_needed(
    untrained: Path, engines: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> None:
        raise EngineError("no NVIDIA driver on this machine")

    engines["tensorrt"] = "never asked"
    monkeypatch.setattr("fsrf_live.engines.tensorrt.cuda.load_driver", none)
    found = {check.name: check for check in engine_checks(untrained)}
    assert found["engine tensorrt"].detail == "not needed: no NVIDIA driver on this machine"


def test_a_checkpoint_that_cannot_be_read_is_all_there_is_to_say(tmp_path: Path) -> None:
    (check,) = engine_checks(tmp_path / "gone.safetensors")
    assert (check.name, check.status, check.code) == ("checkpoint", "fail", exits.NO_ENGINE)
