import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import ROLES, Change, Frame, Item, Reason, Role, Samples, State, Words
from fsrf_live.stream.flow.records import Event
from fsrf_live.stream.supervision.supervisor import Supervisor, retry_after_s
from tests.doubles.laws import STEPS

ZEROS = Samples(0, np.zeros(320, np.float32))
SOUND = Samples(0, np.full(320, 0.1, np.float32))


def picture(level: int = 100) -> Frame:
    image = np.full((16, 16, 3), 90, np.uint8)
    image[0, 0] = level
    return Frame(0, image)


class Rig:
    """A supervisor on a hand-turned clock."""

    def __init__(self, role: Role, finite: bool = False) -> None:
        self.now_s = 0.0
        self.supervisor = Supervisor(role, 0, finite=finite)
        self.changes: list[Change] = []
        self.passed = 0
        self._level = 0
        self.changes += self.supervisor.opened(0)

    def feed(self, seconds: float, item: Item | None, every_s: float = 0.05) -> None:
        end_s = self.now_s + seconds
        while self.now_s < end_s - 1e-9:
            self.now_s += every_s
            if item is None:
                self.changes += self.supervisor.tick(self.now_ns)
                continue
            new, changes = self.supervisor.item(self.now_ns, item)
            self.changes += changes
            self.passed += new

    def feed_new(self, seconds: float, every_s: float = 0.05) -> None:
        for _ in range(round(seconds / every_s)):
            self._level = (self._level + 1) % 200
            self.feed(every_s, picture(self._level) if self.supervisor.role == "camera" else SOUND, every_s)

    @property
    def now_ns(self) -> int:
        return round(self.now_s * NS)

    @property
    def states(self) -> list[State]:
        return [change.state for change in self.changes]


@given(st.sampled_from(ROLES), st.lists(st.integers(0, 60 * NS), min_size=1))
def test_a_source_that_is_slow_to_open_is_neither_stalled_nor_lost(role: Role, moments: list[int]) -> None:
    supervisor = Supervisor(role, 0)
    for now_ns in sorted(moments):
        gone = Change(now_ns, "mic", State.LOST, "unplugged", Reason.LOST)
        assert supervisor.retrying(now_ns) == supervisor.tick(now_ns) == []
        assert role != "text" or supervisor.follow(now_ns, gone) == []
    assert supervisor.state is State.STARTING
    supervisor.opened(max(moments))
    assert role == "text" or supervisor.tick(max(moments) + round(2.9 * NS)) == []


@pytest.mark.parametrize(("role", "stall_s"), [("camera", 1.0), ("mic", 0.5)])
def test_silence_of_the_device_is_a_stall_then_a_loss(role: Role, stall_s: float) -> None:
    rig = Rig(role)
    rig.feed_new(1.0)
    rig.feed(3.5, None)
    assert rig.states == [State.LIVE, State.STALLED, State.LOST]
    stalled, lost = rig.changes[1:]
    assert (stalled.time_ns / NS - 1.0) == pytest.approx(stall_s, abs=0.06)
    assert (lost.time_ns / NS - 1.0) == pytest.approx(3.0, abs=0.06)
    assert stalled.cause is Reason.STALLED
    assert lost.cause is Reason.LOST
    assert rig.supervisor.should_reopen(rig.now_ns)
    assert not rig.supervisor.should_reopen(rig.now_ns)


def test_coming_back_is_a_reconnection() -> None:
    rig = Rig("mic")
    rig.feed_new(0.5)
    rig.changes += rig.supervisor.failed(rig.now_ns, "gone")
    rig.changes += rig.supervisor.retrying(rig.now_ns)
    rig.changes += rig.supervisor.failed(rig.now_ns, "still gone")
    rig.changes += rig.supervisor.retrying(rig.now_ns)
    rig.changes += rig.supervisor.opened(rig.now_ns)
    rig.feed_new(0.5)
    assert rig.states == [State.LIVE, State.LOST, State.RECONNECTING, State.LIVE]
    assert rig.supervisor.reconnects == 1
    assert rig.changes[-1].cause is None


def test_a_device_that_opens_and_then_gives_nothing_is_opened_again_and_again() -> None:
    rig = Rig("camera")
    reopened = 0
    for _ in range(100):
        rig.feed(0.1, None, 0.1)
        if rig.supervisor.should_reopen(rig.now_ns):
            reopened += 1
            rig.changes += rig.supervisor.retrying(rig.now_ns)
            rig.changes += rig.supervisor.opened(rig.now_ns)
    assert reopened == 3
    assert rig.states == [State.LOST, State.RECONNECTING]


