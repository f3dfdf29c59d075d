"""Takes one device of a live session away and brings it back: what was noticed, and when."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.metronome import Metronomes, without
from benchmarks.witness import Ticker, Witness
from fsrf_live.stream.flow.clock import NS, MonotonicClock
from fsrf_live.stream.flow.items import ROLES, Change, Role, State
from fsrf_live.stream.live.parts import Makers, Sources
from fsrf_live.stream.live.session import LiveSession
from fsrf_live.stream.sources.source import SourceSpec
from tests.doubles.waiting import until

LONGEST_S = 20.0
QUIET_S = 0.5
LEAD_S = 0.5
"""The interval of readings: an outage begins at a random moment within it."""


@dataclass(frozen=True)
class Outage:
    """A way to take a device away and to bring it back; it lasts for `least_s` at least."""

    role: Role
    name: str
    begin: Callable[[], object]
    end: Callable[[], object]
    least_s: float = 0.0


@dataclass
class Outcome:
    """Figures of the cycles of one kind of outage, in seconds.

    `noticed_s` counts from the last new item to the change of state, `connected_s` from when the device can
    be opened again to its first new item (a microphone's has sound in it, so the player's start counts too),
    `reading_s` from there to the first reading that used the modality again. `others_s` is the longest pause
    of any other source meanwhile, `own_s` the longest without the time for which the machine itself stood
    still, and `quiet_s` the longest before the outage.
    """

    noticed_s: list[float] = field(default_factory=list)
    connected_s: list[float] = field(default_factory=list)
    reading_s: list[float] = field(default_factory=list)
    others_s: list[float] = field(default_factory=list)
    own_s: list[float] = field(default_factory=list)
    quiet_s: list[float] = field(default_factory=list)
    outages_missed: int = 0
    returns_missed: int = 0


class Rig:
    """A live session with a camera, a microphone and a text source that ticks."""

    def __init__(
        self,
        camera: SourceSpec,
        mic: SourceSpec,
        makers: Makers,
        sound: Callable[[], object],
        metronomes: Metronomes,
    ) -> None:
        """`sound` restarts what the microphone hears; called after each return."""
        clock = MonotonicClock()
        self.witness = witness = Witness(clock)
        sources = Sources(
            camera=witness.eye(camera),
            mic=witness.eye(mic),
            text=witness.eye(SourceSpec("device", "text", Ticker.name, lambda: Ticker(clock))),
        )
        self.session = LiveSession(sources, makers, clock, journal=witness)
        self._sound = sound
        self._metronomes = metronomes
        self._chance = random.Random(0)
        self._pause = threading.Event()

    def settle(self) -> None:
        """Wait until all devices are live and have been read; raises RuntimeError if that takes too long."""
        since_ns = time.monotonic_ns()

        def all_there() -> bool:
            live = all(self.witness.state(role) is State.LIVE for role in ROLES)
            return live and all(self.witness.reading_ns(role, since_ns) for role in ("camera", "mic"))

        if not until(all_there, 2 * LONGEST_S):
            states = {role: self.witness.state(role).value for role in ROLES}
            raise RuntimeError(f"the devices are not all there: {states}")

    def cycle(self, outage: Outage, outcome: Outcome) -> None:
        """Take the device away, bring it back up to a second after that was noticed, and add the figures."""
        self.settle()
        role, quiet_ns = outage.role, time.monotonic_ns()
        self._pause.wait(QUIET_S + LEAD_S * self._chance.random())
        start_ns = time.monotonic_ns()
        outcome.quiet_s.append(self._longest_pause(role, quiet_ns, start_ns)[0])
        outage.begin()
        lost = self._change(role, start_ns, live=False)
        spent_s = (time.monotonic_ns() - start_ns) / NS
        self._pause.wait(max(0.0, outage.least_s - spent_s) + self._chance.random())
        ending_ns = time.monotonic_ns()
        outage.end()
        there_ns = time.monotonic_ns()
        self._sound()
        # What was only late may be back before its end is asked for.
        found = self._change(role, ending_ns if lost is None else lost.time_ns, live=True)
        if lost is None or found is None:
            outcome.outages_missed += lost is None
            outcome.returns_missed += found is None
            return
        last_ns = max(start_ns, self.witness.last_item_ns(role, lost.time_ns))
        outcome.noticed_s.append((lost.time_ns - last_ns) / NS)
        outcome.connected_s.append(max(0, found.time_ns - there_ns) / NS)
        read_ns = self._read_ns(role, found.time_ns)
        outcome.reading_s.append((read_ns - found.time_ns) / NS)
        others_s, own_s = self._longest_pause(role, start_ns, read_ns)
        outcome.others_s.append(others_s)
        outcome.own_s.append(own_s)

    def _change(self, role: Role, since_ns: int, *, live: bool) -> Change | None:
        """Wait for the first change since a moment into the live state, or out of it."""

        def wanted(state: State) -> bool:
            return (state is State.LIVE) is live

        until(lambda: self.witness.change(role, since_ns, wanted) is not None, LONGEST_S)
        return self.witness.change(role, since_ns, wanted)

    def _read_ns(self, role: Role, since_ns: int) -> int:
        """Wait for the first reading that uses something of a source from `since_ns` on."""
        until(lambda: self.witness.reading_ns(role, since_ns) is not None, LONGEST_S)
        return self.witness.reading_ns(role, since_ns) or time.monotonic_ns()

    def _longest_pause(self, but: Role, start_ns: int, end_ns: int) -> tuple[float, float]:
        """Of all other sources in a stretch of time, in s: as it was, and less the machine's own."""
        others = [role for role in ROLES if role != but]
        spans = [span for role in others for span in self.witness.pauses(role, start_ns, end_ns)]
        stood = self._metronomes.stood()
        return max(end - begin for begin, end in spans) / NS, max(without(span, stood) for span in spans) / NS
