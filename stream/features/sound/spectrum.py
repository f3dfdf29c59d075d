"""Log-mel bands of short frames."""

from functools import cache

import numpy as np

from fsrf_live.fsrf.common.aliases import Doubles
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ

FRAME = 400
STEP = 160
BANDS = 40
_FFT = 512
_LOWEST_HZ = 60.0
_HIGHEST_HZ = 7600.0
_FLOOR = 1e-9


def log_mel(frames: Doubles) -> Doubles:
    """Natural log of the mel energies ``[n, 40]`` of ``frames [n, 400]`` (25 ms, Hann window)."""
    power = np.abs(np.fft.rfft(frames * _window(), _FFT)) ** 2
    return np.asarray(np.log(power @ _filters() + _FLOOR))


def band_centres() -> Doubles:
    """Centre of each band on the mel scale, moved and scaled to [-1, 1]."""
    return np.linspace(-1.0, 1.0, BANDS)


@cache
def _window() -> Doubles:
    window = np.hanning(FRAME + 1)[:-1]
    return np.asarray(window / np.sqrt((window**2).sum()))


@cache
def _filters() -> Doubles:
    """Triangular filters ``[257, 40]``, evenly spaced on the mel scale (O'Shaughnessy's formula)."""
    edges_mel = np.linspace(_mel(_LOWEST_HZ), _mel(_HIGHEST_HZ), BANDS + 2)
    edges = 700 * (10 ** (edges_mel / 2595) - 1)
    bins = np.arange(_FFT // 2 + 1) * SAMPLE_RATE_HZ / _FFT
    rising = (bins[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    weights = np.clip(np.minimum(rising, falling), 0.0, None)
    return np.asarray(weights / weights.sum(axis=0))


def _mel(hertz: float) -> float:
    return float(2595 * np.log10(1 + hertz / 700))
