"""Real workers on a real bus: killed, stopped, split, overwhelmed. Their sessions cost nothing."""

import json
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import SourceError, UsageError
from fsrf_live.tools.fleet.bus import open_client_bus
from fsrf_live.tools.fleet.client import FleetClient
from tests.doubles.hive import Hive, await_state, hive, line_of, listed, owner_of
from tests.doubles.mosquitto import free_port
from tests.doubles.proxy import Proxy
from tests.doubles.waiting import until


@pytest.fixture
def fleet() -> Iterator[Hive]:
    with hive() as found:
        yield found


def steady(client: FleetClient, fleet: Hive) -> None:
    """All workers have joined."""
    await_state(client, lambda workers, _: sum(worker["free"] for worker in workers) == len(fleet.workers))


def runs_all(client: FleetClient, worker: str) -> None:
    """All streams are that worker's."""
    await_state(client, lambda _, streams: {s["worker"] for s in streams.values()} == {worker})


def test_readings_go_on_after_kill_9_and_none_comes_twice(fleet: Hive) -> None:
    fleet.begin()
    fleet.begin()
    client, hearer = fleet.client(), fleet.hearer()
    steady(client, fleet)
    client.ask("add", "s", spec="{}")
    owner = fleet.called(owner_of(client, "s"))
    assert until(lambda: bool(hearer.readings("s")))
    killed_s = time.monotonic()
    owner.signal(signal.SIGKILL)
    assert until(lambda: hearer.first_by("s", owner.name, killed_s) is not None)
    first_s = hearer.first_by("s", owner.name, killed_s)
    assert first_s is not None
    assert first_s - killed_s < 10.0  # how soon it is on a quiet machine: benchmarks/fleet.py
    assert not hearer.twice
    reading = hearer.readings("s")[-1].values
    assert reading["version"] == 1
    assert reading["id"] == f"s/{reading['epoch']}/{reading['window']}/0"
    assert {r.values["worker"] for r in hearer.readings("s", first_s)} == {reading["worker"]}


def test_a_stopped_worker_that_wakes_says_nothing_more_of_what_it_lost(fleet: Hive) -> None:
    fleet.begin()
    fleet.begin()
    client, hearer = fleet.client(), fleet.hearer()
    steady(client, fleet)
    client.ask("add", "s", spec="{}")
    owner = fleet.called(owner_of(client, "s"))
    stopped_s = time.monotonic()
    owner.signal(signal.SIGSTOP)
    assert until(lambda: hearer.first_by("s", owner.name, stopped_s) is not None, timeout_s=20.0)
    woken_s = time.monotonic()
    owner.signal(signal.SIGCONT)
    assert "stood still for" in line_of(owner.process)
    steady(client, fleet)
    assert len(hearer.readings("s", woken_s)) > 3
    assert owner.name not in {r.values["worker"] for r in hearer.readings("s", woken_s)}
    assert not hearer.twice


def test_a_hundred_requests_at_once_fill_the_workers_exactly(fleet: Hive) -> None:
    fleet.begin("--most", "3")
    fleet.begin("--most", "3")
    client = fleet.client()
    steady(client, fleet)
    answers: list[str] = []

    def ask(number: int) -> None:
        answers.append(str(client.ask("add", f"s{number}", spec="{}")["state"]))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    await_state(client, lambda _, streams: sum(s["state"] == "running" for s in streams.values()) == 6)
    workers, streams = listed(client)
    assert [worker["streams"] for worker in workers] == [3, 3]
    assert sum(stream["state"] == "waiting" for stream in streams.values()) == 94
    assert answers.count("waiting") == 94
    running = next(name for name, stream in streams.items() if stream["state"] == "running")
    client.ask("stop", running)
    await_state(client, lambda _, now: sum(s["state"] == "running" for s in now.values()) == 6)
    assert running not in listed(client)[1]


def test_a_worker_that_joins_later_learns_the_streams_and_may_be_moved_to(fleet: Hive) -> None:
    fleet.begin()
    client, hearer = fleet.client(), fleet.hearer()
    client.ask("add", "s", spec="{}")
    first = owner_of(client, "s")
    second = fleet.begin().name
    steady(client, fleet)
    assert client.ask("move", "s", worker=second)["state"] == "moved"
    assert owner_of(client, "s") == second
    fleet.called(first).signal(signal.SIGKILL)
    await_state(client, lambda workers, streams: len(workers) == 1 and streams["s"]["worker"] == second)
    assert not hearer.twice


def test_a_worker_that_was_killed_while_another_one_was_new_loses_no_stream(fleet: Hive) -> None:
    owner = fleet.begin()
    client = fleet.client()
    for name in ("s", "t"):
        client.ask("add", name, spec="{}")
    for _ in range(3):  # each at another door, or at one that has become free
        newer = fleet.begin()
        await_state(client, lambda workers, _: [worker["joined"] for worker in workers] == [True, True])
        owner.signal(signal.SIGKILL)
        owner.process.wait()
        owner = newer
        runs_all(client, newer.name)
        assert listed(client)[1].keys() == {"s", "t"}


def test_workers_that_begin_at_the_same_moment_find_each_other(fleet: Hive) -> None:
    for process in [fleet.launch() for _ in range(6)]:
        fleet.await_name(process)
    client = fleet.client()
    steady(client, fleet)
    assert sum(worker["leads"] for worker in listed(client)[0]) == 1


