"""The network for the tone is the beginning of the recogniser's encoder, and the file that ships is it."""

import numpy as np
import torch

from benchmarks.voice_layers import layers_of
from fsrf_live.fsrf.network.tone import HEARD_FRAMES, JUDGED_FRAMES, POWER_BINS, TONE_DEPTH
from fsrf_live.stream.features.onnx_session import cpu_session
from fsrf_live.stream.features.sound.tone import LAYER, POWER, SPEECHLIKE, TONE, tone_model_file
from fsrf_live.tools.make.tone import encoder_weights, give_judges, of_encoder, stored_judges


def spectra() -> torch.Tensor:
    """Power of a second of sound whose loudest mel band is ten, so that no gain is needed."""
    rng = np.random.default_rng(0)
    power = rng.exponential(1, (1, 2 * HEARD_FRAMES, POWER_BINS)) * rng.exponential(
        1, (1, 2 * HEARD_FRAMES, 1)
    )
    spectra = torch.from_numpy(power.astype(np.float32))
    loudest = (spectra @ of_encoder(encoder_weights()).filters).amax()
    return spectra * 10 / loudest


@torch.inference_mode()
def test_it_hears_as_the_encoder_does() -> None:
    weights, power = encoder_weights(), spectra()
    network = of_encoder(weights)
    mel = (power[0] @ network.filters).clamp_min(1e-10).log10()
    mel = (torch.maximum(mel, mel.amax() - 8) + 4) / 4
    layer = layers_of(mel.T, weights)[TONE_DEPTH][-JUDGED_FRAMES:].mean(0)
    torch.testing.assert_close(network(power)[0][0], layer, atol=1e-4, rtol=1e-4)


@torch.inference_mode()
def test_the_file_that_ships_is_the_network_with_its_judges() -> None:
    network = of_encoder(encoder_weights())
    give_judges(network, stored_judges())
    given = cpu_session(tone_model_file()).run([LAYER, TONE, SPEECHLIKE], {POWER: spectra().numpy()})
    for own, one in zip(network(spectra()), given, strict=True):
        np.testing.assert_allclose(one, own.numpy(), atol=2e-3)
    assert all(judge.weight.any() for judge in stored_judges())
