"""The sessions of a worker: what is said of them, and how they end."""

import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from fsrf_live.tools.fleet import crew as crews
from fsrf_live.tools.fleet.core.catalogue import Stamp
from fsrf_live.tools.fleet.crew import Crew, Word
from fsrf_live.tools.hosting.hosts import StreamHosts
from tests.doubles.fleet_worker import quick_sessions
from tests.doubles.waiting import until

EPOCH, NEXT = Stamp(1, "me"), Stamp(2, "me")


class Told:
    """What a crew says of its sessions, by epoch."""

    def __init__(self) -> None:
        self.words: dict[Stamp, list[Word]] = {EPOCH: [], NEXT: []}
        self.reasons: list[str] = []

    def __call__(self, name: str, epoch: Stamp, word: Word, said: Mapping[str, Any]) -> None:
        assert name == "room/door"
        self.words[epoch].append(word)
        self.reasons += [str(said["reason"])] if word == "failed" else []


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def hosts() -> Iterator[StreamHosts]:
    with closing(StreamHosts(quick_sessions, None)) as found:
        yield found


@pytest.fixture
def crew(hosts: StreamHosts, told: Told) -> Iterator[Crew]:
    with closing(Crew(hosts, told)) as found:
        yield found


def begin(crew: Crew, epoch: Stamp = EPOCH, **described: Any) -> None:
    crew.begin("room/door", epoch, json.dumps(described))


def all_is_told(hosts: StreamHosts) -> bool:
    """Whether no process is left that could say more, but the one that they are forked from."""
    return until(lambda: len(hosts.processes) == 1)


def test_a_session_that_fails_says_so_once(crew: Crew, hosts: StreamHosts, told: Told) -> None:
    begin(crew, broken=True)
    assert until(lambda: bool(told.reasons))
    assert all_is_told(hosts)
    assert told.reasons == ["there is no such file: name another"]


def test_a_session_that_ends_says_so_once(crew: Crew, hosts: StreamHosts, told: Told) -> None:
    begin(crew, ends_after_s=0)
    assert until(lambda: bool(told.words[EPOCH]))
    assert all_is_told(hosts)
    assert told.words[EPOCH] == ["ended"]


def test_a_session_that_is_killed_is_said_to_have_failed(crew: Crew, told: Told) -> None:
    begin(crew, dies_after_s=0)
    assert until(lambda: bool(told.reasons))
    assert told.reasons == ["its process died"]


def test_a_session_says_its_records_and_how_it_fares(crew: Crew, told: Told) -> None:
    begin(crew)
    assert until(lambda: {"record", "health"} <= set(told.words[EPOCH]))


def test_the_next_session_begins_before_the_last_has_ended(
    crew: Crew, hosts: StreamHosts, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crews, "SESSION_LEAVES_S", 0.0)
    begin(crew, hangs=True)
    assert until(lambda: bool(hosts.streams))
    begin(crew, NEXT)
    assert until(lambda: "record" in told.words[NEXT])
    assert len(hosts.streams) == 2
    crew.kill_late()
    assert until(lambda: len(hosts.streams) == 1)
    assert told.words[EPOCH] == []


def test_if_what_sessions_are_forked_from_has_died_it_is_begun_again(
    crew: Crew, hosts: StreamHosts, told: Told
) -> None:
    os.kill(next(iter(hosts.processes)), signal.SIGKILL)
    begin(crew)
    assert until(lambda: "record" in told.words[EPOCH])


def test_close_waits_until_sessions_have_released_their_devices(
    crew: Crew, hosts: StreamHosts, told: Told, tmp_path: Path
) -> None:
    released = tmp_path / "released"
    begin(crew, releases=str(released))
    assert until(lambda: "record" in told.words[EPOCH])
    crew.close()
    assert released.exists()
    assert not hosts.streams


def test_close_kills_a_session_that_does_not_end(
    crew: Crew, hosts: StreamHosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crews, "SESSION_LEAVES_S", 0.0)
    begin(crew, hangs=True)
    assert until(lambda: bool(hosts.streams))
    crew.close()
    assert until(lambda: not hosts.news(0.1) and not hosts.streams)