@pytest.mark.parametrize(
    ("role", "dull", "cause"),
    [
        ("camera", picture(7), Reason.FROZEN),
        ("camera", Frame(0, np.zeros((16, 16, 3), np.uint8)), Reason.BLACK),
        ("mic", ZEROS, Reason.SILENT),
    ],
)
def test_what_is_always_the_same_is_stalled_and_not_lost(role: Role, dull: Item, cause: Reason) -> None:
    rig = Rig(role)
    rig.feed_new(0.5)
    rig.feed(10.0, dull)
    assert rig.states == [State.LIVE, State.STALLED]
    assert rig.changes[-1].cause is cause
    assert rig.changes[-1].reason is not None
    rig.feed_new(0.1)
    assert rig.states[-1] is State.LIVE
    assert rig.supervisor.reconnects == 0


def test_a_source_that_always_gives_the_same_is_probed_ever_more_seldom() -> None:
    rig = Rig("camera")
    rig.feed_new(0.5)
    probes = []
    for _ in range(1000):
        rig.feed(0.1, picture(7), 0.1)
        if rig.supervisor.should_reopen(rig.now_ns):
            probes.append(rig.now_s)
    pauses = np.diff(probes)
    assert len(probes) == 5
    assert np.all(np.diff(pauses) >= -1e-6)
    assert pauses[0] == pytest.approx(6.0, abs=0.2)


def test_black_pictures_are_no_reason_to_open_again() -> None:
    rig = Rig("camera")
    for _ in range(200):
        rig.feed(0.1, Frame(0, np.zeros((16, 16, 3), np.uint8)), 0.1)
        assert not rig.supervisor.should_reopen(rig.now_ns)


def test_silence_is_passed_on_and_an_old_picture_is_not() -> None:
    mic, camera = Rig("mic"), Rig("camera")
    mic.feed(1.0, ZEROS)
    camera.feed(1.0, picture(7))
    assert mic.passed == 20
    assert camera.passed == 1


def test_what_a_file_repeats_is_its_own() -> None:
    rig = Rig("camera", finite=True)
    rig.feed(5.0, picture(7))
    assert rig.states == [State.LIVE]
    assert rig.passed == 100
    rig.feed(20.0, None)
    assert rig.states == [State.LIVE, State.STALLED]


def test_text_is_live_when_it_is_open_and_never_stalls() -> None:
    rig = Rig("text")
    rig.feed(100.0, None, 1.0)
    new, changes = rig.supervisor.item(rig.now_ns, Words(0, 1, "hello"))
    assert new
    assert not changes
    assert rig.states == [State.LIVE]


def mic(state: State, cause: Reason | None = None) -> Change:
    return Change(0, "mic", state, "unplugged", cause)


def test_recognised_text_is_missing_while_the_microphone_is_and_gives_what_it_still_has() -> None:
    text = Supervisor("text", 0, finite=True)
    text.opened(0)
    (lost,) = text.follow(NS, mic(State.LOST, Reason.LOST))
    assert (lost.state, lost.cause, lost.reason) == (State.LOST, Reason.LOST, "mic: unplugged")
    assert text.follow(NS, mic(State.RECONNECTING, Reason.LOST)) == []
    assert text.item(2 * NS, Words(0, NS, "it was said before")) == (True, [])
    assert text.follow(3 * NS, mic(State.STARTING)) == []
    (back,) = text.follow(4 * NS, mic(State.LIVE))
    assert (back.state, back.cause) == (State.LIVE, None)
    (muted,) = text.follow(5 * NS, mic(State.STALLED, Reason.SILENT))
    assert (muted.state, muted.cause) == (State.STALLED, Reason.SILENT)
    assert text.reconnects == 0


def test_what_follows_a_rehearsed_failure_fails_by_rehearsal_too() -> None:
    text = Supervisor("text", 0, finite=True)
    text.opened(0)
    lost = Change(NS, "mic", State.LOST, "unplugged", Reason.LOST, rehearsed=True)
    assert [change.rehearsed for change in text.follow(NS, lost)] == [True]
    assert [change.rehearsed for change in text.follow(2 * NS, mic(State.LIVE))] == [False]


