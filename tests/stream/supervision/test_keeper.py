"""One source kept going, without threads: a scripted device, driven step by step on a fake clock."""

from collections.abc import Sequence
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.errors import MediaError, RehearsedError, SourceError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import NS, FakeClock
from fsrf_live.stream.flow.items import Change, Item, Reason, Samples, State
from fsrf_live.stream.sources.source import EndOfSource, Health, SourceKind, SourceSpec
from fsrf_live.stream.supervision.keeper import OPEN_HANGS_AFTER_S, Came, Keeper, Run
from fsrf_live.stream.supervision.supervisor import LONGEST_RETRY_S, retry_after_s

LONG_NS = round((OPEN_HANGS_AFTER_S + 1) * NS)
GONE = SourceError("gone")


def sound(time_ns: int = 0) -> Samples:
    return Samples(time_ns, np.ones(320, np.float32))


class Device:
    """Gives in turn what it is scripted to: None opens it or has nothing new, an error is raised."""

    modality: Modality = "audio"

    def __init__(self, script: Sequence[Came] = ()) -> None:
        self.name = "a microphone"
        self.health = Health()
        self.opened = self.closed = 0
        self._script = list(script)

    def open(self) -> None:
        self.opened += 1
        self.name = "the microphone that was found"
        self._next()

    def read(self) -> Item | None:
        return self._next()

    def close(self) -> None:
        self.closed += 1

    def _next(self) -> Item | None:
        came = self._script.pop(0) if self._script else None
        if isinstance(came, Exception):
            raise came
        return came


class Rig:
    """A keeper, and what a driver does with it; each run has a device of its own, with the next script."""

    def __init__(self, *scripts: Sequence[Came], kind: SourceKind = "device") -> None:
        self.clock = FakeClock()
        self.items: list[Item] = []
        self.changes: list[Change] = []
        self.devices: list[Device] = []
        self._scripts = list(scripts)
        spec = SourceSpec(kind, Device.modality, "a microphone", self._make)
        self.keeper = Keeper(spec, 0, self.items.append, self.changes.append)

    @property
    def now_ns(self) -> int:
        return self.clock.now_ns()

    @property
    def states(self) -> list[State]:
        return [change.state for change in self.changes]

    def step(self, run: Run) -> float | None:
        """Once round; gives how long the driver waits before the next."""
        self.keeper.prepare(run, self.now_ns)
        wait_s = self.keeper.take(run, run.act(), self.now_ns)
        if wait_s is not None:
            run.release()
        return wait_s

    def goes_live(self) -> Run:
        """Begin a run and drive it until its first item, which its script must have second."""
        run = self.keeper.begin()
        self.step(run)
        self.step(run)
        assert self.states[-1] is State.LIVE
        return run

    def _make(self) -> Device:
        self.devices.append(Device(self._scripts.pop(0) if self._scripts else ()))
        return self.devices[-1]


# A run that goes well.


def test_a_run_opens_its_source_then_hands_on_what_it_reads() -> None:
    first = sound()
    rig = Rig([None, first, None])
    run = rig.keeper.begin()
    assert rig.step(run) is None
    assert (run.is_open, rig.changes) == (True, []), "it is live with its first item, and not before"
    assert rig.step(run) is None
    assert rig.step(run) is None
    assert rig.items == [first]
    assert rig.states == [State.LIVE]


def test_a_source_may_know_a_better_name_once_it_is_open() -> None:
    rig = Rig([GONE, None])
    run = rig.keeper.begin()
    rig.step(run)
    assert rig.keeper.view(0).name == "a microphone"
    rig.step(run)
    assert rig.keeper.view(0).name == "the microphone that was found"


@pytest.mark.parametrize(("end", "reason"), [(EndOfSource(), None), (MediaError("damaged"), "damaged")])
def test_a_file_that_is_over_or_damaged_ends_its_run_for_good(end: Exception, reason: str | None) -> None:
    rig = Rig([None, sound(), end], kind="file")
    run = rig.goes_live()
    assert rig.step(run) is None
    assert run.over.is_set()
    assert (rig.states[-1], rig.changes[-1].reason) == (State.ENDED, reason)
    assert rig.keeper.look(LONG_NS) is None
    assert not rig.keeper.restore(LONG_NS)


def test_what_a_file_repeats_is_its_own_unless_a_fault_is_rehearsed_in_it() -> None:
    silence = Samples(0, np.zeros(320, np.float32))
    rig = Rig([None, sound(), silence, silence], kind="file")
    run = rig.goes_live()
    rig.clock.advance(3.0)
    rig.step(run)
    assert rig.states == [State.LIVE]
    rig.devices[0].health = Health(faulty=True)
    rig.clock.advance(3.0)
    rig.step(run)
    assert (rig.states[-1], rig.changes[-1].cause) == (State.STALLED, Reason.SILENT)


# Failures.


