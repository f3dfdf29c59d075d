"""Streams in real processes, which are killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from multiprocessing import active_children
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import EngineError, UsageError
from fsrf_live.tools.hosting.hosts import StreamHosts
from fsrf_live.tools.hosting.messages import (
    LAST_NEWS,
    HostedNews,
    HostOpening,
    StreamEnded,
    StreamFailed,
    StreamHealth,
    StreamLost,
    StreamRecord,
)
from tests.conftest import REPOSITORY
from tests.doubles import hosted
from tests.doubles.records import END, READING
from tests.doubles.waiting import until

Hosting = Callable[[int | None], StreamHosts]


@pytest.fixture
def hosting() -> Iterator[Hosting]:
    """Hosts of told sessions in at most so many processes; all of them end with the test."""
    begun: list[StreamHosts] = []

    def begin(processes: int | None) -> StreamHosts:
        begun.append(StreamHosts(hosted.opening, processes))
        return begun[-1]

    yield begin
    pids = [pid for hosts in begun for pid in hosts.processes]
    for hosts in begun:
        hosts.close()
    assert active_children() == []
    assert not any(lives(pid) for pid in pids)


def lives(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def told(hosts: StreamHosts, enough: Callable[[list[HostedNews]], bool]) -> list[HostedNews]:
    """What is told until it is enough, but how they fare."""
    news: list[HostedNews] = []

    def listen() -> bool:
        news.extend(each for each in hosts.news(0.1) if not isinstance(each, StreamHealth))
        return enough(news)

    assert until(listen), news
    return news


def reads(*names: str) -> Callable[[list[HostedNews]], bool]:
    return lambda news: set(names) <= {each.name for each in news if isinstance(each, StreamRecord)}


def over(*names: str) -> Callable[[list[HostedNews]], bool]:
    return lambda news: set(names) <= {each.name for each in news if isinstance(each, LAST_NEWS)}


def of(name: str, news: list[HostedNews]) -> list[HostedNews]:
    return [each for each in news if each.name == name]


def whole(name: str) -> list[HostedNews]:
    """All that is told of a session which nothing happens to."""
    return [StreamRecord(name, READING), StreamRecord(name, END), StreamEnded(name, {"camera": 3})]


@pytest.mark.parametrize(("processes", "used"), [(None, 5), (1, 1), (2, 2), (9, 5)])
def test_streams_share_so_many_processes(hosting: Hosting, processes: int | None, used: int) -> None:
    hosts = hosting(processes)
    names = [f"stream {number}" for number in range(5)]
    for name in names:
        hosts.start(name, "long")
    told(hosts, reads(*names))
    shares = [len(streams) for streams in hosts.processes.values() if streams]
    assert len(shares) == used
    assert max(shares) - min(shares) <= 1
    for name in names:
        hosts.stop(name)
    told(hosts, over(*names))
    assert list(hosts.streams) == []


@pytest.mark.parametrize("processes", [None, 1])
def test_each_stream_tells_its_records_in_order_and_then_its_end(
    hosting: Hosting, processes: int | None
) -> None:
    hosts = hosting(processes)
    for name in ("one", "two"):
        hosts.start(name, "short")
    news = told(hosts, over("one", "two"))
    assert [of(name, news) for name in ("one", "two")] == [whole("one"), whole("two")]


def test_a_stream_tells_how_it_fares(hosting: Hosting) -> None:
    hosts = hosting(None)
    hosts.start("door", "long")
    assert until(lambda: StreamHealth("door", {"state": "long"}) in hosts.news(0.1))


def test_a_stream_that_takes_long_to_open_is_said_to_be_loading(hosting: Hosting) -> None:
    hosts = hosting(None)
    hosts.start("door", "slow")
    assert until(lambda: StreamHealth("door", {"state": "loading"}) in hosts.news(0.1))
    hosts.kill("door")
    assert told(hosts, over("door")) == [StreamLost("door", "its process died")]


def test_streams_come_and_go_while_others_run(hosting: Hosting) -> None:
    hosts = hosting(1)
    hosts.start("first", "long")
    told(hosts, reads("first"))
    hosts.start("second", "long")
    told(hosts, reads("second"))
    hosts.stop("first")
    told(hosts, over("first"))
    hosts.start("first", "short")
    told(hosts, over("first"))
    assert list(hosts.streams) == ["second"]
    hosts.stop("second")
    assert of("second", told(hosts, over("second"))) == whole("second")[1:]


def test_a_killed_process_loses_its_own_streams_one_by_one(hosting: Hosting) -> None:
    hosts = hosting(2)
    for name in ("a", "b", "c", "d"):
        hosts.start(name, "long")
    told(hosts, reads("a", "b", "c", "d"))
    pid = next(pid for pid, streams in hosts.processes.items() if "a" in streams)
    os.kill(pid, signal.SIGKILL)
    assert told(hosts, over("a", "c")) == [
        StreamLost("a", "its process died"),
        StreamLost("c", "its process died"),
    ]
    assert set(hosts.streams) == {"b", "d"}
    hosts.start("a", "short")
    assert of("a", told(hosts, over("a"))) == whole("a")


def test_a_stream_that_kills_its_process_is_lost(hosting: Hosting) -> None:
    hosts = hosting(None)
    hosts.start("deadly", "deadly")
    hosts.start("sound", "short")
    news = told(hosts, over("deadly", "sound"))
    assert of("deadly", news) == [StreamLost("deadly", "its process died")]
    assert of("sound", news) == whole("sound")


def test_a_stream_that_does_not_end_is_killed(hosting: Hosting) -> None:
    hosts = hosting(None)
    hosts.start("stuck", "stuck")
    told(hosts, reads("stuck"))
    hosts.stop("stuck")
    hosts.kill("stuck")
    assert told(hosts, over("stuck")) == [StreamLost("stuck", "its process died")]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("absent", "there is no camera 7: plug one in"),
        ("faulty", "internal error, ZeroDivisionError: no camera"),
        ("broken", "the camera burns: put it out"),
    ],
)
def test_what_is_wrong_with_one_stream_is_a_line_and_the_others_go_on(
    hosting: Hosting, kind: hosted.Kind, reason: str
) -> None:
    hosts = hosting(1)
    hosts.start("sound", "long")
    hosts.start("bad", kind)
    assert of("bad", told(hosts, over("bad")))[-1] == StreamFailed("bad", reason)
    hosts.stop("sound")
    assert of("sound", told(hosts, over("sound")))[-1] == StreamEnded("sound", {"camera": 3})


def test_hosts_outlive_the_process_that_they_are_forked_from(hosting: Hosting) -> None:
    hosts = hosting(None)
    hosts.start("old", "long")
    told(hosts, reads("old"))
    nursery = next(pid for pid, streams in hosts.processes.items() if not streams)
    os.kill(nursery, signal.SIGKILL)
    hosts.start("new", "short")
    assert of("new", told(hosts, over("new"))) == whole("new")
    hosts.stop("old")
    assert of("old", told(hosts, over("old")))[-1] == StreamEnded("old", {"camera": 3})


def test_streams_are_heard_while_what_they_are_forked_from_is_begun_again(tmp_path: Path) -> None:
    with (
        closing(StreamHosts(partial(hosted.gated_opening, tmp_path), None)) as hosts,
        ThreadPoolExecutor(1) as beside,
    ):
        hosts.start("old", "talking")
        told(hosts, reads("old"))
        os.kill(next(pid for pid, streams in hosts.processes.items() if not streams), signal.SIGKILL)
        begun = beside.submit(hosts.start, "new", "long")
        assert until((tmp_path / hosted.WAITS).exists)
        told(hosts, lambda news: len(of("old", news)) > 9)
        assert not begun.done()
        (tmp_path / hosted.GO).touch()
        told(hosts, reads("new"))


def test_a_name_is_that_of_one_stream(hosting: Hosting) -> None:
    hosts = hosting(1)
    hosts.start("door", "long")
    with pytest.raises(UsageError, match="'door' already: stop it first"):
        hosts.start("door", "long")
    hosts.stop("nobody")
    hosts.kill("nobody")
    assert list(hosts.streams) == ["door"]


@pytest.mark.parametrize(
    ("opening", "complaint"),
    [
        (hosted.unable_opening, "no engine runs here"),
        (hosted.faulty_opening, "cannot be loaded, ZeroDivisionError: no engine"),
        (hosted.deadly_opening, "what streams share died"),
    ],
)
def test_nothing_begins_if_what_streams_share_cannot_be_loaded(opening: HostOpening, complaint: str) -> None:
    with pytest.raises(EngineError, match=complaint):
        StreamHosts(opening, None)
    assert active_children() == []


BEGINS_TWO = """
import sys
from fsrf_live.tools.hosting.hosts import StreamHosts
from tests.doubles import hosted
if __name__ == "__main__":
    hosts = StreamHosts(hosted.opening, None)
    hosts.start("one", "long")
    hosts.start("two", "long")
    print(*hosts.processes, flush=True)
    sys.stdin.read()
