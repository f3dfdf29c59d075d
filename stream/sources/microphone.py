"""A microphone by PyAudio: blocks of 20 ms, mono, 16 kHz, stamped by counting samples."""

import queue
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from engines.contract import Modality
from stream.clock import Clock
from stream.errors import SourceError
from stream.items import SAMPLE_RATE_HZ, Samples
from stream.sources.choice import Memory
from stream.sources.portaudio import exclusive, find_input, started
from stream.sources.sample_clock import SampleClock
from stream.sources.sound import Resampler
from stream.sources.source import Health

if TYPE_CHECKING:
    import pyaudio

WAIT_S = 0.1
BLOCKS_A_SECOND = 50
WAITING_BLOCKS = 10 * BLOCKS_A_SECOND
WITHOUT_END = -1.0


class Microphone:
    """PortAudio calls us with each block, so that nobody waits inside it for sound that does not come."""

    modality: Modality = "audio"

    def __init__(self, wanted: str, clock: Clock, memory: Memory | None = None) -> None:
        """`wanted` is ``default``, an index, or (part of) a name."""
        self._wanted = wanted
        self._clock = clock
        self._memory = memory or Memory()
        self._audio: pyaudio.PyAudio | None = None
        self._stream: pyaudio.PyAudio.Stream | None = None
        self._rate_hz = SAMPLE_RATE_HZ
        self._blocks: queue.Queue[tuple[int, bytes]] = queue.Queue(WAITING_BLOCKS)
        self._sample_clock = SampleClock(SAMPLE_RATE_HZ)
        self._resampler: Resampler | None = None
        self._early: list[NDArray[np.float32]] = []
        self._drops = 0

    @property
    def name(self) -> str:
        """The device's name once it has been found, else what was asked for."""
        return self._memory.name or f"microphone {self._wanted}"

    @property
    def health(self) -> Health:
        """Overflows below us, blocks that nobody fetched, and the drift of the device's clock."""
        return Health(self._drops, self._sample_clock.drift_ppm)

    def open(self) -> None:
        """Find the device and start it; raises SourceError where it is not there or refuses."""
        self.close()
        with exclusive():
            self._audio = started()
            device = find_input(self._audio, self._wanted, self._memory.name)
            self._memory.name = device.name
            self._stream, self._rate_hz = self._started_stream(self._audio, device.index)
        self._sample_clock = SampleClock(self._rate_hz)
        self._resampler = Resampler() if self._rate_hz != SAMPLE_RATE_HZ else None

    def read(self) -> Samples | None:
        """Give the next block, or None within 100 ms; raises SourceError when the stream has stopped."""
        try:
            arrival_ns, data = self._blocks.get(timeout=WAIT_S)
        except queue.Empty:
            self._check_stream()
            return None
        samples = np.frombuffer(data, np.float32)
        time_ns = self._sample_clock.stamp(len(samples), arrival_ns)
        self._early.append(samples)
        if time_ns is None:
            return None
        samples, self._early = np.concatenate(self._early), []
        if self._resampler is not None:
            samples = self._resampled(samples)
        return Samples(time_ns, samples) if len(samples) else None

    def close(self) -> None:
        """Stop the device and PortAudio with it."""
        if self._audio is None:
            return
        with exclusive(WITHOUT_END):
            try:
                if self._stream is not None:
                    self._stream.close()
            except OSError:
                pass  # the device is gone already
            finally:
                self._audio.terminate()
                self._audio = self._stream = None
        self._early = []
        while not self._blocks.empty():
            self._blocks.get_nowait()

    def _started_stream(self, audio: "pyaudio.PyAudio", index: int) -> "tuple[pyaudio.PyAudio.Stream, int]":
        """Start at 16 kHz, or where that is refused at the device's own rate."""
        import pyaudio

        own_hz = int(audio.get_device_info_by_index(index)["defaultSampleRate"])
        refusal: Exception | None = None
        for rate_hz in dict.fromkeys((SAMPLE_RATE_HZ, own_hz)):
            try:
                stream = audio.open(
                    rate=rate_hz,
                    channels=1,
                    format=pyaudio.paFloat32,
                    input=True,
                    input_device_index=index,
                    frames_per_buffer=rate_hz // BLOCKS_A_SECOND,
                    stream_callback=self._callback,
                )
            except (OSError, ValueError) as error:
                refusal = error
            else:
                return stream, rate_hz
        raise SourceError(
            f"microphone {self.name!r} refuses to be opened ({refusal}): is another program using it?"
        )

    def _callback(
        self, data: bytes | None, _count: int, _times: Mapping[str, float], status: int
    ) -> tuple[None, int]:
        """Take a block from PortAudio's own thread."""
        import pyaudio

        arrival_ns = self._clock.now_ns()
        self._drops += bool(status & pyaudio.paInputOverflow)
        try:
            self._blocks.put_nowait((arrival_ns, data or b""))
        except queue.Full:
            self._drops += 1
        return None, pyaudio.paContinue

    def _check_stream(self) -> None:
        try:
            active = self._stream is not None and self._stream.is_active()
        except OSError:
            active = False
        if not active:
            raise SourceError(f"microphone {self.name!r} has stopped: is it unplugged?")

    def _resampled(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        from av import AudioFrame

        frame: Any = AudioFrame.from_ndarray(samples[None, :], format="flt", layout="mono")
        frame.sample_rate = self._rate_hz
        return cast(Resampler, self._resampler).convert(frame)
