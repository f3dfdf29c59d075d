"""Which text encoder a language takes."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from fsrf_live.engines.common.stored import ModelFile
from fsrf_live.engines.text import e5
from fsrf_live.fsrf.common.checkpoint import read_checkpoint, tongues_of, write_checkpoint
from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.errors import CheckpointError
from fsrf_live.stream.reading.loading import LazyTextEncoder, checked_choice
from tests.doubles.fakes import FakeTextEncoder, config


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A checkpoint with an encoder that was taught to go with it."""
    path = tmp_path / "mine.safetensors"
    write_checkpoint(path, ModelConfig(), {}, {})
    facts = {"teacher": read_checkpoint(path).fingerprint, "languages": ["de", "en"]}
    write_checkpoint(tongues_of(path), ModelConfig(), {}, facts)
    return path


@pytest.fixture
def weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Weights that are whole, in the package of this test."""
    path = tmp_path / "weights.bin"
    path.write_bytes(b"")
    empty = ModelFile(path.name, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    for name in ("E5_WEIGHTS", "E5_TOKENIZER"):
        model = replace(getattr(e5, name), files=(empty,), parts=(("pytest", str(tmp_path)),))
        monkeypatch.setattr(e5, name, model)
    return path


@pytest.mark.usefixtures("weights")
def test_another_language_takes_the_encoder_beside_the_checkpoint_and_english_its_own(
    checkpoint: Path,
) -> None:
    taken = {
        language: checked_choice("auto", checkpoint, language=language)
        for language in (None, "en", "de", "auto")
    }
    assert {language: choice.text for language, choice in taken.items()} == {
        None: None, "en": None, "de": tongues_of(checkpoint), "auto": tongues_of(checkpoint),
    }  # fmt: skip
    assert read_checkpoint(taken["de"].text_file).languages == {"de", "en"}
    assert read_checkpoint(taken["en"].text_file).languages == {"en"}


def test_the_encoder_is_loaded_with_the_first_text_that_says_anything() -> None:
    loaded: list[FakeTextEncoder] = []

    def load() -> FakeTextEncoder:
        loaded.append(FakeTextEncoder())
        return loaded[-1]

    encoder = LazyTextEncoder(load, config())
    assert [encoder.newest(text) for text in ("", " \n")] == ["", " \n"]
    assert not encoder.encode(["", " \n"])[1].any()
    assert loaded == []
    assert encoder.newest("so " * 100) == " ".join(["so"] * config().text.length)
    assert encoder.encode_clear("so good", [False, True])[1].sum() == 1
    assert len(loaded) == 1


def test_without_the_weights_it_says_so_and_goes_on_without_other_languages(
    checkpoint: Path, weights: Path, caplog: pytest.LogCaptureFixture
) -> None:
    weights.unlink()
    with caplog.at_level(logging.WARNING):
        assert checked_choice("auto", checkpoint, language="de").text is None
    (record,) = caplog.records
    assert "words that are not English will be missing" in record.message


@pytest.mark.usefixtures("weights")
def test_an_encoder_that_was_taught_by_another_checkpoint_is_refused(checkpoint: Path) -> None:
    write_checkpoint(tongues_of(checkpoint), ModelConfig(), {}, {"teacher": "0" * 64})
    with pytest.raises(CheckpointError, match="was taught by another checkpoint"):
        checked_choice("auto", checkpoint, language="de")


@pytest.mark.usefixtures("weights")
def test_a_checkpoint_without_such_an_encoder_reads_what_it_reads(checkpoint: Path) -> None:
    tongues_of(checkpoint).unlink()
    assert checked_choice("auto", checkpoint, language="de").text is None
