"""A day with a fault every ten seconds, on a fake clock: the laws of the sync buffer must hold all the time.

python -m benchmarks.day_of_faults [HOURS]
"""

import random
import resource
import sys
import time

from engines.contract import MODALITIES, Modality
from stream.clock import NS
from stream.items import Reason, State, Words
from stream.settings import WindowSettings
from stream.sync import SyncBuffer
from stream.utterances import HOP_NS
from tests.stream.fakes import face, no_face, voice
from tests.stream.laws import Laws

STEP_NS = 20_000_000
OUTAGES = (
    (State.STALLED, Reason.STALLED),
    (State.STALLED, Reason.FROZEN),
    (State.STALLED, Reason.SILENT),
    (State.LOST, Reason.LOST),
    (State.DISABLED, Reason.DISABLED),
)


class Day:
    """Devices that fail and come back as chance has it."""

    def __init__(self, seed: int = 0) -> None:
        self.buffer = SyncBuffer(WindowSettings(), frozenset(MODALITIES))
        self.laws = Laws()
        self.faults = 0
        self._chance = random.Random(seed)
        self._live: dict[Modality, bool] = dict.fromkeys(MODALITIES, True)
        self._now_ns = 0
        for m in MODALITIES:
            self.buffer.source_state(m, State.LIVE, None, 0)

    def play(self, seconds: float) -> None:
        """Live on for so long."""
        for step in range(round(seconds * NS / STEP_NS)):
            self._now_ns += STEP_NS
            if step % 250 == 249:
                self._strike()
            self._push()
            for window in self.buffer.advance(self._now_ns):
                self.laws.check(window, self._now_ns)
        self.laws.check_counts(self.buffer)

    def _strike(self) -> None:
        """One device fails, or comes back."""
        m = self._chance.choice(MODALITIES)
        self._live[m] = not self._live[m]
        self.faults += not self._live[m]
        state, reason = (State.LIVE, None) if self._live[m] else self._chance.choice(OUTAGES)
        self.buffer.source_state(m, state, reason, self._now_ns)

    def _push(self) -> None:
        now_ns = self._now_ns
        if self._live["audio"] and now_ns % HOP_NS == 0:
            self.buffer.push_voice(voice(now_ns - HOP_NS, float(now_ns // NS % 7 < 4)))
        if self._live["video"] and now_ns % 100_000_000 == 0:
            self.buffer.push_face(no_face(now_ns) if now_ns // NS % 60 < 10 else face(now_ns))
        if self._live["text"] and now_ns % (5 * NS) == 0:
            late_ns = self._chance.choice((0, 1, 8, 40)) * NS
            self.buffer.push_words(Words(max(0, now_ns - late_ns - NS), max(0, now_ns - late_ns), "well"))


def main() -> None:
    """Play, and print what it took."""
    hours = float(sys.argv[1]) if len(sys.argv) > 1 else 24.0
    began_s, day = time.perf_counter(), Day()
    for _ in range(round(hours * 60)):
        day.play(60.0)
    took_s = time.perf_counter() - began_s
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    done = f"{hours:g} h, {day.faults} faults, {day.laws.windows} windows"
    print(f"{done} in {took_s:.0f} s, {peak_mb:.0f} MB at most")
    for modality, counts in day.buffer.counts.items():
        print(f"{modality}: {counts}")


if __name__ == "__main__":
    main()
