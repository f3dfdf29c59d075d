"""When each sample of a microphone was heard, worked out from when its blocks arrived.

A device's blocks arrive late by varying amounts and never early, so the truth is the lower edge of
``arrival - samples counted / rate``. The edge at the start is the anchor; how it wanders afterwards is the
drift of the device's clock, fitted slowly by least squares. If samples were lost, the edge jumps. Nobody
waits for that after a loss that is told: the clock is set anew (`DeviceSound`).
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Samples
from fsrf_live.stream.sources.sound import Resampler, sanitised

CALIBRATE_BLOCKS = 5
"""100 ms of sound: the earliest of five blocks is near enough the edge, and a listener waits no longer."""

STRETCH_NS = 2 * NS
"""Of the hundred blocks of a stretch some arrive without delay, even on a busy machine; they are the edge."""

MOST_STRETCHES, FEWEST_STRETCHES = 30, 5
"""Drift is fitted to the last minute. A line through less than ten seconds would show the jitter instead."""

JUMP_NS = 100_000_000
"""Samples were lost if the edge moves so far in one stretch: the worst clocks move it by less than 1 ms."""

PULL = 0.2
"""Share of the way to the edge that stamps go after each stretch."""
MOST_PULL_NS = 8_000_000
"""Less than a hop, and than a block: so small a step tears no word, and no stamp goes back."""


class SampleClock:
    """Stamps blocks of one stream; pure, and its stamps never go back."""

    def __init__(self, rate_hz: int, floor_ns: int = 0) -> None:
        """The anchor is not before `floor_ns`; an edge that is, is followed as gently as any other."""
        self._rate_hz = rate_hz
        self._floor_ns = floor_ns
        self._count = 0
        self._early: list[int] = []
        self._anchor_ns: int | None = None
        self._stretch_end_ns = 0
        self._edge_ns: int | None = None
        self._edges: deque[tuple[int, int]] = deque(maxlen=MOST_STRETCHES)
        self._shift_ns = 0

    @property
    def drift_ppm(self) -> float | None:
        """How far the device's clock runs fast; None until it has been seen for ten seconds."""
        if len(self._edges) < FEWEST_STRETCHES:
            return None
        times, edges = np.array(self._edges, np.float64).T
        slope = np.polyfit(times - times[0], edges - edges[0], 1)[0]
        # A clock that runs fast counts more samples than time has passed, so its edge falls.
        return float(-slope * 1e6)

    def stamp(self, samples: int, arrival_ns: int) -> int | None:
        """Count a block of samples that came in at `arrival_ns`; returns the time of its first sample.

        The first few blocks give None, because one late block alone would set the clock wrong; the first
        stamp then holds for the first sample of them all.
        """
        first = self._count
        self._count += samples
        # A block is handed over when its last sample has been heard, so lateness counts from its end.
        late_ns = arrival_ns - self._ns(self._count)
        if self._anchor_ns is None:
            self._early.append(late_ns)
            if len(self._early) < CALIBRATE_BLOCKS:
                return None
            self._anchor_ns, first = max(min(self._early), self._floor_ns), 0
            self._stretch_end_ns = arrival_ns + STRETCH_NS
        self._follow(late_ns - self._anchor_ns, arrival_ns)
        return self._anchor_ns + self._shift_ns + self._ns(first)

    def _follow(self, edge_ns: int, arrival_ns: int) -> None:
        """Keep the least lateness of each two seconds, and pull the stamps gently after it."""
        self._edge_ns = edge_ns if self._edge_ns is None else min(self._edge_ns, edge_ns)
        if arrival_ns < self._stretch_end_ns:
            return
        self._stretch_end_ns = arrival_ns + STRETCH_NS
        off_ns = self._edge_ns - self._shift_ns
        if off_ns > JUMP_NS:
            # Follow a loss at once, and forget the edges before it: the jump would look like drift.
            self._shift_ns = self._edge_ns
            self._edges.clear()
        else:
            self._shift_ns += round(min(max(PULL * off_ns, -MOST_PULL_NS), MOST_PULL_NS))
            self._edges.append((arrival_ns, self._edge_ns))
        self._edge_ns = None

    def _ns(self, samples: int) -> int:
        # From the whole count each time: a sum of rounded blocks would drift by itself.
        return samples * NS // self._rate_hz


class DeviceSound:
    """Blocks of one channel as a device brings them, made 16 kHz and stamped.

    Each time that it begins, the first few blocks are held back until the clock is set, and come as one.
    """

    def __init__(self) -> None:
        self._end_ns = 0
        self.begin(SAMPLE_RATE_HZ)

    @property
    def drift_ppm(self) -> float | None:
        """As of a `SampleClock`."""
        return self._clock.drift_ppm

    def begin(self, rate_hz: int) -> None:
        """Forget what is held back and set the clock anew: what comes has no known place behind what came."""
        self.rate_hz = rate_hz
        # A clock may be set a little before where the last one ended: hops that go back would be lost.
        self._clock = SampleClock(rate_hz, self._end_ns)
        self._resampler = Resampler() if rate_hz != SAMPLE_RATE_HZ else None
        self._early: list[NDArray[np.float32]] = []
        self._lost = False

    def put(self, samples: NDArray[np.float32], arrival_ns: int, *, after_loss: bool) -> Samples | None:
        """Give the sound up to the end of a block ``[n]``, None if it is held back.

        `after_loss` says that something is missing before it: counting on would put what follows too early.
        """
        self._lost |= after_loss
        # One that is being set is set first: if something were always missing, there would never be a stamp.
        if self._lost and not self._early:
            self.begin(self.rate_hz)
        samples = sanitised(samples)
        time_ns = self._clock.stamp(len(samples), arrival_ns)
        self._early.append(samples)
        if time_ns is None:
            return None
        samples, self._early = np.concatenate(self._early), []
        if self._resampler is not None:
            samples = self._resampler.convert_mono(samples, self.rate_hz)
        if not len(samples):
            return None
        block = Samples(time_ns, samples)
        self._end_ns = block.end_ns
        return block
