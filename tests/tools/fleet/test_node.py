"""The loop of a worker, on a bus and with sessions that are none."""

import contextlib
import itertools
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from fsrf_live.stream.flow.clock import NS
from fsrf_live.tools.fleet.bus import MESSAGE_KEY
from fsrf_live.tools.fleet.core.catalogue import Stamp, StreamEntry
from fsrf_live.tools.fleet.core.member import Member
from fsrf_live.tools.fleet.core.messages import Beat, Holding, News, StreamRequest
from fsrf_live.tools.fleet.core.peers import BEAT_NS
from fsrf_live.tools.fleet.core.program import signature_for
from fsrf_live.tools.fleet.crew import Word
from fsrf_live.tools.fleet.node import Node
from fsrf_live.tools.fleet.wire import encode_message
from tests.doubles.waiting import until

TERMS = (("fsrf-live", "1"),)


class SilentBus:
    """A bus with nobody else on it. Somebody asks each request once, and the last again and again."""

    def __init__(self, *requests: StreamRequest) -> None:
        self.sent: list[Mapping[str, Any]] = []
        self.payload = self
        self._requests = list(requests)
        self._asked: Callable[[Any], None] = lambda _: None

    def to_bytes(self) -> bytes:
        return encode_message(self._requests[0]).encode()

    def put(self, key: str, payload: str) -> None:
        self.sent.append(json.loads(payload))
        if self.sent[-1]["type"] == "load":
            self._asked(self)

    def subscribe(self, key: str, heard: Callable[[bytes], None]) -> None:
        """Nobody says anything."""

    def answer(self, key: str, asked: Callable[[Any], None]) -> None:
        self._asked = asked if "request" in key else self._asked

    def watch(self, keys: str, lost: Callable[[str], None]) -> None:
        """Nobody dies."""

    def live(self, key: str) -> None:
        """Nobody looks."""

    def others(self) -> int:
        return 0

    def reply(self, key: str, answer: str) -> None:
        if len(self._requests) > 1:
            del self._requests[0]

    key_expr = ""

    def drop(self) -> None:
        """The request is answered, or left to another worker."""

    def close(self) -> None:
        """Nothing is open."""


class TalkativeCrew:
    """Sessions that say nothing until they are ended, and then twice the same."""

    def __init__(self, hosts: Any, heard: Callable[[str, Stamp, Word, Any], None]) -> None:
        self.begun: dict[str, Stamp] = {}
        self._heard = heard

    def begin(self, name: str, epoch: Stamp, spec: str) -> None:
        self.begun[name] = epoch

    def halt(self, name: str) -> None:
        epoch = self.begun[name]
        for _ in range(2):
            self._heard(name, epoch, "record", {"type": "event", "source": "camera"})
            self._heard(name, epoch, "health", {"state": "running"})

    def kill_late(self) -> None:
        """None is late."""

    def close(self) -> None:
        """None is there."""


class LateCrew(TalkativeCrew):
    """Sessions that speak at once; of the one before, its end is heard only then."""

    def begin(self, name: str, epoch: Stamp, spec: str) -> None:
        before = self.begun.get(name)
        self.begun[name] = epoch
        if before is not None:
            self._heard(name, before, "failed", {"reason": "it was killed"})
            self._heard(name, epoch, "record", {"type": "event", "source": "camera"})
            self._heard(name, epoch, "health", {"state": "running"})

    def halt(self, name: str) -> None:
        """It says nothing more."""


@contextlib.contextmanager
def working(bus: SilentBus, say: Callable[[str], None] = print) -> Iterator[None]:
    """A worker on this bus, in a thread of its own."""
    over = threading.Event()
    member = Member("me", 1, 1.0, TERMS)
    node = Node(member, bus, None, say)  # type: ignore[arg-type]
    thread = threading.Thread(target=node.run, args=(over,))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_session_that_was_ended_is_not_heard_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsrf_live.tools.fleet.node.Crew", TalkativeCrew)
    monkeypatch.setattr("fsrf_live.tools.fleet.node.SILENT_S", 0)
    bus, said = SilentBus(StreamRequest("add", "r", "s", "{}")), list[str]()
    with working(bus, said.append):
        assert until(lambda: sum("is begun again" in line for line in said) >= 2)
    assert not [record for record in bus.sent if record["type"] in ("event", "health")]


