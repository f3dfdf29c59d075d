"""The table of speech models."""

import re

from fsrf_live.stream.speech.models import MANY, MODEL_BIN, MODELS, models_for
from tests.doubles.models import CONTENT


def test_the_table_says_which_models_know_a_language() -> None:
    assert [model.name for model in models_for("en")] == ["small.en", "tiny.en", "small", "base"]
    assert [model.name for model in models_for("de")] == ["small", "base"]
    assert [model.name for model in models_for(None)] == ["small", "base"]
    assert models_for("klingon") == ()
    assert len(MANY) == 99
    for name, model in MODELS.items():
        assert model.name == name
        files = model.stored.files
        assert {file.name for file in files} == set(CONTENT)
        assert all(len(file.sha256) == 64 and file.bytes > 0 for file in files)
        assert model.stored.weights.name == MODEL_BIN
        assert re.fullmatch(r"https://[^/]+/[^/]+/[^/]+/resolve/[0-9a-f]{40}", model.stored.address or "")
