"""A camera and a microphone that need no device."""

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import NS, Clock, wait_until
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Frame, Samples
from fsrf_live.stream.sources.sound import BLOCK
from fsrf_live.stream.sources.source import HEALTHY

FRAME_RATE_HZ = 25
_HEIGHT, _WIDTH = 240, 320
TONE_HZ = 180.0
SYLLABLES_HZ = 4.0


class FakeCamera:
    """A grey slope over which a light square wanders, 25 times a second; no two in a row are the same."""

    modality: Modality = "video"
    name = "fake camera"
    health = HEALTHY

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due_ns = 0
        self._count = 0

    def open(self) -> None:
        """Start now."""
        self._due_ns = self._clock.now_ns()

    def read(self) -> Frame | None:
        """Give the next picture once it is due."""
        if not wait_until(self._clock, self._due_ns):
            return None
        frame = Frame(self._due_ns, _picture(self._count))
        self._count += 1
        self._due_ns += NS // FRAME_RATE_HZ
        return frame

    def close(self) -> None:
        """Nothing is held."""


class FakeMicrophone:
    """A hum that swells and fades like syllables, with a little noise; blocks of 20 ms."""

    modality: Modality = "audio"
    name = "fake microphone"
    health = HEALTHY

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._start_ns = 0
        self._count = 0

    def open(self) -> None:
        """Start now."""
        self._start_ns = self._clock.now_ns()
        self._count = 0

    def read(self) -> Samples | None:
        """Give the next block once it is over."""
        time_ns = self._start_ns + self._count * NS // SAMPLE_RATE_HZ
        if not wait_until(self._clock, time_ns + BLOCK * NS // SAMPLE_RATE_HZ):
            return None
        block = Samples(time_ns, _hum(self._count))
        self._count += BLOCK
        return block

    def close(self) -> None:
        """Nothing is held."""


def _picture(count: int) -> NDArray[np.uint8]:
    image = np.empty((_HEIGHT, _WIDTH, 3), np.uint8)
    image[:] = np.linspace(40, 160, _WIDTH, dtype=np.uint8)[None, :, None]
    row, column = (3 * count) % (_HEIGHT - 40), (5 * count) % (_WIDTH - 40)
    image[row : row + 40, column : column + 40] = 200 + count % 50
    return image


def _hum(first: int) -> NDArray[np.float32]:
    time_s = (first + np.arange(BLOCK)) / SAMPLE_RATE_HZ
    swell = 0.55 + 0.45 * np.sin(2 * np.pi * SYLLABLES_HZ * time_s)
    noise = np.random.default_rng(first).standard_normal(BLOCK) * 1e-3
    overtone = np.arange(1, 6)[:, None]
    voice = np.sum(np.sin(2 * np.pi * TONE_HZ * overtone * time_s) / overtone, axis=0)
    return np.asarray(0.1 * swell * voice + noise, np.float32)
