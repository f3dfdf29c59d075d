"""The processes of a worker: what they say, and how they end."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest

from fsrf_live.tools.fleet.core.catalogue import Stamp
from fsrf_live.tools.fleet.crew import Crew, Word
from tests.doubles.fleet_worker import quick_sessions
from tests.doubles.waiting import until

EPOCH = Stamp(1, "me")


class Told:
    """What a crew says of its sessions."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.reasons: list[str] = []

    def __call__(self, name: str, epoch: Stamp, word: Word, said: Mapping[str, Any]) -> None:
        assert (name, epoch) == ("s", EPOCH)
        self.words.append(word)
        self.reasons += [str(said["reason"])] if word == "failed" else []


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def crew(told: Told) -> Iterator[Crew]:
    with closing(Crew(quick_sessions, 1, told)) as found:
        yield found


def none_listens() -> bool:
    """Whether all that processes had to say was heard."""
    return not any(thread.name == "session" for thread in threading.enumerate())


def test_a_session_that_fails_says_so_once(crew: Crew, told: Told) -> None:
    crew.begin("s", EPOCH, json.dumps({"broken": True}))
    assert until(none_listens)
    assert told.reasons == ["there is no such file: name another"]


def test_a_session_that_ends_says_so_once(crew: Crew, told: Told) -> None:
    crew.begin("s", EPOCH, json.dumps({"ends_after_s": 0}))
    assert until(none_listens)
    assert told.words == ["ended"]


def test_a_session_that_is_killed_is_said_to_have_failed(crew: Crew, told: Told) -> None:
    crew.begin("s", EPOCH, json.dumps({"dies_after_s": 0}))
    assert until(none_listens)
    assert told.reasons == ["its process ended with code -9"]


def test_a_process_that_died_while_it_waited_gets_no_session(told: Told) -> None:
    others = active_children()
    with closing(Crew(quick_sessions, 1, told)) as crew:
        for process in active_children():
            if process not in others:
                process.kill()
        assert until(none_listens)
        crew.begin("s", EPOCH, "{}")
        assert until(lambda: "record" in told.words)


def test_close_waits_until_sessions_have_released_their_devices(
    crew: Crew, told: Told, tmp_path: Path
) -> None:
    released = tmp_path / "released"
    crew.begin("s", EPOCH, json.dumps({"releases": str(released)}))
    assert until(lambda: "record" in told.words)
    crew.halt("s")
    crew.close()
    assert released.exists()
