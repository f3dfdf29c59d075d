"""A checkpoint that was trained on other features is refused by every command that makes features."""

import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.config import FEATURES
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from tests.conftest import REPOSITORY
from tests.doubles.cli import Fsrf
from tests.doubles.media import write_video

RECORDING = REPOSITORY / "tests" / "golden" / "recordings" / "whole"


@pytest.fixture
def trained_on_others(untrained: Path, tmp_path: Path) -> Callable[[Modality], Sequence[str]]:
    """Options for a checkpoint of the right widths whose features of one modality had another name."""

    def options(modality: Modality) -> Sequence[str]:
        name = FEATURES[modality].encode()
        data = untrained.read_bytes()
        (size,) = struct.unpack("<Q", data[:8])
        head = data[8 : 8 + size].replace(name, name[:-1] + b"X")
        assert head != data[8 : 8 + size]
        path = tmp_path / "others.safetensors"
        path.write_bytes(data[:8] + head + data[8 + size :])
        return ("--engine", "torch", "--checkpoint", str(path))

    return options


Options = Callable[[Modality], Sequence[str]]


@pytest.mark.parametrize("modality", MODALITIES)
def test_analysis_of_text_a_clip_and_a_session(
    fsrf: Fsrf, trained_on_others: Options, tmp_path: Path, modality: Modality
) -> None:
    clip = str(write_video(tmp_path / "talk.mkv", sound_s=1.0))
    options = trained_on_others(modality)
    for command in (
        ("analyze", "--text", "well done"),
        ("analyze", clip),
        ("live", "--camera", "fake", "--mic", "none", "--duration", "1"),
        ("profile", clip),
    ):
        ran = fsrf(*command, *options)
        assert (ran.code, ran.out) == (5, "")
        assert f"{modality} features called" in ran.line


def test_a_replay_judges_only_the_features_that_it_makes(fsrf: Fsrf, trained_on_others: Options) -> None:
    seen = fsrf("replay", str(RECORDING), *trained_on_others("video"))
    assert "features called" not in seen.err
    assert "values where this checkpoint wants" in seen.line
    read = fsrf("replay", str(RECORDING), *trained_on_others("text"))
    assert read.code == 5
    assert "text features called" in read.line


def test_the_doctor_says_so(fsrf: Fsrf, trained_on_others: Options) -> None:
    ran = fsrf("doctor", *trained_on_others("audio")[2:])
    assert ran.code == 5
    assert "fail  checkpoint: the checkpoint was trained on audio features" in ran.out
