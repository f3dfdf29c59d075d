"""What makes the readings of two machines differ makes their signatures differ."""

import shutil
from pathlib import Path

import pytest

from fsrf_live.engines.common.shelf import MISSING, condition
from fsrf_live.engines.common.stored import StoredModel
from fsrf_live.fsrf.common.checkpoint import default_checkpoint, tongues_of
from fsrf_live.tools.shell.signature import signature_of


def differing(ours: tuple[tuple[str, str], ...], theirs: tuple[tuple[str, str], ...]) -> set[str]:
    return {part for part, value in ours if dict(theirs)[part] != value}


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A copy, with the text encoder that was taught to go with it."""
    path = tmp_path / default_checkpoint().name
    for one, other in ((default_checkpoint(), path), (tongues_of(default_checkpoint()), tongues_of(path))):
        shutil.copy(one, other)
    return path


def test_two_that_are_the_same_have_the_same(checkpoint: Path) -> None:
    assert signature_of(checkpoint) == signature_of(default_checkpoint())


def test_another_text_encoder_of_other_languages_shows(checkpoint: Path) -> None:
    whole = signature_of(checkpoint)
    shutil.copy(checkpoint, tongues_of(checkpoint))
    assert differing(whole, signature_of(checkpoint)) <= {"text encoder of other languages"}
    tongues_of(checkpoint).unlink()
    without = signature_of(checkpoint)
    assert differing(whole, without) <= {"text encoder of other languages"}
    assert dict(without)["text encoder of other languages"] == "none"


@pytest.mark.parametrize(
    ("gone", "part"),
    [
        ("e5-small", "text encoder of other languages"),
        ("e5-tokenizer", "text encoder of other languages"),
        ("tiny.en", "speech models"),
        ("base", "speech models"),
    ],
)
def test_a_model_that_one_machine_lacks_shows(gone: str, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    here = signature_of(default_checkpoint())

    def lacking(model: StoredModel, root: Path) -> str:
        return MISSING if model.name == gone else condition(model, root)

    monkeypatch.setattr("fsrf_live.tools.shell.signature.condition", lacking)
    there = signature_of(default_checkpoint())
    assert gone not in dict(there)[part]
    assert differing(here, there) <= {part}
