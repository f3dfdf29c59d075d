"""A fleet on a fake clock keeps its laws, whatever happens to it; and each law can fail."""

from collections.abc import Callable
from typing import Any

import pytest

from fsrf_live.stream.flow.clock import NS
from fsrf_live.tools.fleet.core.member import Member
from fsrf_live.tools.fleet.core.messages import StreamRequest
from fsrf_live.tools.fleet.core.peers import BEAT_NS, LEASE_NS
from tests.doubles.fleet import Chaos, SimFleet

BEFORE_MOVING_S = 3.0


def raged(seed: int) -> SimFleet:
    fleet = SimFleet(seed, loss=0.02)
    chaos = Chaos(fleet)
    for _ in range(2):
        fleet.loss = 0.02
        chaos.rage(20)
    return fleet


def raged_often() -> None:
    for seed in range(20):
        raged(seed)


def quiet_fleet(workers: int, most: int, seed: int = 0) -> SimFleet:
    fleet = SimFleet(seed, loss=0.0)
    for number in range(workers):
        fleet.join(f"w{number}", most)
        fleet.run(0.2)
    fleet.run(BEFORE_MOVING_S)
    return fleet


def added(fleet: SimFleet, name: str) -> Any:
    fleet.ask(StreamRequest("add", f"add-{name}", name, "{}"))
    return lambda: fleet.answers.get(f"add-{name}")


def run_until(fleet: SimFleet, holds: Callable[[], bool], step_s: float, limit_s: float = 20.0) -> None:
    for _ in range(round(limit_s / step_s)):
        if holds():
            return
        fleet.run(step_s)
    assert holds(), f"seed {fleet.seed}: not within {limit_s} s"


def is_listed_as_joined(fleet: SimFleet, name: str) -> bool:
    asked = f"list {fleet.now_ns}"
    fleet.ask(StreamRequest("list", asked))
    fleet.run(0.1)
    workers = fleet.answers.get(asked, {"workers": ()})["workers"]
    return (name, True) in [(worker["worker"], worker["joined"]) for worker in workers]


@pytest.mark.parametrize("seed", range(8))
def test_the_laws_hold_while_workers_are_killed_stopped_split_and_added(seed: int) -> None:
    assert raged(seed).emitted


def test_the_same_seed_is_the_same_run() -> None:
    assert raged(3).emitted == raged(3).emitted


@pytest.mark.parametrize(
    ("part", "broken"),
    [
        ("_has_lapsed", lambda self, now_ns: False),
        ("_merge", lambda self, entry, now_ns: False),
        ("_ask", lambda self, worker, now_ns: None),
        ("_problem_with", lambda self, entry, offer, now_ns: None),
        ("_join", lambda self, now_ns: setattr(self, "_rank", 1)),
        ("_is_owned", lambda self, entry, now_ns, by_others: entry.owner is not None),
    ],
)
def test_each_law_can_fail(part: str, broken: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Member, part, broken)
    with pytest.raises(AssertionError, match=r"seed \d+, "):
        raged_often()


def test_streams_of_a_killed_worker_go_on_soon() -> None:
    fleet = quiet_fleet(3, 6)
    for number in range(9):
        added(fleet, f"s{number}")
    fleet.run(3.0)
    fleet.longest_ns.clear()
    fleet.kill("w0")  # the leader
    fleet.run(5.0)
    fleet.check_calm()
    assert max(fleet.longest_ns.values()) <= 1.3 * NS, (
        "links break at once, and a window is there each 0.25 s"
    )


def test_streams_of_a_stopped_worker_go_on_within_the_lease_and_a_second() -> None:
    fleet = quiet_fleet(3, 6)
    for number in range(9):
        added(fleet, f"s{number}")
    fleet.run(3.0)
    fleet.longest_ns.clear()
    fleet.stop("w1")
    fleet.run(5.0)
    assert max(fleet.longest_ns.values()) <= LEASE_NS + NS
    before = dict(fleet.newest)
    fleet.wake("w1")
    fleet.run(5.0)
    fleet.check_calm()
    assert fleet.newest == before, "a worker that wakes disturbs nobody"
    assert any("stood still" in warning for warning in fleet.warnings)


