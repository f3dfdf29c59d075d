"""`fsrf serve --worker` and `fsrf streams`."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from rich.console import Console

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.tools.fleet.session import description, shown
from fsrf_live.tools.fleet.table import fleet_table
from tests.conftest import REPOSITORY
from tests.doubles.cli import Fsrf
from tests.doubles.hive import Hive, await_state, hive
from tests.doubles.mosquitto import free_port

SAID: dict[str, list[dict[str, Any]]] = {
    "workers": [
        {
            "worker": "lab-1",
            "leads": True,
            "load": 0.25,
            "streams": 1,
            "most": 6,
            "joined": True,
            "free": True,
        },
        {
            "worker": "lab-2",
            "leads": False,
            "load": 0.8,
            "streams": 0,
            "most": 6,
            "joined": True,
            "free": False,
        },
    ],
    "streams": [
        {
            "stream": "door",
            "state": "running",
            "worker": "lab-1",
            "epoch": "3-lab-1",
            "restarts": 2,
            "reading": {"score": 0.81, "label": "positive", "unsure": True},
            "age_s": 0.4,
            "spec": '{"camera": "rtsp://me:secret@cam/1"}',
        },
        {"stream": "hall", "state": "waiting", "worker": None, "spec": '{"media": "a.mp4"}'},
    ],
}


@pytest.fixture
def fleet() -> Iterator[Hive]:
    with hive() as found:
        found.begin("--most", "1")
        await_state(found.client(), lambda workers, _: bool(workers) and workers[0]["free"])
        yield found


def test_streams_are_added_listed_moved_and_stopped(fsrf: Fsrf, fleet: Hive) -> None:
    bus, worker = ("--bus", str(fleet.address)), fleet.workers[0].name
    added = fsrf("streams", "add", "door", "--camera", "rtsp://me:secret@cam/1", *bus)
    assert (added.code, added.out) == (0, f"stream door is starting at worker {worker}\n")
    waits = fsrf("streams", "add", "hall", "--media", "a.mp4", "--loop", *bus)
    assert waits.out == "stream hall is waiting: no worker has room; it is taken as soon as one has\n"
    lines = [json.loads(line) for line in fsrf("streams", "list", *bus).out.splitlines()]
    assert [(line["type"], line.get("stream"), line["worker"]) for line in lines] == [
        ("worker", None, worker),
        ("stream", "door", worker),
        ("stream", "hall", None),
    ]
    assert [line["spec"] for line in lines[1:]] == ["--camera rtsp://…@cam/1", "--loop --media a.mp4"]
    assert fsrf("streams", "move", "door", worker, *bus).out == f"stream door is moved at worker {worker}\n"
    assert fsrf("streams", "stop", "door", *bus).out == "stream door is stopped\n"


def test_top_gives_json_lines_until_its_reader_goes(fleet: Hive) -> None:
    command = [sys.executable, "-m", "fsrf_live.tools.main", "streams", "top", "--bus", str(fleet.address)]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "src")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        looks = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.stdout.close()
        assert process.wait(20) == 0
    assert [look["worker"] for look in looks] == [fleet.workers[0].name] * 2


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (["streams", "add", "door"], 2, "a stream needs something to listen to"),
        (["streams", "add", "a/b", "--media", "a.mp4"], 2, "a stream is called by at most 64"),
        (["streams", "stop", "nobody"], 2, "no stream is called 'nobody'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    fsrf: Fsrf, fleet: Hive, words: list[str], code: int, reason: str
) -> None:
    ran = fsrf(*words, "--bus", str(fleet.address))
    assert ran.code == code
    assert reason in ran.err
    assert ran.err.count("\n") == 1


def test_without_a_fleet_there_is_one_line(fsrf: Fsrf) -> None:
    ran = fsrf("streams", "list", "--bus", f"tcp/127.0.0.1:{free_port()}")
    assert ran.code == 3
    assert "no fleet answers" in ran.err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["serve"], "or --worker"),
        (["serve", "recordings", "--bus", "tcp/127.0.0.1:7447"], "give --worker"),
        (["serve", "recordings", "--zenoh-config", "fleet.json5"], "give --worker"),
        (["serve", "--worker", "--max-load", "0"], "no share of the processors"),
        (["serve", "--worker", "--bus", "tcp/10.0.0.1:7447"], "say who may use it with --zenoh-config FILE"),
        (["streams", "top", "--bus", "here"], "is no address: give it as tcp/"),
        (["serve", "--worker", "--max-load", "2"], "no share of the processors"),
    ],
)
def test_options_that_make_no_sense_are_refused(fsrf: Fsrf, words: list[str], reason: str) -> None:
    ran = fsrf(*words)
    assert ran.code == 2
    assert reason in ran.err


def test_the_table_shows_workers_load_streams_states_and_last_readings() -> None:
    table = io.StringIO()
    Console(file=table, width=140).print(fleet_table(SAID))
    text = table.getvalue()
    for part in (
        "2 workers, 2 streams",
        "25%",
        "1 of 6",
        "leads",
        "takes no more",
        "+0.81 positive?, 0 s ago",
    ):
        assert part in text
    assert "waiting" in text
    assert "secret" not in text


def test_the_extra_is_named_if_it_is_missing(fsrf: Fsrf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zenoh", None)
    ran: Any = fsrf("streams", "list")
    assert ran.code == 2
    assert "pip install 'fsrf-live[fleet]'" in ran.err


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({}, "something to listen to"),
        ({"camera": "none", "mic": "none"}, "something to listen to"),
        ({"camera": "browser"}, "no browser is its --camera"),
        ({"text": "stdin", "mic": "default"}, "no standard input"),
        ({"mic": "default", "loop": True}, "give --media too"),
        ({"mic": "default", "language": "klingon"}, "the language 'klingon'"),
    ],
)
def test_a_stream_that_no_worker_could_run_is_refused(parts: dict[str, object], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        description(parts)


@pytest.mark.parametrize("spec", ["[1]", "7", "no JSON", "null", "[" * 100_000])
def test_what_is_no_description_is_shown_as_none(spec: str) -> None:
    assert shown(spec) == "no description of a stream"


def test_the_table_gives_no_command_to_a_terminal() -> None:
    evil = "\x1b[2J\x1b]0;owned\x07"
    stream = {**SAID["streams"][1], "stream": f"hall{evil}", "spec": json.dumps({"text": f"a{evil}.vtt"})}
    table = io.StringIO()
    worker = {**SAID["workers"][0], "worker": f"lab{evil}"}
    Console(file=table, width=140).print(fleet_table({"workers": [worker], "streams": [stream]}))
    assert "hall" in table.getvalue()
    assert "\x1b" not in table.getvalue()
