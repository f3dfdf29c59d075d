import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fsrf_live.stream.features.sound.pitch import REFERENCE_HZ, WINDOW, track
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ


def voice(hertz: float, loudness: float = 0.1) -> NDArray[np.float64]:
    """A buzz with falling harmonics, as the vocal folds give."""
    time = np.arange(WINDOW) / SAMPLE_RATE_HZ
    harmonics = range(1, int(3000 / hertz) + 1)
    return loudness * np.asarray(sum(np.sin(2 * np.pi * hertz * k * time) / k for k in harmonics))


@given(st.floats(70, 450), st.floats(0.003, 0.5))
def test_a_buzz_has_its_pitch_at_any_loudness(hertz: float, loudness: float) -> None:
    semitones, voicing = track(voice(hertz, loudness)[None])
    assert abs(semitones[0] - 12 * np.log2(hertz / REFERENCE_HZ)) < 0.25
    assert voicing[0] > 0.9


def test_windows_do_not_know_each_other() -> None:
    windows = np.stack([voice(100), voice(150), voice(220)])
    together, alone = track(windows)[0], [track(window[None])[0][0] for window in windows]
    np.testing.assert_array_equal(together, alone)


def test_noise_is_not_voiced() -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, (200, WINDOW))
    assert (track(noise)[1] < 0.5).mean() > 0.99


@pytest.mark.parametrize("level", [0.0, 0.3])
def test_silence_and_a_constant_have_no_voicing(level: float) -> None:
    semitones, voicing = track(np.full((1, WINDOW), level))
    assert np.isfinite(semitones).all()
    assert voicing[0] < 0.5


def test_a_voice_in_noise_keeps_its_pitch() -> None:
    noisy = voice(180) + np.random.default_rng(1).normal(0, 0.02, WINDOW)
    semitones, voicing = track(noisy[None])
    assert abs(semitones[0] - 12 * np.log2(180 / REFERENCE_HZ)) < 0.5
    assert 0.5 < voicing[0] < 1