def test_a_source_that_fails_is_released_and_opened_again_in_the_same_run() -> None:
    rig = Rig([None, sound(), GONE, None, sound()])
    run = rig.goes_live()
    assert rig.step(run) == retry_after_s(0)
    assert (rig.devices[0].closed, run.is_open) == (1, False)
    rig.step(run)
    rig.step(run)
    assert rig.states == [State.LIVE, State.LOST, State.RECONNECTING, State.LIVE]
    assert (rig.keeper.view(0).reconnects, len(rig.devices)) == (1, 1)


def test_each_attempt_in_vain_makes_the_next_wait_longer_until_one_succeeds() -> None:
    rig = Rig([GONE] * 5 + [None, GONE])
    run = rig.keeper.begin()
    waits = [rig.step(run) for _ in range(5)]
    assert waits == [retry_after_s(attempt) for attempt in range(5)]
    assert waits[-1] == LONGEST_RETRY_S
    rig.step(run)
    assert rig.step(run) == retry_after_s(0)


def test_a_mistake_of_ours_in_a_source_is_a_failure_of_the_device_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rig = Rig([None, sound(), ZeroDivisionError("by zero")])
    assert rig.step(rig.goes_live()) == retry_after_s(0)
    assert (rig.states[-1], rig.changes[-1].reason) == (State.LOST, "ZeroDivisionError: by zero")
    assert "mic: unexpected" in caplog.text


@pytest.mark.parametrize(("error", "rehearsed"), [(RehearsedError("asked for"), True), (GONE, False)])
def test_a_failure_that_the_user_asked_for_is_known_as_one_until_it_is_over(
    error: SourceError, rehearsed: bool
) -> None:
    rig = Rig([error, None, sound()])
    run = rig.keeper.begin()
    rig.step(run)
    rig.step(run)
    assert rig.states == [State.LOST, State.RECONNECTING]
    assert {change.rehearsed for change in rig.changes} == {rig.keeper.view(0).rehearsed} == {rehearsed}
    rig.step(run)
    assert (rig.changes[-1].state, rig.changes[-1].rehearsed) == (State.LIVE, False)
    assert not rig.keeper.view(0).rehearsed


def test_a_device_that_fails_while_its_unplug_is_rehearsed_has_failed() -> None:
    rig = Rig([RehearsedError("asked for"), GONE])
    run = rig.keeper.begin()
    rig.step(run)
    rig.step(run)
    assert not rig.keeper.view(0).rehearsed


# Runs that are left behind.


def test_a_run_that_waits_for_its_driver_is_not_opening_its_source() -> None:
    rig = Rig()
    run = rig.keeper.begin()
    assert rig.keeper.look(LONG_NS) is None
    assert not rig.changes
    rig.keeper.prepare(run, LONG_NS)
    assert rig.keeper.look(LONG_NS + NS) is None
    assert rig.keeper.look(2 * LONG_NS) is rig.keeper.run
    assert rig.keeper.run is not run
    assert run.over.is_set()
    assert rig.states == [State.LOST]
    assert "took more than" in (rig.changes[0].reason or "")


def test_a_source_that_is_open_may_stay_so_for_longer_than_an_opening_may_take() -> None:
    rig = Rig([None, sound(), sound()])
    run = rig.goes_live()
    rig.clock.advance(LONG_NS / NS)
    rig.step(run)
    assert rig.keeper.look(rig.now_ns) is None
    assert rig.states == [State.LIVE]


def test_an_opening_that_hangs_and_returns_late_opens_nothing_but_is_released() -> None:
    rig = Rig()
    old = rig.keeper.begin()
    rig.keeper.prepare(old, 0)
    assert rig.keeper.look(LONG_NS) is rig.keeper.run
    rig.keeper.take(old, old.act(), LONG_NS)
    old.release()
    assert (rig.devices[0].opened, rig.devices[0].closed) == (1, 1)
    assert not old.is_open
    assert rig.keeper.view(LONG_NS).drops == 0


@pytest.mark.parametrize("kind", get_args(SourceKind))
def test_an_opening_that_takes_long_and_succeeds_is_waited_for_if_another_would_be_no_help(
    kind: SourceKind,
) -> None:
    rig = Rig([None, sound()], kind=kind)
    run = rig.keeper.begin()
    rig.keeper.prepare(run, 0)
    came = run.act()  # the watcher looks while it takes its time
    looks = [rig.keeper.look(after * LONG_NS) for after in range(1, 6)]
    finite = kind in ("file", "pipe")
    assert (looks[0] is None) is (rig.keeper.run is run) is finite
    assert (rig.states == []) is finite, "nothing is told of it but that it is starting"
    if finite:
        rig.keeper.take(run, came, 5 * LONG_NS)
        rig.step(run)
        assert looks == [None] * 5
        assert (rig.states, len(rig.devices)) == ([State.LIVE], 1)


