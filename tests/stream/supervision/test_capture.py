import threading
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from fsrf_live.fsrf.common.errors import MediaError, SourceError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import NS, FakeClock, MonotonicClock
from fsrf_live.stream.flow.items import Change, Item, Samples, State
from fsrf_live.stream.flow.settings import StallSettings
from fsrf_live.stream.sources.fake import FakeMicrophone
from fsrf_live.stream.sources.source import EndOfSource, Health, SourceSpec
from fsrf_live.stream.supervision.capture import MOST_LEFT_BEHIND, Capture
from tests.doubles.sources import spec_of
from tests.doubles.waiting import until

quick = pytest.mark.parametrize(
    "rig", [StallSettings(camera_s=0.1, mic_s=0.1, lost_after_s=0.3)], indirect=True, ids=["quick"]
)
"""For what stalls only: a machine that is slow would make anything else stall too."""


class Puppet:
    """A source that does what it is told: give, hang, fail, end."""

    modality: Modality = "audio"

    def __init__(self) -> None:
        self.name = "puppet"
        self.health = Health()
        self.act: Callable[[], Item | None] = self.give
        self.refuse = False
        self.opened = self.closed = 0
        self.release = threading.Event()
        self.hung = threading.Event()
        self.pause = threading.Event()
        self.threads: set[str] = set()
        self.count = 0

    def open(self) -> None:
        if self.refuse:
            raise SourceError("puppet is not there")
        self.opened += 1
        self.threads.add(threading.current_thread().name)

    def read(self) -> Item | None:
        self.threads.add(threading.current_thread().name)
        return self.act()

    def close(self) -> None:
        self.closed += 1
        self.threads.add(threading.current_thread().name)

    def give(self) -> Item | None:
        self.pause.wait(0.005)
        self.count += 1
        return Samples(self.count, np.full(4, 0.1, np.float32))

    def nothing(self) -> Item | None:
        self.pause.wait(0.01)
        return None

    def hang(self) -> Item | None:
        self.hung.set()
        self.release.wait(10)
        return Samples(-1, np.ones(4, np.float32))

    def end(self) -> Item | None:
        raise EndOfSource

    def fail(self) -> Item | None:
        raise SourceError("puppet broke")

    def spoil(self) -> Item | None:
        raise MediaError("puppet.mp4 is damaged")

    def blunder(self) -> Item | None:
        raise ZeroDivisionError("a mistake")


class Rig:
    """A capture of puppets; each opening by the factory gives a new one."""

    def __init__(self, stall: StallSettings | None = None, *, started: bool = True) -> None:
        self.broken = False
        self.puppets: list[Puppet] = []
        self.items: list[Item] = []
        self.changes: list[Change] = []
        self.capture = Capture(
            SourceSpec("device", "audio", "puppet", self._make),
            MonotonicClock(),
            self.items.append,
            self.changes.append,
            stall,
        )
        if started:
            self.capture.start()

    def _make(self) -> Puppet:
        if self.broken:
            raise ImportError("no puppets")
        self.puppets.append(Puppet())
        return self.puppets[-1]

    def has_made(self, puppets: int) -> bool:
        return len(self.puppets) == puppets

    @property
    def state(self) -> State:
        return self.capture.view(0).state

    def reaches(self, state: State) -> bool:
        return until(lambda: self.state is state)


@pytest.fixture(params=[None])
def rig(request: pytest.FixtureRequest) -> object:
    rig = Rig(request.param)
    assert rig.reaches(State.LIVE)
    yield rig
    for puppet in rig.puppets:
        puppet.release.set()
    assert rig.capture.stop()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("mic")]


def test_one_thread_opens_reads_and_closes(rig: Rig) -> None:
    assert until(lambda: len(rig.items) > 3)
    rig.capture.stop()
    assert rig.puppets[0].threads == {"mic"}
    assert rig.puppets[0].closed == 1


def test_a_failure_is_a_loss_and_it_comes_back_by_itself(rig: Rig) -> None:
    puppet = rig.puppets[0]
    puppet.refuse = True
    puppet.act = puppet.fail
    assert rig.reaches(State.RECONNECTING)
    assert rig.changes[1].reason == "puppet broke"
    assert until(lambda: rig.capture.view(0).reason == "puppet is not there")
    puppet.refuse, puppet.act = False, puppet.give
    assert rig.reaches(State.LIVE)
    assert rig.capture.view(0).reconnects == 1
    assert len(rig.puppets) == 1


@quick
def test_a_hung_read_is_left_behind_and_its_late_item_dropped(rig: Rig) -> None:
    old = rig.puppets[0]
    old.act = old.hang
    assert old.hung.wait(5)
    assert until(lambda: len(rig.puppets) == 2)
    assert rig.reaches(State.LIVE)
    states = [change.state for change in rig.changes if change.state is not State.LIVE]
    assert states[-3:] == [State.STALLED, State.LOST, State.RECONNECTING]
    old.release.set()
    assert until(lambda: old.closed == 1)
    assert rig.capture.view(0).drops == 1
    assert all(isinstance(item, Samples) and item.time_ns > 0 for item in rig.items)


@quick
def test_a_source_that_gives_nothing_is_closed_and_opened_again(rig: Rig) -> None:
    rig.puppets[0].act = rig.puppets[0].nothing
    assert until(lambda: len(rig.puppets) > 1)
    assert until(lambda: rig.puppets[0].closed == 1)
    assert rig.reaches(State.LIVE)


