import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fsrf_live.tools.corpora.augmentation import (
    Channel,
    Surroundings,
    any_channel,
    band_limited,
    in_a_recorded_room,
    with_another_throat,
    with_gain,
    with_noise,
    worsened,
)

RATE = 16_000
NOWHERE = Surroundings((), (), ())


def tone(hertz: float, seconds: float = 0.5) -> NDArray[np.float32]:
    time = np.arange(int(seconds * RATE)) / RATE
    return np.asarray(0.1 * np.sin(2 * np.pi * hertz * time), np.float32)


def level(samples: NDArray[np.float32]) -> float:
    return float(np.sqrt((samples.astype(np.float64) ** 2).mean()))


def strongest_hz(samples: NDArray[np.float32]) -> float:
    return float(np.abs(np.fft.rfft(samples)).argmax() * RATE / len(samples))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(400, 20_000), st.booleans())
def test_any_channel_gives_finite_sound_within_bounds(seed: int, size: int, recorded: bool) -> None:
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 0.1, 5000).astype(np.float32)
    channel = any_channel(rng, Surroundings((noise,), (noise[:300],), (noise,)) if recorded else NOWHERE)
    out = worsened(tone(200)[:size], channel, rng)
    assert out.dtype == np.float32
    assert np.abs(out).max() <= 1
    assert len(out) == (round(min(size, 8000) / channel.throat) if channel.throat else min(size, 8000))


def test_the_same_channel_and_chance_give_the_same_sound() -> None:
    channel = any_channel(np.random.default_rng(1), NOWHERE)
    first, second = (worsened(tone(200), channel, np.random.default_rng(2)) for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("factor", [0.85, 1.15])
def test_another_throat_moves_the_pitch_and_keeps_the_level(factor: float) -> None:
    moved = with_another_throat(tone(400), factor)
    assert abs(strongest_hz(moved) - 400 * factor) < 4
    assert abs(level(moved) / level(tone(400)) - 1) < 0.02


@pytest.mark.parametrize("decibels", [5.0, 20.0])
def test_noise_comes_at_the_ratio_that_was_asked_for(decibels: float) -> None:
    clean = tone(300)
    other = np.random.default_rng(0).normal(0, 3, len(clean)).astype(np.float32)
    noise = with_noise(clean, other, decibels) - clean
    assert abs(20 * np.log10(level(clean) / level(noise)) - decibels) < 0.1


def test_a_recorded_noise_goes_round_and_silence_stays_silence() -> None:
    channel = Channel(None, None, (10.0, tone(700, 0.02)), None, 0.0)
    out = worsened(tone(200), channel, np.random.default_rng(0))
    assert abs(level(out - tone(200)) / level(tone(200)) - 10**-0.5) < 0.01
    silence = np.zeros(800, np.float32)
    still = worsened(silence, Channel(None, None, (10.0, silence), None, 0.0), np.random.default_rng(0))
    assert not still.any()


def test_a_recorded_room_lasts_on_without_a_delay_or_a_change_of_level() -> None:
    response = np.zeros(4000, np.float32)
    response[[500, 2500]] = 1.0, 0.5
    click = np.zeros(8000, np.float32)
    click[100] = 1.0
    wet = in_a_recorded_room(click, response)
    assert np.flatnonzero(np.abs(wet) > 0.1).tolist() == [100, 2100]
    assert abs(level(wet) - level(click)) < 1e-6


def test_a_telephone_keeps_the_middle_and_loses_the_ends() -> None:
    kept, low, high = (
        level(band_limited(tone(f), 300, 3400, 0.0)) / level(tone(f)) for f in (1000, 80, 6000)
    )
    assert kept > 0.95
    assert low < 0.1
    assert high < 0.1


def test_a_gain_clips_as_a_converter_does() -> None:
    assert with_gain(tone(100), 40).max() == 1
    assert abs(level(with_gain(tone(100), -20)) / level(tone(100)) - 0.1) < 1e-3
