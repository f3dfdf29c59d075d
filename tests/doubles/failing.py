"""A clock that is moved by hand, and devices on it that fail in every way that devices do."""

import numpy as np

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import MODALITY_OF, Frame, Item, Role, Samples, Words
from fsrf_live.stream.sources.source import Health

BLOCK_NS = 40_000_000
EVERY_NS: dict[Role, int] = {"camera": 120_000_000, "mic": BLOCK_NS, "text": 5 * NS}
MODES = ("fine", "gone", "mute", "same", "hung")
"""A device works, cannot be opened, gives nothing, gives the same again and again, or hangs in every call."""
BEHIND_NS = NS // 4
STUCK = 15
"""How bright a picture is that is always the same: darker than all others, but not black."""
SPEECH, ROOM, NOTHING = (np.full(640, level, np.float32) for level in (0.5, 0.01, 0.0))


class HandClock:
    """Stands still until it is told to move: whoever would sleep goes on at once, and finds nothing new."""

    def __init__(self, now_ns: int) -> None:
        self._now_ns = now_ns

    def now_ns(self) -> int:
        """The time now."""
        return self._now_ns

    def wall_ns(self) -> int:
        """The same by the wall clock."""
        return self._now_ns

    def sleep(self, seconds: float) -> None:
        """Do not."""

    def advance(self, ns: int) -> None:
        """Move on."""
        self._now_ns += ns


class Device:
    """A camera, a microphone or a recogniser; `mode` is what it does now."""

    def __init__(self, role: Role, clock: HandClock) -> None:
        self.role = role
        self.mode = "fine"
        self.since_ns = clock.now_ns()
        self.late_ns = 0
        """How late words come."""
        self.given = self.held = 0
        """Items so far, and openings that nobody has closed yet."""
        self._clock = clock

    def turn(self, mode: str) -> None:
        """Change the mode."""
        self.mode, self.since_ns = mode, self._clock.now_ns()

    def opened(self) -> "Handle":
        """Give a fresh source of it."""
        return Handle(self, self._clock)

    def make(self, time_ns: int) -> Item:
        """The item that it gives at a moment."""
        self.given += 1
        if self.role == "camera":
            picture = STUCK if self.mode == "same" else self.given % 200 + 20
            away = time_ns // NS % 60 < 10 and self.mode != "same"
            image = np.full((8, 8, 3), picture, np.uint8)
            image[0, 0, 0] = 1 if away else picture
            return Frame(time_ns, image)
        if self.role == "mic":
            speaking = SPEECH if time_ns // NS % 7 < 4 else ROOM
            return Samples(time_ns - BLOCK_NS, NOTHING if self.mode == "same" else speaking)
        end_ns = max(0, time_ns - self.late_ns)
        return Words(max(0, end_ns - NS), end_ns, "well well")


class Handle:
    """One opening of a device. What a hung call brings comes when the device works again."""

    def __init__(self, device: Device, clock: HandClock) -> None:
        self.name = f"{device.role} 0"
        self.modality: Modality = MODALITY_OF[device.role]
        self.health = Health()
        self._is_open = False
        self._device = device
        self._clock = clock
        self._due_ns = 0

    def open(self) -> None:
        """Open it, unless it is gone."""
        if self._device.mode == "gone":
            raise SourceError(f"{self.name} is not there")
        self._device.held += not self._is_open
        self._is_open = True
        self._due_ns = self._clock.now_ns() + EVERY_NS[self._device.role]

    def read(self) -> Item | None:
        """Give what is due; what nobody took in time is lost, as in any device."""
        now_ns, device = self._clock.now_ns(), self._device
        if device.mode == "gone":
            raise SourceError(f"{self.name} is gone")
        if device.mode == "mute" or now_ns < self._due_ns:
            return None
        every_ns = EVERY_NS[device.role]
        missed = max(0, now_ns - self._due_ns - BEHIND_NS) // every_ns
        self.health = Health(self.health.drops + missed)
        self._due_ns += (missed + 1) * every_ns
        return device.make(self._due_ns - every_ns)

    def close(self) -> None:
        """Release it."""
        self._device.held -= self._is_open
        self._is_open = False
