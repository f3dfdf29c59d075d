"""What a worker does about its own sessions, on a fake clock."""

import pytest

from fsrf_live.stream.flow.clock import NS
from fsrf_live.tools.fleet.core.catalogue import Stamp
from fsrf_live.tools.fleet.core.member import Member
from fsrf_live.tools.fleet.core.messages import (
    Ask,
    Beat,
    Begin,
    Halt,
    Knowledge,
    Refuse,
    Reply,
    Say,
    StreamRequest,
)
from fsrf_live.tools.fleet.core.program import signature_for

TERMS = (("fsrf-live", "1"),)


class Alone:
    """A worker that is alone, and what it wanted done."""

    def __init__(self, most: int = 6, max_load: float = 0.75) -> None:
        self.now_ns, self.load = 7 * NS, 0.0
        self.member = Member("w", most, max_load, TERMS)
        self.begun: list[Begin] = []
        self.halted: list[Halt] = []
        self.replies: dict[str, object] = {}
        self.member.expect(0)
        self.wait(1.2)

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.now_ns += NS // 10
            self.member.tick(self.now_ns, self.load)
            self.act()

    def act(self) -> None:
        for action in self.member.actions():
            if isinstance(action, Begin):
                self.begun.append(action)
            elif isinstance(action, Halt):
                self.halted.append(action)
            elif isinstance(action, Reply):
                self.replies[action.asked] = action.answer
            assert isinstance(action, Say) or action is not None

    def add(self, name: str) -> None:
        self.member.request(StreamRequest("add", f"add-{name}", name, "{}"), self.now_ns)
        self.act()

    def streams(self) -> dict[str, dict[str, object]]:
        self.member.request(StreamRequest("list", "list"), self.now_ns)
        self.act()
        said = self.replies["list"]
        assert isinstance(said, dict)
        return {stream["stream"]: stream for stream in said["streams"]}

    @property
    def epoch(self) -> Stamp:
        return self.begun[-1].epoch


def test_a_session_that_dies_is_begun_again_after_longer_and_longer_pauses() -> None:
    worker = Alone()
    worker.add("s")
    pauses = []
    for _ in range(9):
        worker.member.died("s", worker.epoch, "it was killed", worker.now_ns)
        died_ns, begun = worker.now_ns, len(worker.begun)
        for _ in range(400):
            worker.wait(0.1)
            if len(worker.begun) > begun:
                break
        assert len(worker.begun) == begun + 1, "it is begun again within 40 s"
        pauses.append((worker.now_ns - died_ns) / NS)
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    assert len({begin.epoch for begin in worker.begun}) == 10, "each in an epoch of its own"
    assert worker.streams()["s"]["restarts"] == 9


def test_a_session_that_lived_for_long_is_begun_again_soon() -> None:
    worker = Alone()
    worker.add("s")
    for _ in range(3):
        worker.member.died("s", worker.epoch, "it was killed", worker.now_ns)
        worker.wait(5.0)
    worker.wait(60.0)
    worker.member.died("s", worker.epoch, "it was killed", worker.now_ns)
    begun = len(worker.begun)
    worker.wait(0.6)
    assert len(worker.begun) == begun + 1


def test_a_death_is_said_with_its_reason() -> None:
    worker = Alone()
    worker.add("s")
    worker.member.fares("s", worker.epoch, "running", {"age_s": 0.5})
    assert worker.streams()["s"]["state"] == "running"
    worker.member.died("s", worker.epoch, "it was killed", worker.now_ns)
    worker.member.fares("s", worker.epoch, "running", {})
    assert worker.streams()["s"]["state"] == "restarting"
    assert worker.streams()["s"]["reason"] == "it was killed"


def test_what_an_earlier_session_says_is_not_heard() -> None:
    worker = Alone()
    worker.add("s")
    earlier = worker.epoch
    worker.member.died("s", earlier, "it was killed", worker.now_ns)
    worker.wait(1.0)
    assert not worker.member.may_emit("s", earlier, worker.now_ns)
    assert worker.member.may_emit("s", worker.epoch, worker.now_ns)
    worker.member.died("s", earlier, "it was killed", worker.now_ns)
    worker.member.ended("s", earlier)
    assert worker.streams()["s"]["state"] == "starting"


def test_a_stream_whose_media_is_over_has_ended_and_leaves_its_place() -> None:
    worker = Alone(most=1)
    worker.add("s")
    worker.add("t")
    assert worker.replies["add-t"] == {"stream": "t", "state": "waiting", "worker": None}
    worker.member.ended("s", worker.epoch)
    worker.wait(0.1)
    assert [begin.name for begin in worker.begun] == ["s", "t"]
    assert worker.streams()["s"]["state"] == "ended"


def test_a_busy_machine_takes_no_more_and_streams_wait() -> None:
    worker = Alone()
    worker.load = 0.8
    worker.wait(0.1)
    worker.add("s")
    assert worker.streams()["s"]["state"] == "waiting"
    worker.load = 0.5
    worker.wait(0.1)
    assert worker.streams()["s"]["state"] == "starting"


def test_a_stream_that_was_just_begun_counts_as_much_as_the_others() -> None:
    worker = Alone()
    worker.add("a")
    worker.wait(6.0)
    worker.load = 0.3
    worker.wait(0.1)
    for name in "bcd":
        worker.add(name)
    assert [begin.name for begin in worker.begun] == ["a", "b", "c"], (
        "0.3 a stream: a third one would be too much"
    )


