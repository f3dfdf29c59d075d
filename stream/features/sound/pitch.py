"""Fundamental frequency by the YIN difference function, several windows at once."""

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Doubles
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ

LOWEST_HZ = 62.5
HIGHEST_HZ = 500.0
REFERENCE_HZ = 50.0
_RATE_HZ = SAMPLE_RATE_HZ // 2
_LONGEST = int(_RATE_HZ / LOWEST_HZ)
_SHORTEST = int(_RATE_HZ / HIGHEST_HZ)
_INTEGRATION = 200
_LENGTH = _INTEGRATION + _LONGEST
WINDOW = 2 * _LENGTH
_FFT = 512
_DIP = 0.2
_QUIET = 1e-7
_LAGS = np.arange(1, _LONGEST + 1)


def track(windows: Doubles) -> tuple[Doubles, Doubles]:
    """Pitch and voicing of ``windows [n, WINDOW]`` (41 ms each of 16 kHz sound).

    Returns semitones above 50 Hz ``[n]`` and voicing strength in [0, 1] ``[n]`` (1 less the dip of the
    cumulative mean normalised difference; de Cheveigné and Kawahara 2002, steps 1-5), worked out at half the
    rate, since no pitch needs more.
    """
    normalised = _cumulative_mean_normalised(_difference(windows[:, ::2] + windows[:, 1::2]))
    lag = _first_dip(normalised)
    before, here, after = np.take_along_axis(normalised, lag[:, None] + (-1, 0, 1), axis=1).T
    bend = np.maximum(before - 2 * here + after, _QUIET)
    offset = np.clip(0.5 * (before - after) / bend, -0.5, 0.5)
    semitones = 12 * np.log2(_RATE_HZ / REFERENCE_HZ / (lag + offset))
    return semitones, np.clip(1 - here, 0.0, 1.0)


def _difference(windows: Doubles) -> Doubles:
    """Squared difference ``[n, lags]`` of each window's head with itself moved by 0 … longest lag."""
    spectrum = np.fft.rfft(windows, _FFT)
    spectrum *= np.conj(np.fft.rfft(windows[:, :_INTEGRATION], _FFT))
    correlation = np.fft.irfft(spectrum, _FFT)[:, : _LONGEST + 1]
    energy = np.zeros((len(windows), _LENGTH + 1))
    np.cumsum(windows * windows, axis=1, out=energy[:, 1:])
    moved = energy[:, _INTEGRATION:] - energy[:, : _LONGEST + 1]
    return np.maximum(moved[:, :1] + moved - 2 * correlation, 0.0)


def _cumulative_mean_normalised(difference: Doubles) -> Doubles:
    normalised = np.ones_like(difference)
    total = np.cumsum(difference[:, 1:], axis=1)
    normalised[:, 1:] = (difference[:, 1:] * _LAGS + _QUIET) / (total + _QUIET)
    return normalised


def _first_dip(normalised: Doubles) -> NDArray[np.intp]:
    """Lag of the first local minimum below the threshold, or of the deepest point if there is none."""
    inner = normalised[:, _SHORTEST:_LONGEST]
    low = inner <= normalised[:, _SHORTEST - 1 : _LONGEST - 1]
    low &= inner < normalised[:, _SHORTEST + 1 : _LONGEST + 1]
    low &= inner < _DIP
    first = np.where(low.any(axis=1), low.argmax(axis=1), inner.argmin(axis=1))
    return np.asarray(first + _SHORTEST)