def test_cut_closes_it_and_restore_opens_it_again(rig: Rig) -> None:
    rig.capture.cut()
    assert rig.reaches(State.DISABLED)
    assert until(lambda: rig.puppets[0].closed == 1)
    count = len(rig.items)
    assert not until(lambda: len(rig.items) > count, 0.05)
    rig.capture.restore()
    assert rig.reaches(State.LIVE)
    rig.capture.restore()
    assert rig.state is State.LIVE


def test_a_source_that_was_cut_before_the_start_is_not_opened_until_it_is_restored() -> None:
    rig = Rig(started=False)
    rig.capture.cut()
    rig.capture.start()
    assert (rig.state, rig.puppets) == (State.DISABLED, [])
    rig.capture.restore()
    assert rig.reaches(State.LIVE)
    assert rig.capture.stop()


def test_what_is_restored_before_the_start_waits_for_it() -> None:
    rig = Rig(started=False)
    rig.capture.cut()
    rig.capture.restore()
    assert rig.puppets == []
    rig.capture.start()
    assert rig.reaches(State.LIVE)
    assert len(rig.puppets) == 1
    assert rig.capture.stop()


def test_what_is_restored_after_the_end_stays_closed(rig: Rig) -> None:
    rig.capture.cut()
    assert rig.capture.stop()
    rig.capture.restore()
    assert [puppet.opened - puppet.closed for puppet in rig.puppets] == [0]
    assert not [thread for thread in threading.enumerate() if thread.name == "mic"]


def test_a_source_that_cannot_be_closed_is_opened_again(rig: Rig) -> None:
    def stuck() -> None:
        raise OSError("stuck")

    puppet = rig.puppets[0]
    puppet.close = stuck  # type: ignore[method-assign]
    puppet.act = puppet.fail
    assert rig.reaches(State.RECONNECTING)
    puppet.act = puppet.give
    assert rig.reaches(State.LIVE)


def test_a_source_that_cannot_be_made_again_is_a_loss_until_it_can(rig: Rig) -> None:
    rig.broken = True
    rig.capture.cut()
    rig.capture.restore()
    assert until(lambda: rig.capture.view(0).reason == "ImportError: no puppets")
    rig.broken = False
    assert rig.reaches(State.LIVE)


def test_cutting_does_not_wait_for_a_hung_read(rig: Rig) -> None:
    puppet = rig.puppets[0]
    puppet.act = puppet.hang
    assert puppet.hung.wait(5)
    rig.capture.cut()
    assert rig.state is State.DISABLED
    assert not rig.capture.stop(0.01)


@pytest.mark.parametrize(("how", "reason"), [("end", None), ("spoil", "puppet.mp4 is damaged")])
def test_a_file_that_is_over_stays_so(rig: Rig, how: str, reason: str | None) -> None:
    puppet = rig.puppets[0]
    puppet.act = getattr(puppet, how)
    assert rig.reaches(State.ENDED)
    assert rig.changes[-1].reason == reason
    assert until(lambda: puppet.closed == 1)
    rig.capture.cut()
    assert rig.state is State.ENDED


def test_a_mistake_of_ours_is_a_reason_and_no_crash(rig: Rig) -> None:
    puppet = rig.puppets[0]
    puppet.act = puppet.blunder
    assert until(lambda: State.LOST in [change.state for change in rig.changes])
    assert rig.changes[1].reason == "ZeroDivisionError: a mistake"
    puppet.act = puppet.give
    assert rig.reaches(State.LIVE)


def test_drops_below_us_are_counted_over_all_openings(rig: Rig) -> None:
    rig.puppets[0].health = Health(drops=3, drift_ppm=12.0)
    assert rig.capture.view(0).drift_ppm == 12.0
    rig.capture.cut()
    rig.capture.restore()
    assert rig.reaches(State.LIVE)
    rig.puppets[1].health = Health(drops=2)
    assert rig.capture.view(0).drops == 5


def test_threads_and_sources_do_not_add_up(rig: Rig) -> None:
    for _ in range(100):
        rig.capture.cut()
        rig.capture.restore()
    assert rig.reaches(State.LIVE)
    assert until(lambda: sum(thread.name == "mic" for thread in threading.enumerate()) == 1)
    assert all(puppet.closed == puppet.opened for puppet in rig.puppets[:-1])


def test_a_hung_device_that_is_cut_again_and_again_leaves_few_threads(rig: Rig) -> None:
    for count in range(3 * MOST_LEFT_BEHIND):
        assert until(partial(rig.has_made, min(count, MOST_LEFT_BEHIND) + 1))
        puppet = rig.puppets[-1]
        puppet.act = puppet.hang
        assert count > MOST_LEFT_BEHIND or puppet.hung.wait(5)
        rig.capture.cut()
        rig.capture.restore()
    threads = [thread for thread in threading.enumerate() if thread.name == "mic"]
    assert len(threads) == MOST_LEFT_BEHIND + 1
    for puppet in rig.puppets:
        puppet.act = puppet.give
        puppet.release.set()
    assert rig.reaches(State.LIVE)
    assert until(lambda: sum(thread.name == "mic" for thread in threading.enumerate()) == 1)
    assert all(puppet.closed == puppet.opened for puppet in rig.puppets[:-1])


def test_a_source_on_a_fake_clock_is_judged_by_that_clock() -> None:
    clock = FakeClock()
    items: list[Item] = []
    capture = Capture(spec_of(lambda: FakeMicrophone(clock)), clock, items.append, lambda change: None)
    capture.start()
    assert until(lambda: clock.now_ns() > 3600 * NS // 60)
    assert capture.stop()
    times = [item.time_ns for item in items if isinstance(item, Samples)]
    assert times == sorted(times)
    assert capture.view(clock.now_ns()).state is State.LIVE