def test_a_session_is_heard_when_the_end_of_the_one_before_comes_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fsrf_live.tools.fleet.node.Crew", LateCrew)
    bus = SilentBus(
        StreamRequest("add", "one", "s", "{}"),
        StreamRequest("stop", "two", "s"),
        StreamRequest("add", "three", "s", "{}"),
    )
    with working(bus):
        assert until(lambda: {"event", "health"} <= {record["type"] for record in bus.sent})


class CrowdedBus(SilentBus):
    """A bus on which others have said a hundred things before this worker hears the first."""

    def __init__(self) -> None:
        super().__init__(StreamRequest("list", "r"))
        self.looks = 0

    def subscribe(self, key: str, heard: Callable[[bytes], None]) -> None:
        for number in range(100 if key == MESSAGE_KEY else 0):
            entry = StreamEntry(f"s{number}", Stamp(number + 1, "other"), "wanted", "{}", "r", None)
            heard(encode_message(News("other", (entry,))).encode())

    def others(self) -> int:
        self.looks += 1
        return 1


def test_who_joins_looks_for_others_once_a_beat_whatever_it_hears(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [NS]
    monkeypatch.setattr("fsrf_live.tools.fleet.node.Crew", TalkativeCrew)
    monkeypatch.setattr("fsrf_live.tools.fleet.node.now_ns", lambda: now[0])
    bus = CrowdedBus()
    with working(bus):
        assert until(lambda: sum(message["type"] == "seen" for message in bus.sent) == 100)
        assert bus.looks == 1
        now[0] += BEAT_NS
        assert until(lambda: bus.looks == 2)


class RavingBus(SilentBus):
    """A bus on which a worker of this fleet says, again and again, one thing that no worker can mean."""

    def __init__(self, raving: str, *requests: StreamRequest) -> None:
        super().__init__(*requests)
        self.answers: list[Mapping[str, Any]] = []
        self._raving = raving.encode()
        self._heard: Callable[[bytes], None] = lambda _: None

    def subscribe(self, key: str, heard: Callable[[bytes], None]) -> None:
        self._heard = heard

    def put(self, key: str, payload: str) -> None:
        self._heard(self._raving)
        super().put(key, payload)

    def reply(self, key: str, answer: str) -> None:
        self.answers.append(json.loads(answer))
        super().reply(key, answer)


STAMP = Stamp(3, "other")
HOLDING = Holding("s", STAMP, STAMP, "running", 0, {"reading": {"score": 0.125}})
BEAT = encode_message(Beat("other", 0, 1, 0.25, True, signature_for(TERMS), "", (HOLDING,)))
NEWS = encode_message(News("other", (StreamEntry("t", STAMP, "wanted", "{}", "r", None),)))
RAVINGS = {
    "a load that is no number": BEAT.replace("0.25", "NaN"),
    "a load that is too large": BEAT.replace("0.25", "1e400"),
    "a score that is no number": BEAT.replace("0.125", "-Infinity"),
    "a score that lies deep": BEAT.replace("0.125", "[" * 900 + "]" * 900),
    "a stamp that is too large": NEWS.replace(str(STAMP), f"{'9' * 4300}-other"),
}


@pytest.mark.parametrize("raving", RAVINGS.values(), ids=RAVINGS)
def test_who_is_told_what_nobody_can_mean_works_on(raving: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = itertools.count(0, NS // 20)
    monkeypatch.setattr("fsrf_live.tools.fleet.node.Crew", TalkativeCrew)
    monkeypatch.setattr("fsrf_live.tools.fleet.node.now_ns", lambda: next(ticks))
    bus = RavingBus(raving, StreamRequest("add", "a", "s", "{}"), StreamRequest("list", "b"))
    with working(bus):
        assert until(lambda: len(bus.answers) >= 2)
    added, listed = bus.answers[:2]
    assert added["stream"] == "s"
    assert [worker["worker"] for worker in listed["workers"]] == ["me"]
