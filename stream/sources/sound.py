"""Sound as the rest of the program has it: mono, 16 kHz, float32 in [-1, 1], in blocks of 20 ms."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Samples

if TYPE_CHECKING:
    import av
    from av.audio.resampler import AudioResampler

BLOCK = SAMPLE_RATE_HZ // 50
GAP_NS = 40_000_000


class Blocks:
    """Cuts a run of samples into blocks of 20 ms and stamps each by counting samples.

    If the stamp of what comes next is more than 40 ms away from the count, sound is missing there: the
    short rest goes out as it is, and counting begins again.
    """

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.float32)
        self._time_ns: int | None = None

    def put(self, samples: NDArray[np.float32], time_ns: int) -> list[Samples]:
        """Add ``samples [n]`` whose first one is at `time_ns`; returns the blocks that are full."""
        out = []
        if self._time_ns is None:
            self._time_ns = time_ns
        elif abs(self._time_ns + _ns(len(self._rest)) - time_ns) > GAP_NS:
            out += self.flush()
            self._time_ns = time_ns
        self._rest = np.concatenate([self._rest, samples])
        full = len(self._rest) // BLOCK
        for index in range(full):
            out.append(
                Samples(self._time_ns + _ns(index * BLOCK), self._rest[index * BLOCK : (index + 1) * BLOCK])
            )
        self._rest = self._rest[full * BLOCK :]
        self._time_ns += _ns(full * BLOCK)
        return out

    def flush(self) -> list[Samples]:
        """Give the rest as a short block, and begin again."""
        rest, time_ns = self._rest, self._time_ns
        self._rest, self._time_ns = np.zeros(0, np.float32), None
        return [Samples(time_ns, rest)] if time_ns is not None and len(rest) else []


class Resampler:
    """A streaming conversion of any sound to mono 16 kHz float32 (FFmpeg's libswresample).

    Left and right are averaged here: FFmpeg would make them 3 dB louder, and loud speech would be cut off.
    """

    def __init__(self) -> None:
        self._resampler: AudioResampler | None = None
        self._format: tuple[str, str, int] | None = None

    def convert(self, frame: "av.AudioFrame") -> NDArray[np.float32]:
        """Convert one frame to ``[n]`` samples, n may be 0. The format may change from frame to frame."""
        from av import AudioResampler

        given = (frame.format.name, frame.layout.name, frame.sample_rate)
        before = np.zeros(0, np.float32)
        if self._resampler is None or given != self._format:
            before = self.flush()
            layout = "mono" if frame.layout.nb_channels == 1 else "stereo"
            self._resampler = AudioResampler(format="fltp", layout=layout, rate=SAMPLE_RATE_HZ)
            self._format = given
        frame.pts = None
        return np.concatenate([before, _joined(self._resampler.resample(frame))])

    def flush(self) -> NDArray[np.float32]:
        """Give what is still inside, and begin again."""
        resampler, self._resampler = self._resampler, None
        return np.zeros(0, np.float32) if resampler is None else _joined(resampler.resample(None))


def sanitised(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring samples into [-1, 1]; what is not a number becomes 0."""
    return np.clip(np.nan_to_num(samples, nan=0.0), -1.0, 1.0).astype(np.float32, copy=False)


def _joined(frames: "list[av.AudioFrame]") -> NDArray[np.float32]:
    parts = [frame.to_ndarray().mean(axis=0) for frame in frames]
    return sanitised(np.concatenate(parts)) if parts else np.zeros(0, np.float32)


def _ns(samples: int) -> int:
    return samples * NS // SAMPLE_RATE_HZ
