"""A live session by hand on a fake clock: failing devices, rehearsed faults, captures, workers, sync buffer.

Everything is the product's own but for devices, threads and extractors: what a thread does, `play` does, in a
fixed order. The same calls give the same windows.
"""

from collections import Counter

from fsrf_live.stream.faults.injection import FaultySource
from fsrf_live.stream.faults.spec import FaultBoard
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import MODALITY_OF, ROLES, Change, Frame, Item, Role, Samples
from fsrf_live.stream.flow.queues import (
    INBOX_CAPACITY,
    BoundedQueue,
    Inbox,
    InboxItem,
    is_decisive,
    never_drop,
    newest_only,
)
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.live.intake import MOST_BLOCKS
from fsrf_live.stream.sources.source import SourceSpec
from fsrf_live.stream.supervision.capture import MOST_LEFT_BEHIND
from fsrf_live.stream.supervision.keeper import Came, Keeper, Run
from fsrf_live.stream.windows.buffer import SyncBuffer, feed
from tests.doubles.decided import Decider
from tests.doubles.failing import BLOCK_NS, Device, HandClock
from tests.doubles.fakes import FakeFaces, FakeVoices
from tests.doubles.laws import CaptureLaws, Laws

TURN_NS: dict[Role, int] = {"camera": 3 * BLOCK_NS, "mic": BLOCK_NS, "text": 3 * BLOCK_NS}
"""How often a source's threads get to do something: as long as they may block when nothing comes."""


class Driver:
    """What a thread does with one run (`stream.supervision.capture`), a step at a time."""

    def __init__(self, keeper: Keeper, run: Run, device: Device) -> None:
        self.run = run
        self._keeper = keeper
        self._device = device
        self._acting: list[Came] = []
        self._rests_to_ns = 0

    def step(self, now_ns: int) -> bool:
        """Do as much as can be done now; False once the run is over and its device released."""
        run, keeper = self.run, self._keeper
        while now_ns >= self._rests_to_ns and (self._acting or not run.over.is_set()):
            if not self._acting:
                keeper.prepare(run, now_ns)
                self._acting.append(run.act())
            if self._device.mode == "hung":
                return True
            was_open, came = run.is_open, self._acting.pop()
            wait_s = keeper.take(run, came, now_ns)
            if wait_s is not None:
                run.release()
                self._rests_to_ns = now_ns + round(wait_s * NS)
            elif came is None and was_open:
                return True
        if not run.over.is_set():
            return True
        run.release()
        return False