def test_a_worker_that_is_told_to_end_gives_its_streams_away(fleet: Hive) -> None:
    fleet.begin()
    fleet.begin()
    client = fleet.client()
    steady(client, fleet)
    client.ask("add", "s", spec="{}")
    owner = fleet.called(owner_of(client, "s"))
    owner.signal(signal.SIGTERM)
    assert owner.process.wait(20) == 0
    await_state(client, lambda _, streams: streams["s"]["worker"] not in (None, owner.name))


def test_a_session_that_dies_is_begun_again_and_counted(fleet: Hive) -> None:
    fleet.begin()
    client, hearer = fleet.client(), fleet.hearer()
    client.ask("add", "s", spec=json.dumps({"dies_after_s": 0.5}))
    await_state(client, lambda _, streams: streams["s"].get("restarts", 0) >= 2)
    assert not hearer.twice
    assert len({record.values["epoch"] for record in hearer.readings("s")}) >= 2


def test_a_session_that_hangs_is_begun_again(fleet: Hive) -> None:
    fleet.begin()
    client = fleet.client()
    client.ask("add", "s", spec=json.dumps({"hangs": True}))
    reason = "its process said nothing for 10 s"
    await_state(client, lambda _, streams: streams["s"].get("reason") == reason)


def test_a_session_that_cannot_begin_says_why(fleet: Hive) -> None:
    fleet.begin()
    client = fleet.client()
    client.ask("add", "s", spec=json.dumps({"broken": True}))
    reason = "there is no such file: name another"
    await_state(client, lambda _, streams: streams["s"].get("reason") == reason)
    assert listed(client)[1]["s"]["state"] == "restarting"


def test_a_stream_that_comes_to_its_end_has_ended(fleet: Hive) -> None:
    fleet.begin()
    client = fleet.client()
    client.ask("add", "s", spec=json.dumps({"ends_after_s": 0.3}))
    await_state(client, lambda _, streams: streams["s"]["state"] == "ended")


def test_two_streams_of_one_name(fleet: Hive) -> None:
    fleet.begin()
    client = fleet.client()
    client.ask("add", "s", spec="{}")
    with pytest.raises(UsageError, match=r"stream s is there already.*: stop it first"):
        client.ask("add", "s", spec="{}")


def test_a_worker_with_another_checkpoint_is_refused(fleet: Hive) -> None:
    fleet.begin()
    await_state(fleet.client(), lambda workers, _: [worker["joined"] for worker in workers] == [True])
    process = fleet.launch("--checkpoint", "b")
    line_of(process)
    assert line_of(process) == "checkpoint b is here, but this fleet runs with a: install the same"
    assert process.wait(20) == 5
    assert process.stdout is not None
    process.stdout.close()


def test_an_address_where_nobody_is() -> None:
    with pytest.raises(SourceError, match=r"no fleet answers at tcp/127.0.0.1:\d+: is a worker there"):
        open_client_bus(f"tcp/127.0.0.1:{free_port()}", None)


def test_an_address_that_is_no_bus_is_refused_by_a_worker(fleet: Hive) -> None:
    import http.server

    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        fleet.address = f"tcp/127.0.0.1:{server.server_address[1]}"
        process = fleet.launch()
        assert f"no fleet answers at {fleet.address}" in line_of(process)
        assert process.wait(20) == 3
        assert process.stdout is not None
        process.stdout.close()


def test_a_bus_that_is_split_goes_on_in_both_halves_and_the_higher_epoch_wins(tmp_path: Path) -> None:
    ports = free_port(), free_port()
    with closing(Proxy(ports[0])) as proxy, hive(config=tmp_path / "left.json5") as fleet:
        write_config(tmp_path / "left.json5", ports[0], [])
        write_config(tmp_path / "right.json5", ports[1], [f"tcp/127.0.0.1:{proxy.port}"])
        fleet.begin("--zenoh-config", str(tmp_path / "left.json5"))
        left = fleet.client(f"tcp/127.0.0.1:{ports[0]}")
        steady(left, fleet)  # the left one leads: who asks at the left reaches only that one
        fleet.begin("--zenoh-config", str(tmp_path / "right.json5"))
        right = fleet.client(f"tcp/127.0.0.1:{ports[1]}")
        hearers = [fleet.hearer(f"tcp/127.0.0.1:{port}") for port in ports]
        steady(left, fleet)
        left.ask("add", "s", spec="{}")
        left.ask("add", "t", spec="{}")
        owner_of(left, "t")
        proxy.cut()
        for side in (left, right):
            await_state(
                side,
                lambda workers, s: len(workers) == 1 and all(x["state"] == "running" for x in s.values()),
            )
        epochs = {name: [listed(side)[1][name]["epoch"] for side in (left, right)] for name in "st"}
        assert all(one != other for one, other in epochs.values())
        proxy.mend()
        await_state(
            left, lambda workers, s: len(workers) == 2 and all(x["state"] == "running" for x in s.values())
        )
        higher = {
            name: max(both, key=lambda epoch: int(epoch.split("-")[0])) for name, both in epochs.items()
        }
        await_state(left, lambda _, streams: all(streams[name]["epoch"] == higher[name] for name in "st"))
        assert not any(hearer.twice for hearer in hearers)


def write_config(path: Path, port: int, to: list[str]) -> None:
    """Who connects to nobody but the other half."""
    connect = {"endpoints": to, "timeout_ms": -1, "exit_on_failure": False}
    retry = {"period_init_ms": 100, "period_max_ms": 300, "period_increase_factor": 2}
    scouting = {"multicast": {"enabled": False}, "gossip": {"enabled": False}}
    listen = {"endpoints": [f"tcp/127.0.0.1:{port}"]}
    config = {"mode": "peer", "connect": connect | {"retry": retry}, "listen": listen, "scouting": scouting}
    path.write_text(json.dumps(config))
