"""A session's core fed by hand on a fake clock: no thread, no device, no waiting."""

from collections.abc import Callable
from pathlib import Path

from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.stream.flow.clock import NS, FakeClock
from fsrf_live.stream.flow.items import HOP_NS, ROLES, Change, Marked, Reason, State, Words
from fsrf_live.stream.flow.queues import Inbox, InboxItem, Op
from fsrf_live.stream.flow.records import Record, Summary
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.flow.sinks import MemorySink
from fsrf_live.stream.live.core import Core
from fsrf_live.stream.live.journal import Journal
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.recording.recording import Recorder
from tests.doubles.decided import Decider
from tests.doubles.fakes import FakeEngine, FakeTextEncoder, face, voice

STEP_S = 0.02
EPOCH_NS = 1000 * NS
WALL_AT_EPOCH = "1970-01-01T00:16:40.000Z"
AWKWARD = '<b>stimulus</b> & "2" née 汉字 👩‍🚀'


class Quick(Inbox):
    """An inbox that never waits."""

    def take_all(self, timeout_s: float) -> list[InboxItem]:
        return super().take_all(0.0)


def at_once(recorder: Recorder) -> Journal:
    """What writes in the thread that records."""
    return recorder


class Session:
    """Somebody smiles and speaks for two seconds of every five; the camera fails in the middle.

    `writes` makes the journal of what records into the folder.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        loaded: bool = True,
        recognises: bool = False,
        writes: Callable[[Recorder], Journal] = at_once,
    ) -> None:
        self.clock = FakeClock(EPOCH_NS)
        self.inbox = Quick()
        self.memory = MemorySink()
        self.recorder = Recorder(folder, recognises=recognises) if folder else None
        journal = writes(self.recorder) if self.recorder else None
        windows, sinks = WindowSettings(), [self.memory]
        self.core = Core(self.inbox, frozenset(MODALITIES), windows, self.clock, sinks, journal)
        self.core.epoch_ns = EPOCH_NS
        self._decider = Decider(windows)
        self._recognises = recognises
        self._lost = False
        if loaded:
            self.load()
        for role in ROLES:
            self._put(Change(EPOCH_NS, role, State.LIVE, None, None))

    def load(self) -> None:
        self.core.analyst = Analyst(FakeEngine(), FakeTextEncoder(), self.clock)

    def play(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.clock.advance(STEP_S)
            now_ns = self.clock.now_ns()
            since_s = (now_ns - EPOCH_NS) / NS
            self._camera(now_ns, since_s)
            if now_ns % HOP_NS == 0:
                self._put(voice(now_ns - HOP_NS, 1.0 if since_s % 5 < 2 else 0.0, value=0.3))
            self._speech(now_ns)
            self.core.turn()

    def mark(self, name: str, rating: float | None = None) -> None:
        """Somebody presses a key now; the core takes it with its next turn."""
        self.inbox.put(Marked(self.clock.now_ns(), name, "key", rating))

    def end(self) -> Summary:
        summary = self.core.finish()
        self.core.close()
        return summary

    @property
    def records(self) -> list[Record]:
        return list(self.memory.records)

    def _put(self, item: Op) -> None:
        for decided in self._decider.push(item):
            self.inbox.put(decided)

    def _speech(self, now_ns: int) -> None:
        """What is said is known 3 s later; if it is recognised, first in part and in the pause."""
        since_ns = now_ns % (5 * NS)
        start_ns = now_ns - since_ns
        if self._recognises:
            paused_ns = start_ns + 2 * NS
            provisional = {
                NS: Words(start_ns, start_ns + NS, "a goose", agreed=0),
                2 * NS: Words(start_ns, start_ns + 2 * NS, "a good", agreed=1),
                23 * NS // 10: Words(start_ns, paused_ns, "a good day", spoken_to_ns=paused_ns, agreed=2),
            }
            if since_ns in provisional:
                self.inbox.put(provisional[since_ns])
        if since_ns == 3 * NS:
            self.inbox.put(Words(start_ns, start_ns + 2 * NS, "a good day"))

    def _camera(self, now_ns: int, since_s: float) -> None:
        lost = 6 <= since_s < 8
        if lost and not self._lost:
            self.inbox.put(Change(now_ns, "camera", State.LOST, "unplugged", Reason.LOST))
        elif self._lost and not lost:
            self.inbox.put(Change(now_ns, "camera", State.LIVE, "it is back", None))
        self._lost = lost
        if not lost and now_ns % 100_000_000 == 0:
            self.inbox.put(face(now_ns, 0.5))


def recorded(folder: Path, seconds: float = 12.0, *, recognises: bool = False) -> list[Record]:
    """Record a session; gives what it answered."""
    session = Session(folder, recognises=recognises)
    session.play(seconds)
    session.end()
    return session.records


def record_monday(folder: Path) -> None:
    """Twelve seconds with two markers and two ratings; the camera is lost from 6 to 8 s."""
    session = Session(folder, recognises=True)
    session.play(2.0)
    session.mark("stimulus 1")
    session.play(0.1)
    session.mark(AWKWARD)
    session.play(1.9)
    session.mark("rating", 1.5)
    session.play(4.0)
    session.mark("rating", -0.5)
    session.play(4.0)
    session.end()