def test_a_run_whose_source_gives_nothing_is_left_behind_and_its_late_item_dropped_and_counted() -> None:
    rig = Rig([None, sound(), sound()])
    old = rig.goes_live()
    new = rig.keeper.look(LONG_NS)
    assert new is rig.keeper.run is not old
    assert old.over.is_set()
    rig.keeper.take(old, old.act(), LONG_NS)
    assert len(rig.items) == 1
    assert rig.keeper.view(LONG_NS).drops == 1
    rig.keeper.take(old, GONE, LONG_NS)
    rig.keeper.take(old, None, LONG_NS)
    assert rig.keeper.view(LONG_NS).drops == 1, "no item, no loss"
    assert rig.states == [State.LIVE, State.LOST]


def test_a_run_stays_while_none_may_be_left_behind() -> None:
    rig = Rig([None, sound()])
    run = rig.goes_live()
    assert rig.keeper.look(LONG_NS, may_leave=False) is None
    assert rig.states[-1] is State.LOST, "it is judged all the same"
    assert not run.over.is_set()
    assert rig.keeper.look(LONG_NS) is rig.keeper.run


# The user.


def test_a_source_that_is_cut_is_let_go_and_what_it_still_brings_is_no_loss() -> None:
    rig = Rig([None, sound(), sound()])
    run = rig.goes_live()
    rig.keeper.cut(NS)
    assert run.over.is_set()
    assert (rig.states[-1], rig.keeper.view(NS).state) == (State.DISABLED, State.DISABLED)
    rig.step(run)
    run.release()
    assert rig.devices[0].closed == 1
    assert (len(rig.items), rig.keeper.view(NS).drops) == (1, 0)
    assert rig.keeper.look(LONG_NS) is None


def test_what_was_cut_and_restored_begins_a_run_with_a_source_of_its_own() -> None:
    rig = Rig([None, sound()])
    run = rig.goes_live()
    assert not rig.keeper.restore(NS)
    assert rig.keeper.run is run
    rig.keeper.cut(NS)
    assert (rig.keeper.is_cut, run.over.is_set()) == (True, True)
    assert rig.keeper.restore(2 * NS)
    again = rig.keeper.begin()
    rig.step(again)
    assert again is rig.keeper.run is not run
    assert len(rig.devices) == 2
    assert rig.states == [State.LIVE, State.DISABLED, State.STARTING]


def test_a_source_shares_the_failures_of_the_one_that_its_items_are_made_of() -> None:
    rig = Rig([None, sound()])
    rig.goes_live()
    rig.keeper.follow(Change(NS, "camera", State.LOST, "gone", Reason.LOST))
    assert (rig.states[-1], rig.changes[-1].reason) == (State.LOST, "camera: gone")
    rig.keeper.follow(Change(2 * NS, "camera", State.LIVE, None, None))
    assert rig.states[-1] is State.LIVE


def test_drops_below_us_are_counted_over_all_runs() -> None:
    rig = Rig()
    for drops in (2, 3):
        rig.step(rig.keeper.begin())
        rig.devices[-1].health = Health(drops=drops, drift_ppm=7.0)
    assert (rig.keeper.view(0).drops, rig.keeper.view(0).drift_ppm) == (5, 7.0)
    rig.keeper.end()
    assert (rig.keeper.view(0).drops, rig.keeper.view(0).drift_ppm) == (5, None)


# Whatever happens.

OUTCOMES: dict[str, Came] = {"nothing": None, "sound": sound(), "gone": GONE, "end": EndOfSource()}


@given(
    st.lists(st.lists(st.sampled_from(sorted(OUTCOMES)), max_size=12), min_size=1, max_size=4),
    st.lists(st.sampled_from([0.0, 0.1, OPEN_HANGS_AFTER_S + 1]), max_size=30),
)
def test_whatever_is_opened_is_closed_once_and_each_item_is_handed_on_or_counted(
    scripts: list[list[str]], passes_s: list[float]
) -> None:
    rig = Rig(*([OUTCOMES[each] for each in script] for script in scripts))
    driven, read = rig.keeper.begin(), 0
    for pass_s in passes_s:
        if driven.over.is_set():
            break
        rig.keeper.prepare(driven, rig.now_ns)
        was_open = driven.is_open
        came = driven.act()
        read += was_open and isinstance(came, Samples)
        # While the act takes its time the watcher looks, and may leave the run behind.
        rig.clock.advance(pass_s)
        begun = rig.keeper.look(rig.now_ns)
        wait_s = rig.keeper.take(driven, came, rig.now_ns)
        if wait_s is not None or driven.over.is_set():
            driven.release()
        driven = begun or driven
    rig.keeper.end()
    driven.release()
    assert all(device.opened == device.closed for device in rig.devices)
    assert len(rig.items) + rig.keeper.view(rig.now_ns).drops == read
