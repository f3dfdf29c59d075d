"""The encoder's layers that the benchmark looks into are those of the model that recognises."""

import ctranslate2
import numpy as np
import pytest

from benchmarks.voice_layers import layers_of, normed, spectrum
from fsrf_live.engines.common.shelf import located, models_root
from fsrf_live.stream.speech.models import TINY_EN
from fsrf_live.tools.make.tone import encoder_weights


def test_the_last_layer_is_what_the_engine_gives() -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, 16000).astype(np.float32)
    mel, weights = spectrum(sound), encoder_weights()
    layers = layers_of(mel, weights)
    engine = ctranslate2.models.Whisper(str(located(TINY_EN.stored, models_root())), compute_type="float32")
    given = np.array(engine.encode(ctranslate2.StorageView.from_array(mel.numpy()[None])))[0]
    own = normed(layers[-1], weights, "layer_norm").numpy()
    assert len(layers) == 5
    assert own.shape == given.shape
    np.testing.assert_allclose(own, given, atol=2e-2)
    assert np.corrcoef(own.ravel(), given.ravel())[0, 1] == pytest.approx(1, abs=1e-4)
