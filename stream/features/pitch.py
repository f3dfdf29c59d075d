"""Fundamental frequency by the YIN difference function, several windows at once."""

import numpy as np
from numpy.typing import NDArray

from stream.items import SAMPLE_RATE_HZ

LOWEST_HZ = 62.5
HIGHEST_HZ = 500.0
REFERENCE_HZ = 50.0
_LONGEST = int(SAMPLE_RATE_HZ / LOWEST_HZ)
_SHORTEST = int(SAMPLE_RATE_HZ / HIGHEST_HZ)
_INTEGRATION = 400
WINDOW = _INTEGRATION + _LONGEST
_FFT = 1024
_DIP = 0.2
_QUIET = 1e-7

Floats = NDArray[np.float64]


def track(windows: Floats) -> tuple[Floats, Floats]:
    """Pitch and voicing of ``windows [n, WINDOW]`` (41 ms each).

    Returns semitones above 50 Hz ``[n]`` and voicing strength in [0, 1] ``[n]`` (1 less the dip of the
    cumulative mean normalised difference; de Cheveigné and Kawahara 2002, steps 1-5).
    """
    normalised = _cumulative_mean_normalised(_difference(windows))
    lag = _first_dip(normalised)
    rows = np.arange(len(windows))
    before, here, after = (normalised[rows, lag + step] for step in (-1, 0, 1))
    bend = before - 2 * here + after
    offset = np.where(bend > 0, 0.5 * (before - after) / np.where(bend > 0, bend, 1.0), 0.0)
    hertz = SAMPLE_RATE_HZ / (lag + np.clip(offset, -0.5, 0.5))
    return 12 * np.log2(hertz / REFERENCE_HZ), np.clip(1 - here, 0.0, 1.0)


def _difference(windows: Floats) -> Floats:
    """Squared difference ``[n, lags]`` of each window's head with itself moved by 0 … longest lag."""
    head = windows[:, :_INTEGRATION]
    spectrum = np.fft.rfft(windows, _FFT) * np.conj(np.fft.rfft(head, _FFT))
    correlation = np.fft.irfft(spectrum, _FFT)[:, : _LONGEST + 1]
    energy = np.cumsum(np.pad(windows**2, ((0, 0), (1, 0))), axis=1)
    moved = energy[:, _INTEGRATION : _INTEGRATION + _LONGEST + 1] - energy[:, : _LONGEST + 1]
    difference = moved[:, :1] + moved - 2 * correlation
    return np.maximum(difference, 0.0)


def _cumulative_mean_normalised(difference: Floats) -> Floats:
    lags = np.arange(1, difference.shape[1])
    total = np.cumsum(difference[:, 1:], axis=1)
    normalised = np.ones_like(difference)
    normalised[:, 1:] = (difference[:, 1:] * lags + _QUIET) / (total + _QUIET)
    return normalised


def _first_dip(normalised: Floats) -> NDArray[np.intp]:
    """The first local minimum below the threshold, or the deepest point where there is none."""
    inner = normalised[:, _SHORTEST:_LONGEST]
    low = inner <= normalised[:, _SHORTEST - 1 : _LONGEST - 1]
    low &= inner < normalised[:, _SHORTEST + 1 : _LONGEST + 1]
    low &= inner < _DIP
    first = np.where(low.any(axis=1), low.argmax(axis=1), inner.argmin(axis=1))
    return first + _SHORTEST
