"""The browser's camera and microphone as sources: pictures are decoded, blocks of sound stamped, here."""

import numpy as np

from fsrf_live.fsrf.common.aliases import Image
from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.items import Frame, Samples
from fsrf_live.stream.page.browser.device import BrowserDevice
from fsrf_live.stream.page.browser.jpeg import jpeg_size
from fsrf_live.stream.sources.network import decoded, is_jpeg
from fsrf_live.stream.sources.sample_clock import DeviceSound
from fsrf_live.stream.sources.source import Health

SMALLEST_SIDE, LARGEST_SIDE = 16, 1920
MOST_BAD = 10
"""A third of a second of pictures that are none: one alone costs that one, so many are no camera's."""
LONGEST_BLOCK_S = 0.5


class BrowserCamera:
    """The newest picture that the page brought, at the time of its capture. One thread only."""

    modality: Modality = "video"

    def __init__(self, device: BrowserDevice) -> None:
        self._device = device
        self._drops_before = device.drops
        self._last_ns = 0
        self._bad = 0

    @property
    def name(self) -> str:
        """The browser's name for the camera, once it is known."""
        return self._device.name

    @property
    def health(self) -> Health:
        """Drops are what the page had no time for, what was too much, and what was no picture."""
        return Health(drops=self._device.drops - self._drops_before)

    def open(self) -> None:
        """Ask the page for pictures; raises SourceError with the reason if there is no camera."""
        self._bad = 0
        self._device.open()

    def read(self) -> Frame | None:
        """Give the newest picture; raises SourceError if the camera is gone, or sends no pictures."""
        brought = self._device.take()
        if brought is None:
            return None
        image, wrong = _picture(brought.data)
        if image is None:
            self._device.dropped()
            self._bad += 1
            if self._bad >= MOST_BAD:
                raise SourceError(f"{self.name} {wrong}: load the page again")
            return None
        self._bad = 0
        # The estimate of the browser's clock may move back by less than a picture takes.
        self._last_ns = max(brought.time_ns, self._last_ns + 1)
        return Frame(self._last_ns, image)

    def close(self) -> None:
        """Tell the page to send no more."""
        self._device.close()


class BrowserMicrophone:
    """The sound that the page brings, stamped by counting samples. One thread only."""

    modality: Modality = "audio"

    def __init__(self, device: BrowserDevice) -> None:
        self._device = device
        self._drops_before = device.drops
        self._bad = 0
        self._sound = DeviceSound()
        self._next: int | None = None

    @property
    def name(self) -> str:
        """The browser's name for the microphone, once it is known."""
        return self._device.name

    @property
    def health(self) -> Health:
        """Drops as of the camera; the drift is that of the sound's clock against ours."""
        return Health(self._device.drops - self._drops_before, self._sound.drift_ppm)

    def open(self) -> None:
        """Ask the page for sound; raises SourceError with the reason if there is no microphone."""
        self._bad = 0
        self._device.open()
        self._sound.begin(self._device.rate_hz)

    def read(self) -> Samples | None:
        """Give the next block; raises SourceError if the microphone is gone, or sends no sound."""
        brought = self._device.take()
        if brought is None:
            return None
        rate_hz = self._device.rate_hz
        if not brought.data or len(brought.data) % 4 or len(brought.data) > 4 * LONGEST_BLOCK_S * rate_hz:
            self._device.dropped()
            self._bad += 1
            if self._bad >= MOST_BAD:
                raise SourceError(f"{self.name} sends what is no sound: load the page again")
            return None
        self._bad = 0
        if rate_hz != self._sound.rate_hz:
            self._sound.begin(rate_hz)
        samples = np.frombuffer(brought.data, "<f4")
        missing = brought.count != self._next
        self._next = (brought.count + len(samples)) % 2**32
        return self._sound.put(samples, brought.time_ns, after_loss=missing)

    def close(self) -> None:
        """Tell the page to send no more."""
        self._device.close()


def _picture(data: bytes) -> tuple[Image | None, str]:
    """The picture, or None and what is wrong with it."""
    size = jpeg_size(data) if is_jpeg(data) else None
    if size is None:
        return None, "sends what is no JPEG picture"
    if min(size) < SMALLEST_SIDE or max(size) > LARGEST_SIDE:
        return (
            None,
            f"sends pictures of {size[0]} x {size[1]}, not of {SMALLEST_SIDE} to {LARGEST_SIDE} pixels",
        )
    return decoded(data), "sends damaged pictures"
