"""Rows by a real Dask cluster of two processes, which are killed."""

import socket
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import dask
import pytest
from distributed import LocalCluster

from fsrf_live.fsrf.common.errors import EngineError, SourceError
from fsrf_live.tools.batch.cluster import by_cluster
from fsrf_live.tools.batch.work import RowOutcome, RowTask
from tests.doubles import batch
from tests.doubles.batch import BROKEN, DEADLY, FAINT, counted, task, tasks

pytestmark = pytest.mark.filterwarnings("default")  # Dask's own, of its threads and sockets


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}), local(2) as cluster:
        yield cluster


def local(workers: int) -> Any:
    return LocalCluster(
        n_workers=workers, threads_per_worker=1, dashboard_address=":0", silence_logs=50, host="127.0.0.1"
    )


@pytest.fixture
def address(cluster: Any) -> str:
    return str(cluster.scheduler_address)


def test_each_task_has_one_outcome_and_tasks_are_taken_as_they_are_needed(address: str) -> None:
    taken: list[RowTask] = []
    pool = by_cluster(address, batch.quick, counted([*tasks(60), task(61, BROKEN)], taken))
    done: list[tuple[RowTask, RowOutcome]] = [next(pool)]
    assert len(taken) <= 1 + 2 * 8
    done += pool
    assert sorted(each.number for each, _ in done) == list(range(1, 62))
    assert all(outcome.result == each.name.encode() for each, outcome in done)
    assert [each.number for each, outcome in done if outcome.error] == [61]


def test_a_row_whose_worker_dies_is_done_and_a_row_at_which_all_die_fails_alone(
    address: str, tmp_path: Path
) -> None:
    rows = [task(1, FAINT, str(tmp_path / "mark")), task(2, DEADLY), *tasks(12)[2:]]
    done = {each.number: outcome.error for each, outcome in by_cluster(address, batch.quick, rows)}
    assert sorted(done) == list(range(1, 13))
    assert [number for number, error in done.items() if error is not None] == [2]
    assert "every worker that took this row died" in (done[2] or "")


def test_a_worker_in_which_no_row_can_be_done_is_named(address: str) -> None:
    with pytest.raises(EngineError, match=r"worker tcp://127\.0\.0\.1:\d+: no engine runs here"):
        list(by_cluster(address, batch.unable, tasks(3)))


def test_a_worker_that_cannot_do_rows_and_came_later_ends_the_batch_with_its_name(address: str) -> None:
    with pytest.raises(EngineError, match=r"worker tcp://127\.0\.0\.1:\d+: its engine is gone"):
        list(by_cluster(address, batch.failing, tasks(3)))


def test_a_worker_without_the_program_is_named(address: str) -> None:
    with pytest.raises(
        EngineError, match=r"worker tcp://\S+ cannot do it .*no_such_program.*: install this fsrf-live there"
    ):
        list(by_cluster(address, batch.Elsewhere(), tasks(3)))


@pytest.mark.parametrize("address", ["nonsense://127.0.0.1:1", "127.0.0.1", "tcp://127.0.0.1:1", ""])
def test_an_address_that_is_no_scheduler_is_one_error(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsrf_live.tools.batch.cluster._CONNECT_S", 1)
    with pytest.raises(SourceError, match=f"--dask {address}: no scheduler .* answers .*; give the address"):
        list(by_cluster(address, batch.quick, tasks(1)))


def test_a_foreign_server_is_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsrf_live.tools.batch.cluster._CONNECT_S", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=partial(_greet, server), daemon=True).start()
        with pytest.raises(SourceError, match="no scheduler of this version of Dask answers"):
            list(by_cluster(f"tcp://127.0.0.1:{server.getsockname()[1]}", batch.quick, tasks(1)))


def test_a_scheduler_without_workers_is_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsrf_live.tools.batch.cluster._JOIN_S", 0.2)
    message = r"no worker has come in 0\.2 s: start some"
    with local(0) as empty, pytest.raises(SourceError, match=message):
        list(by_cluster(empty.scheduler_address, batch.quick, tasks(1)))


def test_a_scheduler_that_goes_away_is_one_error() -> None:
    with local(1) as cluster:
        pool = by_cluster(cluster.scheduler_address, batch.quick, tasks(10_000))
        next(pool)
        cluster.close()
        with pytest.raises(SourceError, match="the scheduler is gone: start it again"):
            list(pool)


def _greet(server: socket.socket) -> None:
    while True:
        try:
            with server.accept()[0] as client:
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        except OSError:
            return