def test_a_worker_without_a_limit_of_load_takes_all_that_it_has_places_for() -> None:
    worker = Alone(max_load=1.0)
    worker.load = 1.0
    worker.wait(0.1)
    for name in "abcdefgh":
        worker.add(name)
    assert len(worker.begun) == 6


def test_who_leaves_gives_everything_up() -> None:
    worker = Alone()
    worker.add("s")
    worker.member.leave(worker.now_ns)
    worker.act()
    assert [(halt.name, halt.epoch) for halt in worker.halted] == [("s", worker.epoch)]
    assert not worker.member.may_emit("s", worker.epoch, worker.now_ns)


def test_nothing_is_answered_before_it_has_joined() -> None:
    member = Member("w", 6, 0.75, TERMS)
    member.tick(0, 0.0)
    member.actions()
    member.request(StreamRequest("list", "list"), 0)
    assert member.actions() == [Reply("list", None)]


class Newcomer:
    """A worker that begins, on a bus of which somebody says how many others there are."""

    def __init__(self, others: int | None) -> None:
        self.now_ns, self.others = 0, others
        self.member = Member("new", 6, 0.75, TERMS)
        self.asked: list[str] = []

    def joins_after(
        self,
        *speaking: str,
        tells_from_s: float = 0.0,
        tells_until_s: float = 9.0,
        joined_from_s: float = 0.0,
        limit_s: float = 9.0,
    ) -> float | None:
        """Seconds until it has joined, while these workers speak, have joined, and tell what they know."""
        while self.now_ns < limit_s * NS:
            self.now_ns += NS // 10
            rank = int(self.now_ns >= joined_from_s * NS)
            self.member.expect(self.others)
            for worker in speaking:
                beat = Beat(worker, rank, 6, 0.0, True, signature_for(TERMS), "another", ())
                self.member.hear(beat, self.now_ns)
            self.member.tick(self.now_ns, 0.0)
            for action in self.member.actions():
                if isinstance(action, Ask):
                    self.asked.append(action.worker)
                    if tells_from_s * NS <= self.now_ns < tells_until_s * NS:
                        self.member.hear(Knowledge(action.worker, rank, TERMS, ()), self.now_ns)
            if self.member.has_joined:
                return self.now_ns / NS
        return None


def test_who_is_alone_joins_after_a_second() -> None:
    assert Newcomer(0).joins_after() == pytest.approx(1.1)


def test_who_may_be_alone_joins_once_others_had_time_to_be_heard() -> None:
    assert Newcomer(None).joins_after() == pytest.approx(3.1)


def test_who_hears_all_others_joins_once_they_have_told() -> None:
    assert Newcomer(2).joins_after("a", "b") == pytest.approx(0.5)
    assert Newcomer(None).joins_after("a", "b") == pytest.approx(0.5)


def test_who_misses_another_waits_for_it_and_goes_on_without_it_in_the_end() -> None:
    assert Newcomer(2).joins_after("a") == pytest.approx(3.1)


def test_who_hears_one_that_does_not_tell_asks_again_and_does_not_join() -> None:
    newcomer = Newcomer(1)
    assert newcomer.joins_after("a", tells_from_s=99.0) is None
    assert len(newcomer.asked) == 18
    assert Newcomer(1).joins_after("a", tells_from_s=4.0) == pytest.approx(4.2, abs=0.5)


def test_what_another_told_before_it_had_joined_is_not_enough() -> None:
    assert Newcomer(1).joins_after("a", joined_from_s=0.9, tells_until_s=0.9) is None
    assert Newcomer(1).joins_after("a", joined_from_s=0.9) == pytest.approx(1.2, abs=0.3)


OTHERS_TERMS = (("fsrf-live", "1"), ("checkpoint", "b"))


def foreign(rank: int) -> Beat:
    return Beat("x", rank, 6, 0.0, rank > 0, signature_for(OTHERS_TERMS), "", ())


def test_a_worker_of_another_program_is_not_waited_for() -> None:
    member = Member("w", 6, 0.75, (("fsrf-live", "1"), ("checkpoint", "a")))
    member.expect(1)
    for tick in range(12):
        member.hear(foreign(0), tick * NS // 10)
        member.tick(tick * NS // 10, 0.0)
    assert member.has_joined


def test_a_newcomer_is_refused_by_a_fleet_of_another_program_however_late_that_has_joined() -> None:
    member = Member("w", 6, 0.75, (("fsrf-live", "1"), ("checkpoint", "a")))
    member.expect(1)
    refusals = []
    for tick in range(25):
        now_ns, rank = tick * NS // 10, int(tick >= 9)
        member.hear(foreign(rank), now_ns)
        member.tick(now_ns, 0.0)
        for action in member.actions():
            if isinstance(action, Ask) and tick > 0:
                member.hear(Knowledge("x", rank, OTHERS_TERMS, ()), now_ns + 1)
            elif isinstance(action, Refuse):
                refusals.append(action.reason)
    assert not member.has_joined
    assert set(refusals) == {"checkpoint a is here, but this fleet runs with b: install the same"}
