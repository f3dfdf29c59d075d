"""The checkpoint file: what comes back, and what is refused in one line."""

import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from fsrf_live.fsrf.common.checkpoint import FORMAT, default_checkpoint, read_checkpoint, write_checkpoint
from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.errors import CheckpointError
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.fsrf.network.inference import answers_of, load_model, save_model
from fsrf_live.fsrf.network.model import FSRF
from tests.doubles.packs import SMALL


@pytest.fixture
def model() -> FSRF:
    torch.manual_seed(0)
    return FSRF(SMALL)


@pytest.fixture
def path(model: FSRF, tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    shapes = {m: SMALL.modality(m) for m in MODALITIES}
    features: dict[Modality, torch.Tensor] = {m: torch.randn(1, s.length, s.width) for m, s in shapes.items()}
    masks: dict[Modality, torch.Tensor] = {
        m: torch.ones(1, s.length, dtype=torch.bool) for m, s in shapes.items()
    }
    adapter = {"layer.a": np.ones((2, 3), np.float16)}
    save_model(model, path, adapter, (features, masks), {"provenance": {"seed": 0}})
    return path


def test_a_network_comes_back_as_it_was(model: FSRF, path: Path) -> None:
    again = load_model(path)
    for name, value in model.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], value)


def test_the_file_holds_config_adapter_prior_and_facts(path: Path) -> None:
    found = read_checkpoint(path)
    assert found.config == SMALL
    assert found.group("adapter")["layer.a"].dtype == np.float16
    assert found.facts["provenance"] == {"seed": 0}
    assert set(found.facts["prior"]) == {"score", "probabilities", "interval", "recovery"}


def test_the_sample_window_comes_with_the_reference_answers(path: Path) -> None:
    sample = read_checkpoint(path).group("sample")
    features = {m: torch.from_numpy(sample[f"features.{m}"].astype(np.float32)) for m in MODALITIES}
    masks = {m: torch.from_numpy(sample[f"masks.{m}"]) for m in MODALITIES}
    for name, value in answers_of(load_model(path), features, masks)._asdict().items():
        np.testing.assert_allclose(sample[f"answers.{name}"], value.numpy(), atol=1e-6)


def test_equal_content_gives_equal_bytes(path: Path, tmp_path: Path) -> None:
    found = read_checkpoint(path)
    write_checkpoint(tmp_path / "again", found.config, dict(reversed(found.arrays.items())), found.facts)
    assert (tmp_path / "again").read_bytes() == path.read_bytes()
    assert read_checkpoint(tmp_path / "again").fingerprint == found.fingerprint


def test_reading_needs_no_torch(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from fsrf.common.checkpoint import read_checkpoint;"
        f"read_checkpoint(Path({str(path)!r})); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def other_format(content: bytes) -> bytes:
    return content.replace(b'\\"format\\": %d' % FORMAT, b'\\"format\\": 9')


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda content: content[:-100], "is damaged"),
        (lambda content: content[:50], "is cut off inside its header"),
        (lambda content: b"", "it is not a safetensors file"),
        (lambda content: b"hello, this is a text file", "it is not a safetensors file"),
        (lambda content: pickle.dumps({"a": 1}), "is a pickle"),
        (lambda content: b"PK\x03\x04" + content, "is a pickle"),
        (other_format, f"has format 9, this version reads format {FORMAT}"),
    ],
)
def test_anything_else_is_refused_in_one_line(
    path: Path, damage: Callable[[bytes], bytes], message: str
) -> None:
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CheckpointError, match=message) as caught:
        read_checkpoint(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"cannot read the checkpoint .*none.safetensors: No such file"):
        read_checkpoint(tmp_path / "none.safetensors")


def test_another_projects_safetensors_are_refused(tmp_path: Path) -> None:
    save_file({"x": np.zeros(3)}, tmp_path / "x.safetensors")
    with pytest.raises(CheckpointError, match="but not a checkpoint of FSRF"):
        read_checkpoint(tmp_path / "x.safetensors")


def test_a_config_of_another_version_is_refused() -> None:
    values = ModelConfig().to_dict()
    assert ModelConfig.from_dict(json.loads(json.dumps(values))) == ModelConfig()
    with pytest.raises(CheckpointError, match="does not fit this version"):
        ModelConfig.from_dict({**values, "colour": "blue"})


def test_tensors_that_do_not_fit_the_config_are_refused(path: Path) -> None:
    found = read_checkpoint(path)
    arrays = {k: v for k, v in found.arrays.items() if k != "model.prior"}
    write_checkpoint(path, found.config, arrays, found.facts)
    with pytest.raises(CheckpointError, match="do not fit its config") as caught:
        load_model(path)
    assert "\n" not in str(caught.value)


def test_a_disk_that_does_not_take_it_leaves_the_old_file(path: Path) -> None:
    before = path.read_bytes()
    found = read_checkpoint(path)
    with pytest.raises(CheckpointError, match="cannot write"):
        write_checkpoint(path / "below_a_file", found.config, found.arrays, found.facts)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_the_default_lies_in_the_package() -> None:
    assert default_checkpoint().parts[-3:] == ("fsrf", "checkpoints", "live.safetensors")


@pytest.mark.parametrize("looks", [b"PK", b"\x80\x02"])
def test_a_header_whose_length_looks_like_a_pickle_is_read(path: Path, looks: bytes) -> None:
    content = path.read_bytes()
    size = int.from_bytes(content[:8], "little")
    length = int.from_bytes(looks + b"\x01", "little")
    header = content[8 : 8 + size].rstrip().ljust(length)
    assert len(header) == length
    path.write_bytes(length.to_bytes(8, "little") + header + content[8 + size :])
    assert read_checkpoint(path).config == SMALL
