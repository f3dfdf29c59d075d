"""Effects of rooms, microphones and lines on a voice: pure functions of samples and a random generator."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ

_QUIET = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """Recorded sounds ``[n]`` at 16 kHz: noises, responses of rooms, and people who talk at once."""

    noises: tuple[Floats, ...]
    rooms: tuple[Floats, ...]
    babble: tuple[Floats, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Channel:
    """What alters a voice on its way: throat, room, noise, band limits and gain; None leaves one out.

    `throat` is the factor of `with_another_throat`; `room` a recorded response ``[n]`` or a time of
    reverberation in s; `noise` its ratio in dB and what it is, a recording ``[n]`` or a colour; `band` the
    lower and upper limit in Hz and the tilt in dB an octave.
    """

    throat: float | None
    room: Floats | float | None
    noise: tuple[float, Floats | float] | None
    band: tuple[float, float, float] | None
    gain_db: float


def any_channel(rng: np.random.Generator, around: Surroundings) -> Channel:
    """A random channel, within what real rooms and microphones do.

    Half of the rooms are recorded ones, a third of the noises too, and a third are babble, if there are such.
    """
    throat, room, noise, band = rng.random(4) < (0.6, 0.6, 0.8, 0.7)
    high_hz = float(rng.choice([3400.0, 4500.0, 6000.0, 7600.0]))
    seconds, decibels, colour = float(rng.uniform(0.15, 0.7)), float(rng.uniform(2, 30)), rng.uniform(0, 2)
    return Channel(
        float(rng.uniform(0.84, 1.19)) if throat else None,
        _any_of([around.rooms, ()], seconds, rng) if room else None,
        (decibels, _any_of([around.noises, around.babble, ()], float(colour), rng)) if noise else None,
        (float(rng.uniform(60, 300)), high_hz, float(rng.uniform(-6, 6))) if band else None,
        float(rng.uniform(-22, 8)),
    )


def _any_of(kinds: Sequence[Sequence[Floats]], otherwise: float, rng: np.random.Generator) -> Floats | float:
    """A recording of one of the kinds, each as likely as the others, or `otherwise` if that kind has none."""
    kind = kinds[int(rng.integers(len(kinds)))]
    return kind[int(rng.integers(len(kind)))] if kind else otherwise


def worsened(samples: Floats, channel: Channel, rng: np.random.Generator) -> Floats:
    """``samples [n]`` at 16 kHz after a channel; longer or shorter if the throat changes."""
    if channel.throat is not None:
        samples = with_another_throat(samples, channel.throat)
    if isinstance(channel.room, float):
        samples = in_a_room(samples, rng, channel.room)
    elif channel.room is not None:
        samples = in_a_recorded_room(samples, channel.room)
    if channel.noise is not None:
        decibels, what = channel.noise
        noise = (
            _coloured(len(samples), what, rng) if isinstance(what, float) else _stretch(what, samples, rng)
        )
        samples = with_noise(samples, noise, decibels)
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


def with_noise(samples: Floats, noise: Floats, decibels: float) -> Floats:
    """``samples [n]`` with a noise ``[n]`` at this ratio of signal to noise."""
    level = max(float(np.sqrt((samples**2).mean())), _QUIET) * 10 ** (-decibels / 20)
    return np.asarray(samples + noise * (level / max(float(np.sqrt((noise**2).mean())), _QUIET)), np.float32)


def _coloured(size: int, colour: float, rng: np.random.Generator) -> Floats:
    """Noise whose power falls as frequency to the power of `colour`."""
    spectrum = np.fft.rfft(rng.standard_normal(size))
    frequency = np.maximum(np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ), 50.0)
    noise = np.fft.irfft(spectrum * frequency ** (-colour / 2), size)
    return np.asarray(noise / np.sqrt((noise**2).mean()), np.float32)


def _stretch(recording: Floats, samples: Floats, rng: np.random.Generator) -> Floats:
    """As much of a recording as there are samples, from any place on, round and round."""
    return np.resize(np.roll(recording, -int(rng.integers(len(recording)))), len(samples))


def in_a_recorded_room(samples: Floats, response: Floats) -> Floats:
    """``samples [n]`` through the response of a room from its direct sound on, as loud as before."""
    response = response[int(np.abs(response).argmax()) :]
    wet = _through(samples, response)
    level, now = (float(np.sqrt((sound**2).mean())) for sound in (samples, wet))
    return np.asarray(wet * (level / max(now, _QUIET * _QUIET)), np.float32)


def _through(samples: Floats, response: NDArray[np.floating[Any]]) -> Floats:
    """The linear convolution, cut to the length of the samples."""
    size = len(samples) + len(response) - 1
    wet = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(response, size), size)[: len(samples)]
    return wet.astype(np.float32)


def in_a_room(samples: Floats, rng: np.random.Generator, seconds: float) -> Floats:
    """Direct sound and, behind it, noise that falls by 60 dB in `seconds` (Polack's model of a room)."""
    time = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    tail = rng.standard_normal(len(time)) * 10 ** (-3 * time / seconds)
    tail *= rng.uniform(0.2, 0.8) / np.sqrt((tail**2).sum())
    tail[0] = 1.0
    return _through(samples, tail)


def band_limited(samples: Floats, low_hz: float, high_hz: float, tilt: float) -> Floats:
    """Only what lies between two frequencies, tilted around 1 kHz by `tilt` dB an octave, 12 dB at most."""
    frequency = np.maximum(np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ), 1.0)
    response = 1 / (1 + (low_hz / frequency) ** 4) / (1 + (frequency / high_hz) ** 8)
    response *= 10 ** (np.clip(tilt * np.log2(frequency / 1000), -12, 12) / 20)
    return np.fft.irfft(np.fft.rfft(samples) * response, len(samples)).astype(np.float32)
