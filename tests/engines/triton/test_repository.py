from pathlib import Path

import pytest

from fsrf_live.engines.common.cache import PlanCache
from fsrf_live.engines.common.contract import ModelConfig
from fsrf_live.engines.serving import compile_served, write_repository
from fsrf_live.engines.tensorrt.library import open_library
from fsrf_live.engines.triton.repository import CONFIGURATION, MOST_WINDOWS_A_CALL, ServedModel, put_model
from fsrf_live.fsrf.common.checkpoint import Checkpoint
from fsrf_live.fsrf.common.errors import EngineError
from tests.doubles.triton import model_configuration
from tests.engines.conftest import TINY

MODEL = ServedModel("fsrf", "onnxruntime", "model.onnx", "fp32", "c0ffee", "recipe-1")
OTHER = ServedModel("fsrf", "onnxruntime", "model.onnx", "fp32", "decade", "recipe-2")


def put(
    folder: Path, model: ServedModel = MODEL, content: bytes = b"weights", config: ModelConfig = TINY
) -> tuple[int, bool]:
    version = put_model(folder, model, config, lambda: content)
    return version.number, version.unchanged


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Bytes and time of change of every file."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_configuration_is_one_by_tritons_own_description(stored: Checkpoint, repository: Path) -> None:
    config = model_configuration((repository / "fsrf" / CONFIGURATION).read_text())
    assert (config.name, config.backend, config.max_batch_size) == (
        "fsrf",
        "onnxruntime",
        MOST_WINDOWS_A_CALL,
    )
    assert config.HasField("dynamic_batching")
    assert config.dynamic_batching.max_queue_delay_microseconds == 0
    assert config.parameters["fsrf_checkpoint"].string_value == stored.fingerprint
    kinds = {kind.name: kind.number for kind in config.DESCRIPTOR.file.enum_types_by_name["DataType"].values}
    tensors = {t.name: (t.data_type, list(t.dims)) for t in [*config.input, *config.output]}
    assert tensors["text"] == (kinds["TYPE_FP32"], [4, 6])
    assert tensors["audio_mask"] == (kinds["TYPE_BOOL"], [8])
    assert tensors["interval"] == (kinds["TYPE_FP32"], [7, 2])
    assert len(tensors) == 10


def test_a_second_call_changes_nothing_and_exports_nothing(tmp_path: Path) -> None:
    def never() -> bytes:
        raise AssertionError("it is there")

    assert put(tmp_path) == (1, False)
    before = contents(tmp_path)
    assert put_model(tmp_path, MODEL, TINY, never).unchanged
    assert contents(tmp_path) == before


def test_another_checkpoint_is_the_next_version_and_the_only_one(tmp_path: Path) -> None:
    put(tmp_path)
    assert put(tmp_path, OTHER, b"other weights") == (2, False)
    assert sorted(contents(tmp_path)) == ["fsrf/2/model.onnx", "fsrf/config.pbtxt"]
    assert "decade" in (tmp_path / "fsrf" / CONFIGURATION).read_text()


@pytest.mark.parametrize("harm", ["weights", "config", "no config"])
def test_what_was_damaged_is_written_again(tmp_path: Path, harm: str) -> None:
    put(tmp_path)
    if harm == "weights":
        (tmp_path / "fsrf" / "1" / "model.onnx").write_bytes(b"weight?")
    elif harm == "config":
        (tmp_path / "fsrf" / CONFIGURATION).write_text("name: 'else'")
    else:
        (tmp_path / "fsrf" / CONFIGURATION).unlink()
    assert put(tmp_path) == (2, False)
    assert put(tmp_path) == (2, True)


def test_an_export_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    def fails() -> bytes:
        raise EngineError("no exporter")

    put(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(EngineError, match="no exporter"):
        put_model(tmp_path, OTHER, TINY, fails)
    assert contents(tmp_path) == before


def test_other_models_of_the_repository_stay(tmp_path: Path) -> None:
    other = tmp_path / "whisper" / "1" / "model.onnx"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"somebody else's")
    put(tmp_path)
    assert other.read_bytes() == b"somebody else's"


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file")
    with pytest.raises(
        EngineError, match=r"model repository .*models cannot be written .*another folder"
    ) as refusal:
        put(tmp_path / "models")
    assert "\n" not in str(refusal.value)


def test_without_a_card_there_is_no_plan_and_a_line_says_so(
    tiny: Path, plans: PlanCache, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise EngineError("no NVIDIA driver on this machine")

    monkeypatch.setattr("fsrf_live.engines.serving.load_driver", refuse)
    said: list[str] = []
    served = write_repository(
        tiny, repository, "fp32", progress=lambda phase, share: None, report=said.append, cache=plans
    )
    assert [(version.name, version.unchanged) for version in served] == [("fsrf", True)]
    assert said == ["no TensorRT plan for the server: no NVIDIA driver on this machine"]


def test_a_plan_takes_any_number_of_windows_too(served: bytes) -> None:
    """By TensorRT for RTX, which compiles without a card; TensorRT itself compiles on its card alone."""
    try:
        library = open_library()
    except EngineError as error:
        pytest.skip(str(error))
    if not library.ahead_of_time:
        pytest.skip(f"{library.name} builds only for a card that is there")
    plan = compile_served(library, served, "sm89", TINY, "fp16", lambda phase, share: None)
    assert len(plan) > 10_000


@pytest.mark.parametrize("name", ["notes.txt", CONFIGURATION])
def test_a_folder_of_somebody_else_is_never_replaced(tmp_path: Path, name: str) -> None:
    theirs = tmp_path / "fsrf" / name
    theirs.parent.mkdir()
    theirs.write_text('name: "their model"')
    with pytest.raises(EngineError, match="no model of this program, and would be replaced"):
        put(tmp_path)
    assert theirs.read_text() == 'name: "their model"'


def test_an_empty_folder_may_be_the_place(tmp_path: Path) -> None:
    (tmp_path / "fsrf").mkdir()
    assert put(tmp_path) == (1, False)