class Stepped:
    """See the module. `play` goes on; between its calls, do to `devices`, `board` and `cut` what you like."""

    def __init__(self, start_ns: int = 100 * NS, roles: tuple[Role, ...] = ROLES) -> None:
        self.clock = HandClock(start_ns)
        self.board = FaultBoard(epoch_ns=start_ns)
        self.inbox = Inbox()
        self.buffer = SyncBuffer(WindowSettings(), frozenset(MODALITY_OF[role] for role in roles))
        self.laws = Laws()
        self.devices = {role: Device(role, self.clock) for role in roles}
        self.watched = {role: CaptureLaws(role, start_ns) for role in roles}
        self.keepers = {role: self._keep(device) for role, device in self.devices.items()}
        self.workers_rest_to_ns = self.core_rests_to_ns = 0
        self._drivers: dict[Role, list[Driver]] = {role: [] for role in roles}
        self._frames: BoundedQueue[Frame] = BoundedQueue(newest_only())
        self._sound: BoundedQueue[Samples | Change] = BoundedQueue(never_drop(is_decisive, MOST_BLOCKS))
        self._decider = Decider(WindowSettings())
        self._faces, self._voices = FakeFaces(), FakeVoices()
        self._count: Counter[str] = Counter()
        for role in roles:
            self._spawn(role, self.keepers[role].begin())

    def play(self, seconds: float) -> None:
        """Go on for so long."""
        for _ in range(round(seconds * NS / BLOCK_NS)):
            self.clock.advance(BLOCK_NS)
            now_ns = self.clock.now_ns()
            for role in self.devices:
                if now_ns % TURN_NS[role] == 0:
                    self._capture(role, now_ns)
            if now_ns >= self.workers_rest_to_ns:
                self._work()
            if now_ns >= self.core_rests_to_ns:
                self._turn(now_ns)

    def cut(self, role: Role) -> None:
        """Cut a source, as the user may."""
        self.keepers[role].cut(self.clock.now_ns())

    def restore(self, role: Role) -> None:
        """Restore it."""
        now_ns = self.clock.now_ns()
        if self.keepers[role].restore(now_ns):
            self.watched[role].disturbed(now_ns)
            self._spawn(role, self.keepers[role].begin())

    def end(self) -> None:
        """Stop everything; nothing may be left."""
        for device in self.devices.values():
            device.turn("fine")
        for keeper in self.keepers.values():
            keeper.end()
        self.play(1.0)
        for window in self.buffer.finish(self.clock.now_ns()):
            self.laws.check(window, self.clock.now_ns())
        assert all(device.held == 0 for device in self.devices.values()), "every device is released"
        self.check_counts()

    def check_counts(self) -> None:
        """Counters add up, queues are bounded."""
        self.laws.check_counts(self.buffer)
        sizes = {
            "frames": (len(self._frames), self._frames.drops, 1),
            "sound": (len(self._sound), self._sound.drops, MOST_BLOCKS),
            "inbox": (len(self.inbox), self.inbox.drops, INBOX_CAPACITY),
        }
        for name, (held, drops, most) in sizes.items():
            assert held <= most
            assert self._count[f"{name} put"] == self._count[f"{name} taken"] + drops + held, name

    def _keep(self, device: Device) -> Keeper:
        def make() -> FaultySource:
            return FaultySource(device.opened(), device.role, self.board, self.clock)

        def deliver(item: Item) -> None:
            self.watched[device.role].delivered(item, self.keepers[device.role].supervisor.state)
            self._deliver(item)

        spec = SourceSpec("device", MODALITY_OF[device.role], device.opened().name, make)
        return Keeper(spec, self.clock.now_ns(), deliver, self._notify)

    def _spawn(self, role: Role, run: Run) -> None:
        self._drivers[role].append(Driver(self.keepers[role], run, self.devices[role]))

    def _capture(self, role: Role, now_ns: int) -> None:
        """What the watcher and the threads of one source do."""
        keeper, drivers = self.keepers[role], self._drivers[role]
        run = keeper.look(now_ns, may_leave=len(drivers) <= MOST_LEFT_BEHIND)
        if run is not None:
            self._spawn(role, run)
        self._drivers[role] = []
        for driver in drivers:
            waits = len(self._drivers[role]) > MOST_LEFT_BEHIND
            if not driver.run.over.is_set() if waits else driver.step(now_ns):
                self._drivers[role].append(driver)
        faults = self.board.active(role, now_ns)
        self.watched[role].check(now_ns, keeper.supervisor.state, self.devices[role], faults)

    def _deliver(self, item: Item) -> None:
        if isinstance(item, Frame):
            self._count["frames put"] += 1
            self._frames.put(item)
        elif isinstance(item, Samples):
            self._hear(item)
        else:
            self._hand_on(item)

    def _notify(self, change: Change) -> None:
        self.watched[change.source].changed(change)
        if change.source == "mic":
            self._hear(change)
        else:
            self._hand_on(change)

    def _hear(self, item: Samples | Change) -> None:
        self._count["sound put"] += 1
        self._sound.put(item)

    def _hand_on(self, *items: InboxItem) -> None:
        for item in items:
            self._count["inbox put"] += 1
            self.inbox.put(item)

    def _work(self) -> None:
        frame = self._frames.take()
        if frame is not None:
            self._count["frames taken"] += 1
            if self._faces.wants(frame.time_ns):
                self._hand_on(*self._faces.extract(frame))
        while (heard := self._sound.take()) is not None:
            self._count["sound taken"] += 1
            for item in [heard] if isinstance(heard, Change) else self._voices.push(heard):
                self._hand_on(*self._decider.push(item))

    def _turn(self, now_ns: int) -> None:
        for op in self.inbox.take_all(0.0):
            self._count["inbox taken"] += 1
            feed(self.buffer, op)
        for window in self.buffer.advance(now_ns):
            self.laws.check(window, now_ns)
