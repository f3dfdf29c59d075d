"""A day with a fault every ten seconds, on a fake clock: the laws of sources and windows must always hold.

    python -m benchmarks.day_of_faults [HOURS]

Devices that vanish, hang, go mute or repeat themselves, rehearsed faults, cuts by the user and a program that
stands still, at random times, through captures, supervision, fault injection, queues and sync buffer.
Ends with an error at the first law that is broken: see `tests.doubles.laws`.
"""

import random
import resource
import sys
import time
from collections.abc import Callable

from fsrf_live.stream.faults.kinds import KINDS
from fsrf_live.stream.faults.spec import Fault, Where
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import ROLES
from tests.doubles.failing import MODES
from tests.doubles.stepped import Stepped

EVERY_S = 10.0
LONGEST_S = 15.0
"""How long a fault lasts at most, so that now and then two fall together."""
VALUES: dict[str, tuple[float, ...]] = {
    "noise": (0.0, 10.0),
    "lag": (0.2, 0.5),
    "drop": (0.3, 1.0),
    "skew": (-200.0, 500.0),
    "garble": (0.3, 1.0),
}


class Day:
    """A session whose parts fail and come back at random."""

    def __init__(self, seed: int = 0) -> None:
        self.session = Stepped()
        self.faults = 0
        self._chance = random.Random(seed)
        self._undo: list[tuple[int, Callable[[], None]]] = []

    def play(self, seconds: float) -> None:
        """Run on for that long."""
        for _ in range(round(seconds / EVERY_S)):
            self._strike(self._chance.uniform(0.2, LONGEST_S))
            for _ in range(round(EVERY_S)):
                self.session.play(1.0)
                now_ns = self.session.clock.now_ns()
                for due in [due for due in self._undo if due[0] <= now_ns]:
                    self._undo.remove(due)
                    due[1]()
        self.session.check_counts()

    def _strike(self, seconds: float) -> None:
        """Something fails for a while."""
        self.faults += 1
        strikes = (self._fail, self._rehearse, self._cut, self._stand_still)
        self._chance.choices(strikes, (6, 6, 2, 1))[0](seconds)

    def _fail(self, seconds: float) -> None:
        device = self.session.devices[self._chance.choice(ROLES)]
        device.turn(self._chance.choice(MODES[1:]))
        self._then(seconds, lambda: device.turn("fine"))
        self.session.devices["text"].late_ns = self._chance.choice((0, 1, 8, 40)) * NS

    def _rehearse(self, seconds: float) -> None:
        session, name = self.session, self._chance.choice(list(KINDS))
        now_s = (session.clock.now_ns() - session.board.epoch_ns) / NS
        usual = KINDS[name].roles
        value = self._chance.choice(VALUES.get(name, tuple(usual.values())))
        where: Where = self._chance.choice(("*", *usual))
        session.board.add(Fault(where, name, value, now_s, seconds))

    def _cut(self, seconds: float) -> None:
        role = self._chance.choice(ROLES)
        self.session.cut(role)
        self._then(seconds, lambda: self.session.restore(role))

    def _stand_still(self, seconds: float) -> None:
        session = self.session
        session.core_rests_to_ns = session.clock.now_ns() + round(seconds * NS)
        session.workers_rest_to_ns = self._chance.choice((0, session.core_rests_to_ns))

    def _then(self, seconds: float, do: Callable[[], None]) -> None:
        self._undo.append((self.session.clock.now_ns() + round(seconds * NS), do))


def main() -> None:
    """Play, and print what it took."""
    hours = float(sys.argv[1]) if len(sys.argv) > 1 else 24.0
    began_s, used_s, day = time.perf_counter(), time.process_time(), Day()
    for _ in range(round(hours * 60)):
        day.play(60.0)
    day.session.end()
    took_s, used_s = time.perf_counter() - began_s, time.process_time() - used_s
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    done = f"{hours:g} h, {day.faults} faults, {day.session.laws.windows} windows"
    print(f"{done} in {took_s:.0f} s ({used_s:.0f} s of CPU), {peak_mb:.0f} MB at most")
    for role, watched in day.session.watched.items():
        view = day.session.keepers[role].view(day.session.clock.now_ns())
        print(f"{role}: {watched.outages} outages, {view.reconnects} reconnections, {view.drops} late items")
    for modality, counts in day.session.buffer.counts.items():
        print(f"{modality}: {counts}")


if __name__ == "__main__":
    main()