def test_features_are_judged_as_the_items_that_they_were_made_of() -> None:
    seen, told = Supervisor("camera", 0), Supervisor("camera", 0)
    for camera in (seen, told):
        camera.opened(0)
    for tenths in range(40):
        now_ns, frozen = tenths * NS // 10, 10 <= tenths < 30
        image = picture(9 if frozen else tenths)
        assert isinstance(image, Frame)
        stale = Reason.FROZEN if frozen else None
        assert seen.item(now_ns, image) == told.judged(now_ns, stale)
    assert (seen.state, seen.items) == (told.state, told.items) == (State.LIVE, 20)


def test_text_that_has_a_fault_of_its_own_is_not_back_before_that_is_over() -> None:
    text = Supervisor("text", 0, finite=True)
    text.opened(0)
    text.follow(NS, mic(State.LOST, Reason.LOST))
    assert text.failed(NS, "stopped") == []
    assert text.follow(2 * NS, mic(State.LIVE)) == []
    assert [change.state for change in text.opened(3 * NS)] == [State.LIVE]
    text.failed(4 * NS, "stopped")
    text.follow(5 * NS, mic(State.DISABLED, Reason.DISABLED))
    assert text.opened(6 * NS)[-1].cause is Reason.DISABLED
    text.cut(7 * NS)
    assert text.follow(8 * NS, mic(State.LIVE)) == []


def test_cut_and_restored() -> None:
    rig = Rig("mic")
    rig.feed_new(0.5)
    rig.changes += rig.supervisor.cut(rig.now_ns)
    rig.feed(5.0, SOUND)
    rig.feed(5.0, None)
    rig.changes += rig.supervisor.failed(rig.now_ns, "closed")
    rig.changes += rig.supervisor.restore(rig.now_ns)
    rig.changes += rig.supervisor.opened(rig.now_ns)
    rig.feed_new(0.5)
    assert rig.states == [State.LIVE, State.DISABLED, State.STARTING, State.LIVE]
    assert rig.changes[1].cause is Reason.DISABLED


def test_rate_and_age() -> None:
    rig = Rig("mic")
    assert rig.supervisor.age_s(0) is None
    rig.feed_new(4.0, every_s=0.02)
    assert rig.supervisor.rate_hz(rig.now_ns) == pytest.approx(50, abs=1)
    assert rig.supervisor.age_s(rig.now_ns + NS) == pytest.approx(1.0)
    assert rig.supervisor.rate_hz(rig.now_ns + 3 * NS) == 0


def test_an_event_counts_from_the_beginning_of_the_session() -> None:
    event = Event.of(Change(7 * NS, "mic", State.LOST, "gone", Reason.LOST), epoch_ns=5 * NS)
    assert (event.time_s, event.source, event.state, event.reason) == (2.0, "mic", State.LOST, "gone")


def test_attempts_start_quickly_and_never_wait_more_than_half_a_second() -> None:
    waits = [retry_after_s(attempt) for attempt in range(2000)]
    assert waits == sorted(waits)
    assert waits[0] == 0.1
    assert waits[-1] == 0.5


CALLS = ("opened", "new", "same", "black", "zeros", "tick", "failed", "retrying", "cut", "restore", "ended")


@given(
    st.sampled_from(ROLES),
    st.booleans(),
    st.lists(st.tuples(st.sampled_from(CALLS), st.integers(0, 2000)), max_size=60),
)
def test_whatever_happens_only_lawful_steps_are_made(
    role: Role, finite: bool, calls: list[tuple[str, int]]
) -> None:
    supervisor = Supervisor(role, 0, finite=finite)
    state, now_ns, passed = State.STARTING, 0, 0
    items: dict[str, Item] = {
        "new": SOUND,
        "same": picture(7),
        "black": Frame(0, np.zeros((16, 16, 3), np.uint8)),
        "zeros": ZEROS,
    }
    for call, wait_ms in calls:
        now_ns += wait_ms * 1_000_000
        if call in items:
            new, changes = supervisor.item(now_ns, items[call])
            passed += new
        elif call == "failed":
            changes = supervisor.failed(now_ns, "it broke")
        elif call == "opened":  # as the keeper does: what is lost is first said to be tried again
            changes = [*supervisor.retrying(now_ns), *supervisor.opened(now_ns)]
        else:
            changes = getattr(supervisor, call)(now_ns)
        for change in changes:
            assert change.state in STEPS[state]
            assert change.time_ns == now_ns
            assert (change.cause is None) == (change.state in (State.LIVE, State.STARTING))
            state = change.state
        assert supervisor.state is state
    assert supervisor.items <= passed
