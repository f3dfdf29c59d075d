"""Media files as live sources: pictures and sound, each from its own container, paced by one shared epoch."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import NS, Clock, Epoch, wait_until
from fsrf_live.stream.flow.items import Frame, Item, Samples
from fsrf_live.stream.sources.decoding import decode_samples, raw_frames
from fsrf_live.stream.sources.media.container import ANY_TRACKS, Tracks
from fsrf_live.stream.sources.media.picture import RawPicture
from fsrf_live.stream.sources.source import HEALTHY, EndOfSource, Health, Source

LATE_NS = 200_000_000
REJOIN_S = 0.5
MOST_SKIPPED = 10


class VideoFile:
    """The pictures of a media file, each at its moment; opened again, it goes on where the time is now."""

    modality: Modality = "video"

    def __init__(self, path: Path | str, clock: Clock, epoch: Epoch, tracks: Tracks = ANY_TRACKS) -> None:
        self.name = str(path)
        self._tracks = tracks
        self._clock = clock
        self._epoch = epoch
        self._epoch_ns = 0
        self._frames: Iterator[RawPicture] | None = None
        self._next: RawPicture | None = None
        self._drops = 0

    @property
    def health(self) -> Health:
        """Drops are pictures that this machine was too slow to decode in time."""
        return Health(drops=self._drops)

    def open(self) -> None:
        """Start, or join where the others are; raises MediaError if the file cannot be read."""
        self._epoch_ns = self._epoch.fix()
        self._next = None
        self._frames = raw_frames(self.name, _position_s(self._clock, self._epoch_ns), self._tracks)

    def read(self) -> Frame | None:
        """Give the next picture once it is due; raises EndOfSource after the last, MediaError at damage."""
        pending = self._next or self._fetch()
        for _ in range(MOST_SKIPPED):
            if self._clock.now_ns() - (self._epoch_ns + pending.time_ns) < LATE_NS:
                break
            following = self._fetch_or_none()
            if following is None:
                break
            self._drops += 1
            pending = following
        self._next = pending
        if not wait_until(self._clock, self._epoch_ns + pending.time_ns):
            return None
        self._next = None
        return replace(pending.converted(), time_ns=self._epoch_ns + pending.time_ns)

    def close(self) -> None:
        """Release the file."""
        self._frames, self._next = None, None

    def _fetch_or_none(self) -> RawPicture | None:
        return next(self._frames, None) if self._frames is not None else None

    def _fetch(self) -> RawPicture:
        fetched = self._fetch_or_none()
        if fetched is None:
            raise EndOfSource
        return fetched


class SoundFile:
    """The sound of a media file, each block when it has been heard to its end."""

    modality: Modality = "audio"
    health = HEALTHY

    def __init__(self, path: Path | str, clock: Clock, epoch: Epoch, tracks: Tracks = ANY_TRACKS) -> None:
        self.name = str(path)
        self._tracks = tracks
        self._clock = clock
        self._epoch = epoch
        self._epoch_ns = 0
        self._blocks: Iterator[Samples] | None = None
        self._next: Samples | None = None

    def open(self) -> None:
        """Start, or join where the others are; raises MediaError if the file cannot be read."""
        self._epoch_ns = self._epoch.fix()
        self._next = None
        self._blocks = decode_samples(self.name, _position_s(self._clock, self._epoch_ns), self._tracks)

    def read(self) -> Samples | None:
        """Give the next block once it is over; raises EndOfSource after the last, MediaError at damage."""
        block = self._next or (next(self._blocks, None) if self._blocks is not None else None)
        if block is None:
            raise EndOfSource
        self._next = block
        if not wait_until(self._clock, self._epoch_ns + block.end_ns):
            return None
        self._next = None
        return Samples(self._epoch_ns + block.time_ns, block.samples)

    def close(self) -> None:
        """Release the file."""
        self._blocks, self._next = None, None


def _position_s(clock: Clock, epoch_ns: int) -> float:
    """Where in the file the time is now; 0 at the start, a little late or not."""
    position_s = (clock.now_ns() - epoch_ns) / NS
    return position_s if position_s > REJOIN_S else 0.0


TAIL_NS = NS // 2
"""How long after its end a round may still give what belongs to it; what lasts longer is cut off."""


class Looped:
    """One part of a file, round after round; each round is a fresh source that plays from its own epoch.

    All parts of a file have the same period, so they stay together. Opened again, it joins the round that
    plays now.
    """

    def __init__(self, make: Callable[[Epoch], Source], clock: Clock, epoch: Epoch, period_s: float) -> None:
        """`period_s`, above zero, is how long the file lasts; the session's rounds count from `epoch`."""
        self._make = make
        self._clock = clock
        self._epoch = epoch
        self._period_ns = round(period_s * NS)
        self._round = 0
        self._drops_before = 0
        self._inside = make(epoch)
        self.name = self._inside.name
        self.modality = self._inside.modality

    @property
    def health(self) -> Health:
        """Drops are those of all rounds."""
        return Health(self._drops_before + self._inside.health.drops)

    def open(self) -> None:
        """Join the round that plays now; raises MediaError if the file cannot be read."""
        self._begin((self._clock.now_ns() - self._epoch.fix()) // self._period_ns)

    def read(self) -> Item | None:
        """Give the next item once it is due; raises MediaError at damage, and never EndOfSource."""
        if self._clock.now_ns() >= self._starts_ns(self._round + 1) + TAIL_NS:
            self._begin(self._round + 1)
        try:
            return self._inside.read()
        except EndOfSource:
            if wait_until(self._clock, self._starts_ns(self._round + 1)):
                self._begin(self._round + 1)
            return None

    def close(self) -> None:
        """Release the file."""
        self._inside.close()

    def _begin(self, number: int) -> None:
        """Begin this round, or the present one if this one is over already (after a sleep)."""
        since_ns = self._clock.now_ns() - self._epoch.fix()
        self._round = max(number, since_ns // self._period_ns, 0)
        self._drops_before += self._inside.health.drops
        self._inside.close()
        epoch = Epoch(self._clock)
        epoch.fix(self._starts_ns(self._round))
        self._inside = self._make(epoch)
        self._inside.open()

    def _starts_ns(self, number: int) -> int:
        return self._epoch.fix() + number * self._period_ns
