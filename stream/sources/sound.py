"""Sound as the rest of the program has it: mono, 16 kHz, float32 in [-1, 1], in blocks of 20 ms."""

from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Samples

if TYPE_CHECKING:
    import av
    from av.audio.resampler import AudioResampler

BLOCK = SAMPLE_RATE_HZ // 50
GAP_NS = 40_000_000
QUIET, OPPOSITE = 0.1, 0.1
"""Shares of power: below them a channel is silent beside the loudest, two sides cancel in their average."""
MEMORY_S = 2.0
FULL_SCALE, RUN, MOST_FULL = 0.995, 3, 0.002
"""Sound is cut off if so many samples in a row are at full scale; it matters from such a share of all on."""


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
    Channels of which nobody says where they belong are averaged before, those that are silent left out.
    """

    def __init__(self) -> None:
        self._resampler: AudioResampler | None = None
        self._format: tuple[str, str, int] | None = None
        self._packer: AudioResampler | None = None
        self._unplaced, self._sides = UnplacedMix(), SidesMix()

    def convert(self, frame: "av.AudioFrame") -> NDArray[np.float32]:
        """Convert one frame to ``[n]`` samples, n may be 0. The format may change from frame to frame."""
        from av import AudioResampler

        given = (frame.format.name, frame.layout.name, frame.sample_rate)
        before = np.zeros(0, np.float32)
        if self._resampler is None or given != self._format:
            before = self.flush()
            layout = "stereo" if frame.layout.nb_channels > 1 and not _is_unplaced(frame) else "mono"
            self._resampler = AudioResampler(format="fltp", layout=layout, rate=SAMPLE_RATE_HZ)
            self._packer = None
            self._unplaced, self._sides = UnplacedMix(), SidesMix()
            self._format = given
        frame.pts = None
        if _is_unplaced(frame):
            frame = self._mono(frame)
        return np.concatenate([before, self._joined(self._resampler.resample(frame))])

    def convert_mono(self, samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
        """Convert ``[n]`` samples of one channel, as `convert`."""
        from av import AudioFrame

        frame = AudioFrame.from_ndarray(samples[None, :], format="flt", layout="mono")
        frame.sample_rate = rate_hz
        return self.convert(frame)

    def flush(self) -> NDArray[np.float32]:
        """Give what is still inside, and begin again."""
        resampler, self._resampler = self._resampler, None
        return np.zeros(0, np.float32) if resampler is None else self._joined(resampler.resample(None))

    def _joined(self, frames: "list[av.AudioFrame]") -> NDArray[np.float32]:
        parts = [self._sides.mix(cast("NDArray[np.float32]", frame.to_ndarray())) for frame in frames]
        return sanitised(np.concatenate(parts)) if parts else np.zeros(0, np.float32)

    def _mono(self, frame: "av.AudioFrame") -> "av.AudioFrame":
        import av

        if self._packer is None:  # PyAV's arrays of more than eight planes read beyond their memory
            self._packer = av.AudioResampler("dbl", frame.layout.name, frame.sample_rate)
        packed = np.concatenate([part.to_ndarray()[0] for part in self._packer.resample(frame)])
        mixed = self._unplaced.mix(np.nan_to_num(packed.reshape(-1, frame.layout.nb_channels).T))
        mono = av.AudioFrame.from_ndarray(mixed[None].astype(np.float32), format="fltp", layout="mono")
        mono.sample_rate = frame.sample_rate
        return mono


class SidesMix:
    """Averages two sides; if they cancel, as if one was wired the wrong way round, that one is turned."""

    def __init__(self) -> None:
        self._sum = self._difference = 0.0

    def mix(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """``[1 or 2, n]`` to ``[n]``."""
        if len(samples) == 1:
            return np.asarray(samples[0], np.float32)
        both, apart = samples.mean(axis=0), (samples[0] - samples[1]) / 2
        kept = _kept(samples.shape[1])
        self._sum = self._sum * kept + float(both @ both)
        self._difference = self._difference * kept + float(apart @ apart)
        return np.asarray(apart if self._sum < OPPOSITE * self._difference else both, np.float32)


class UnplacedMix:
    """Averages those of many channels that are not silent, each turned to go with the loudest."""

    def __init__(self) -> None:
        self._powers: NDArray[np.float64] | None = None

    def mix(self, samples: NDArray[np.float64]) -> NDArray[np.float64]:
        """``[c, n]`` to ``[n]``."""
        powers = samples @ samples.T
        if self._powers is not None:
            powers = powers + self._powers * _kept(samples.shape[1])
        self._powers = powers
        own = np.diag(powers)
        loudest = int(own.argmax())
        heard = own >= QUIET * own[loudest]
        against = powers[loudest] < -0.5 * np.sqrt(own * own[loudest])
        weights = np.where(against, -1.0, 1.0) * heard / heard.sum()
        return np.asarray(weights @ samples, np.float64)


class Clipping:
    """Counts samples that a recorder cut off."""

    def __init__(self) -> None:
        self._all = self._full = 0

    @property
    def matters(self) -> bool:
        """Whether it is more than a click or two."""
        return self._full > MOST_FULL * self._all

    def seen(self, samples: NDArray[np.float32]) -> None:
        """Count ``samples [n]``."""
        full = np.abs(samples) >= FULL_SCALE
        if len(full) >= RUN and full.any():
            runs = np.lib.stride_tricks.sliding_window_view(full, RUN).all(axis=1)
            self._full += int(runs.sum())
        self._all += len(samples)


def sanitised(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring samples into [-1, 1]; what is not a number becomes 0."""
    return np.clip(np.nan_to_num(samples, nan=0.0), -1.0, 1.0).astype(np.float32, copy=False)


def _is_unplaced(frame: "av.AudioFrame") -> bool:
    """Whether there are many channels, and the file does not say which is left and which is right."""
    return frame.layout.nb_channels > 2 and frame.layout.name.endswith(" channels")


def _kept(samples: int) -> float:
    """How much of the past still counts after so many samples."""
    return float(np.exp(-samples / (MEMORY_S * SAMPLE_RATE_HZ)))


def _ns(samples: int) -> int:
    return samples * NS // SAMPLE_RATE_HZ
