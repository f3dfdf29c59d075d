"""Effects of rooms, microphones and lines on a voice: pure functions of samples and a random generator."""

from dataclasses import dataclass

import numpy as np

from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ

_QUIET = 1e-4


@dataclass(frozen=True, slots=True)
class Channel:
    """What alters a voice on its way: throat, room, noise, band limits and gain; None leaves one out.

    `throat` is the factor of `with_another_throat`, `room_s` the reverberation time, `noise` its ratio in dB
    and its colour, `band` the lower and upper limit in Hz and the tilt in dB an octave.
    """

    throat: float | None
    room_s: float | None
    noise: tuple[float, float] | None
    band: tuple[float, float, float] | None
    gain_db: float


def any_channel(rng: np.random.Generator) -> Channel:
    """A random channel, within what real rooms and microphones do."""
    throat, room, noise, band = rng.random(4) < (0.6, 0.6, 0.8, 0.7)
    high_hz = float(rng.choice([3400.0, 4500.0, 6000.0, 7600.0]))
    return Channel(
        float(rng.uniform(0.84, 1.19)) if throat else None,
        float(rng.uniform(0.15, 0.7)) if room else None,
        (float(rng.uniform(5, 30)), float(rng.uniform(0, 2))) if noise else None,
        (float(rng.uniform(60, 300)), high_hz, float(rng.uniform(-6, 6))) if band else None,
        float(rng.uniform(-22, 8)),
    )


def worsened(samples: Floats, channel: Channel, rng: np.random.Generator) -> Floats:
    """``samples [n]`` at 16 kHz after a channel; longer or shorter if the throat changes."""
    if channel.throat is not None:
        samples = with_another_throat(samples, channel.throat)
    if channel.room_s is not None:
        samples = in_a_room(samples, rng, channel.room_s)
    if channel.noise is not None:
        samples = with_noise(samples, rng, *channel.noise)
    if channel.band is not None:
        samples = band_limited(samples, *channel.band)
    return with_gain(samples, channel.gain_db)


def with_another_throat(samples: Floats, factor: float) -> Floats:
    """Played faster (above 1) or slower: pitch and formants move as those of a smaller or larger person."""
    return at_rate(samples, factor)


def at_rate(samples: Floats, factor: float) -> Floats:
    """``samples [n]`` divided in number by a factor, without frequencies that no longer fit (Fourier)."""
    size = max(1, round(len(samples) / factor))
    spectrum = np.fft.rfft(samples)
    kept = np.zeros(size // 2 + 1, np.complex128)
    common = min(len(kept), len(spectrum))
    kept[:common] = spectrum[:common]
    return np.asarray(np.fft.irfft(kept, size) * (size / len(samples)), np.float32)


def with_gain(samples: Floats, decibels: float) -> Floats:
    """Louder or softer, clipped as a converter clips."""
    return np.asarray(np.clip(samples * np.float32(10 ** (decibels / 20)), -1.0, 1.0), np.float32)


def with_noise(samples: Floats, rng: np.random.Generator, decibels: float, colour: float) -> Floats:
    """Noise whose power falls as frequency to the power of `colour`, at this ratio of signal to noise."""
    spectrum = np.fft.rfft(rng.standard_normal(len(samples)))
    frequency = np.maximum(np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ), 50.0)
    noise = np.fft.irfft(spectrum * frequency ** (-colour / 2), len(samples))
    level = max(float(np.sqrt((samples**2).mean())), _QUIET) * 10 ** (-decibels / 20)
    return np.asarray(samples + noise * (level / np.sqrt((noise**2).mean())), np.float32)


def in_a_room(samples: Floats, rng: np.random.Generator, seconds: float) -> Floats:
    """Direct sound and, behind it, noise that falls by 60 dB in `seconds` (Polack's model of a room)."""
    time = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    tail = rng.standard_normal(len(time)) * 10 ** (-3 * time / seconds)
    tail *= rng.uniform(0.2, 0.8) / np.sqrt((tail**2).sum())
    tail[0] = 1.0
    size = len(samples) + len(tail) - 1
    wet = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(tail, size), size)[: len(samples)]
    return wet.astype(np.float32)


def band_limited(samples: Floats, low_hz: float, high_hz: float, tilt: float) -> Floats:
    """Only what lies between two frequencies, tilted around 1 kHz by `tilt` dB an octave, 12 dB at most."""
    frequency = np.maximum(np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ), 1.0)
    response = 1 / (1 + (low_hz / frequency) ** 4) / (1 + (frequency / high_hz) ** 8)
    response *= 10 ** (np.clip(tilt * np.log2(frequency / 1000), -12, 12) / 20)
    return np.fft.irfft(np.fft.rfft(samples) * response, len(samples)).astype(np.float32)