def test_a_worker_alone_that_stood_still_keeps_its_streams() -> None:
    fleet = quiet_fleet(1, 6)
    added(fleet, "s")
    fleet.run(1.0)
    before = dict(fleet.newest)
    fleet.stop("w0")
    fleet.run(10.0)
    fleet.wake("w0")
    fleet.run(1.0)
    assert fleet.newest == before


def test_a_hundred_requests_at_once_fill_each_worker_to_the_last_place() -> None:
    fleet = quiet_fleet(4, 6)
    answers = [added(fleet, f"s{number:03}") for number in range(100)]
    fleet.run(5.0)
    fleet.check_calm()
    assert {name: len(worker.sessions) for name, worker in fleet.workers.items()} == dict.fromkeys(
        fleet.workers, 6
    )
    states = [answer()["state"] for answer in answers]
    assert states.count("starting") == 24
    assert states.count("waiting") == 76
    fleet.join("w4", 6)
    fleet.run(5.0)
    assert len(fleet.running()) == 30, "what waits is taken as soon as there is room"


def test_what_was_answered_outlives_the_worker_that_answered() -> None:
    fleet = quiet_fleet(3, 2)
    answer = added(fleet, "s")
    run_until(fleet, lambda: answer() is not None, step_s=0.001)
    fleet.kill("w0")
    fleet.run(5.0)
    assert fleet.running().keys() == {"s"}


@pytest.mark.parametrize("linked_after_s", [0.0, 0.3, 0.9, 1.4, 2.5])
@pytest.mark.parametrize("veterans", [1, 2])
def test_who_is_listed_as_joined_keeps_all_streams_if_the_others_die(
    veterans: int, linked_after_s: float
) -> None:
    fleet = quiet_fleet(veterans, 6)
    for number in range(6):
        added(fleet, f"s{number}")
    fleet.run(2.0)
    fleet.join("new", 6, linked_after_s=lambda: linked_after_s)
    run_until(fleet, lambda: is_listed_as_joined(fleet, "new"), step_s=0.05)
    for number in range(veterans):
        fleet.kill(f"w{number}")
    fleet.run(5.0)
    assert fleet.running().keys() == {f"s{number}" for number in range(6)}


@pytest.mark.parametrize("linked_after_s", [0.0, 0.5, 2.5])
def test_a_newcomer_answers_nothing_before_it_has_learnt_the_streams(linked_after_s: float) -> None:
    fleet = quiet_fleet(1, 6)
    added(fleet, "s")
    fleet.run(2.0)
    fleet.join("new", 6, linked_after_s=lambda: linked_after_s)
    for number in range(40):
        fleet.ask(StreamRequest("list", f"list-{number}"))
        fleet.run(0.1)
        assert [stream["stream"] for stream in fleet.answers[f"list-{number}"]["streams"]] == ["s"]


@pytest.mark.parametrize("after_s", [0.15, 0.3, 0.45, 0.6, 0.9])
def test_what_was_answered_while_another_one_joins_outlives_the_worker_that_answered(after_s: float) -> None:
    fleet = quiet_fleet(1, 2)
    fleet.join("new", 2)
    fleet.run(after_s)
    answer = added(fleet, "s")
    run_until(fleet, lambda: answer() is not None, step_s=0.001)
    fleet.kill("w0")
    fleet.run(5.0)
    assert fleet.running().keys() == {"s"}


def test_two_streams_of_one_name() -> None:
    fleet = quiet_fleet(2, 6)
    added(fleet, "s")
    fleet.ask(StreamRequest("add", "another", "s", "{}"))
    fleet.run(1.0)
    said = [fleet.answers["add-s"], fleet.answers["another"]]
    refused = [answer["refused"] for answer in said if "refused" in answer]
    assert len(refused) == 1
    assert "stream s is there already" in refused[0]