"""


BEGINS_WITHOUT_END = """
from fsrf_live.tools.hosting.hosts import StreamHosts
from tests.doubles import hosted
if __name__ == "__main__":
    try:
        StreamHosts(hosted.endless_opening, None)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


def running(text: str, folder: Path) -> "subprocess.Popen[str]":
    """A script in a process of its own, that leads a group."""
    script = folder / "begins.py"
    script.write_text(text)
    path = os.pathsep.join(map(str, (REPOSITORY / "src", REPOSITORY)))
    return subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,
    )


def test_ctrl_c_ends_what_is_still_loading(tmp_path: Path) -> None:
    began = running(BEGINS_WITHOUT_END, tmp_path)
    assert began.stdin is not None
    assert began.stdout is not None
    with closing(began.stdin), closing(began.stdout):
        assert began.stdout.readline() == "loading\n"
        os.killpg(began.pid, signal.SIGINT)  # as a terminal does
        assert began.stdout.read() == "interrupted\n", "which ends when the last process of the group does"
        assert began.wait() == 0


def test_no_process_outlives_who_began_it(tmp_path: Path) -> None:
    began = running(BEGINS_TWO, tmp_path)
    assert began.stdin is not None
    assert began.stdout is not None
    with closing(began.stdin), closing(began.stdout):
        pids = [int(pid) for pid in began.stdout.readline().split()]
        began.kill()
        began.wait()
    assert len(pids) == 3
    assert until(lambda: not any(lives(pid) for pid in pids))
