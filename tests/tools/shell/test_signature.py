"""What makes the readings of two machines differ makes their signatures differ."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fsrf_live.engines.common.shelf import HERE, MISSING, models_root
from fsrf_live.engines.common.stored import StoredModel
from fsrf_live.engines.text.e5 import E5_TOKENIZER, E5_WEIGHTS
from fsrf_live.fsrf.common.checkpoint import default_checkpoint, tongues_of
from fsrf_live.stream.speech.models import MODEL_BIN, MODELS
from fsrf_live.tools.shell.signature import signature_of
from tests.doubles.models import small_speech_model, written

Signature = tuple[tuple[str, str], ...]
TONGUES, SPEECH = "text encoder of other languages", "speech models"


def differing(ours: Signature, theirs: Signature) -> set[str]:
    assert [part for part, _ in ours] == [part for part, _ in theirs]
    return {part for part, value in ours if dict(theirs)[part] != value}


@pytest.fixture
def signature(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Signature]:
    """What a machine says that has all models except some: nothing is hashed, whatever is here."""

    def of(checkpoint: Path | None = None, lacks: str = "", flaw: str = MISSING) -> Signature:
        def of_model(model: StoredModel, root: Path) -> str:
            return flaw if model.name == lacks else HERE

        monkeypatch.setattr("fsrf_live.tools.shell.signature.condition", of_model)
        return signature_of(checkpoint or default_checkpoint())

    return of


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A copy, with the text encoder that was taught to go with it."""
    path = tmp_path / default_checkpoint().name
    for one, other in ((default_checkpoint(), path), (tongues_of(default_checkpoint()), tongues_of(path))):
        shutil.copy(one, other)
    return path


def test_two_that_are_the_same_have_the_same(signature: Callable[..., Signature], checkpoint: Path) -> None:
    assert signature(checkpoint) == signature()


def test_another_text_encoder_of_other_languages_shows(
    signature: Callable[..., Signature], checkpoint: Path
) -> None:
    whole = signature(checkpoint)
    shutil.copy(checkpoint, tongues_of(checkpoint))
    assert differing(whole, signature(checkpoint)) == {TONGUES}
    tongues_of(checkpoint).unlink()
    without = signature(checkpoint)
    assert differing(whole, without) == {TONGUES}
    assert dict(without)[TONGUES] == "none"


@pytest.mark.parametrize("flaw", [MISSING, "model.onnx is not whole"])
@pytest.mark.parametrize(
    ("gone", "part"),
    [
        *((model.name, TONGUES) for model in (E5_WEIGHTS, E5_TOKENIZER)),
        *((model.stored.name, SPEECH) for model in MODELS.values()),
    ],
)
def test_a_model_that_one_machine_lacks_shows(
    signature: Callable[..., Signature], gone: str, part: str, flaw: str
) -> None:
    here, there = signature(), signature(lacks=gone, flaw=flaw)
    assert differing(here, there) == {part}


def test_a_model_counts_if_it_is_here_and_whole(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy = small_speech_model()
    monkeypatch.setenv("FSRF_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr("fsrf_live.tools.shell.signature.MODELS", {"toy": toy})
    tongues_of(checkpoint).unlink()
    without = signature_of(checkpoint)
    assert dict(without)[SPEECH] == "none"
    folder = written(models_root() / "toy")
    whole = signature_of(checkpoint)
    assert differing(without, whole) == {SPEECH}
    assert dict(whole)[SPEECH] == f"toy {toy.stored.weights.sha256}"
    (folder / MODEL_BIN).write_bytes(b"another")
    assert signature_of(checkpoint) == without