def test_two_halves_go_on_by_themselves_and_the_higher_epoch_wins() -> None:
    fleet = quiet_fleet(2, 6)
    added(fleet, "s")
    fleet.run(1.0)
    fleet.split({"w0": 0, "w1": 1}, noticed=True)
    fleet.run(5.0)
    assert sorted(fleet.running()["s"]) == ["w0", "w1"], "each half has the stream"
    higher = fleet.newest["s"][0].by
    fleet.heal()
    fleet.run(2.0)
    assert fleet.running()["s"] == [higher]


def test_a_moved_stream_has_one_owner_and_its_worker_may_be_named_in_part() -> None:
    fleet = quiet_fleet(2, 1)
    added(fleet, "s")
    fleet.run(1.0)
    other = "w1" if fleet.running()["s"] == ["w0"] else "w0"
    fleet.ask(StreamRequest("move", "m", "s", worker=other[1]))
    fleet.run(1.0)
    assert fleet.answers["m"] == {"stream": "s", "state": "moved", "worker": other}
    assert fleet.running()["s"] == [other]


@pytest.mark.parametrize(
    ("request_", "refusal"),
    [
        (StreamRequest("move", "m", "s", worker="nobody"), "no worker is called 'nobody': there is w0, w1"),
        (StreamRequest("move", "m", "s", worker="w"), "several workers are called 'w'"),
        (StreamRequest("move", "m", "t", worker="w0"), "no stream is called 't'"),
        (StreamRequest("stop", "m", "t"), "no stream is called 't'"),
        (StreamRequest("add", "m", "worker", "{}"), "a stream cannot be called worker"),
        (StreamRequest("add", "m", "a/b", "{}"), "a stream is called by at most 64"),
    ],
)
def test_what_cannot_be_is_refused(request_: StreamRequest, refusal: str) -> None:
    fleet = quiet_fleet(2, 1)
    added(fleet, "s")
    fleet.run(1.0)
    fleet.ask(request_)
    fleet.run(1.0)
    assert refusal in fleet.answers["m"]["refused"]


def test_a_move_to_a_full_worker_is_refused() -> None:
    fleet = quiet_fleet(2, 1)
    added(fleet, "s")
    added(fleet, "t")
    fleet.run(1.0)
    other = next(name for name in fleet.workers if [name] != fleet.running()["s"])
    fleet.ask(StreamRequest("move", "m", "s", worker=other))
    fleet.run(1.0)
    assert "has no room (1 of 1 streams)" in fleet.answers["m"]["refused"]


def test_a_stopped_stream_stays_stopped_and_its_name_is_free() -> None:
    fleet = quiet_fleet(2, 1)
    added(fleet, "s")
    fleet.run(1.0)
    fleet.ask(StreamRequest("stop", "x", "s"))
    fleet.run(1.0)
    assert fleet.answers["x"] == {"stream": "s", "state": "stopped"}
    fleet.check_calm()
    assert not fleet.running()
    fleet.ask(StreamRequest("add", "again", "s", "{}"))
    fleet.run(1.0)
    assert fleet.running().keys() == {"s"}


def test_a_worker_of_another_program_is_refused_by_what_differs() -> None:
    fleet = quiet_fleet(1, 1)
    fleet.join("w9", 1, (("fsrf-live", "1"), ("checkpoint", "b")))
    fleet.run(3.0)
    assert fleet.refused == ["checkpoint b is here, but this fleet runs with a: install the same"]


def test_a_fleet_says_little() -> None:
    fleet = quiet_fleet(5, 6)
    for number in range(40):
        added(fleet, f"s{number}")
    fleet.run(5.0)
    said = fleet.said
    fleet.run(10.0)
    assert fleet.said - said <= 5 * (10 * NS // BEAT_NS) + 10, "beats, and nothing else"


def test_a_second_move_of_a_stream_answers_the_first() -> None:
    fleet = quiet_fleet(3, 1)
    added(fleet, "s")
    fleet.run(1.0)
    first, second = (name for name in fleet.workers if [name] != fleet.running()["s"])
    fleet.ask(StreamRequest("move", "m", "s", worker=first))
    fleet.ask(StreamRequest("move", "n", "s", worker=second))
    fleet.run(5.0)
    assert {"m", "n"} <= fleet.answers.keys()
    assert fleet.running()["s"] in ([first], [second])
