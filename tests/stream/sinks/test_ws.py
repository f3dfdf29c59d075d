"""``ws:``, with clients of the library and with ones that are not."""

import contextlib
import errno
import io
import json
import os
import runpy
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.flow.gate import Gate
from fsrf_live.stream.flow.records import encode
from fsrf_live.stream.flow.sinks import Sink, open_sink
from fsrf_live.stream.sinks import ws
from fsrf_live.stream.sinks.ws import LONGEST_MESSAGE, MOST_CLIENTS, MOST_WAYS
from tests.conftest import REPOSITORY
from tests.doubles.crowd import crowd_at
from tests.doubles.mosquitto import free_port
from tests.doubles.records import BACK, LOST, MARKER, READING, reading_at
from tests.doubles.waiting import until

pytest.importorskip("websockets", reason="websockets is not here: pip install 'fsrf-live[ws]'")

WAIT_S = 20.0
HELLO = '{"type":"hello","version":1}'


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def sink(port: int) -> Iterator[Sink]:
    sink = open_sink(f"ws:127.0.0.1:{port}")
    yield sink
    sink.close()


def client(port: int, **options: Any) -> Any:
    from websockets.sync.client import connect

    return connect(f"ws://127.0.0.1:{port}", open_timeout=WAIT_S, close_timeout=WAIT_S, **options)


def test_a_client_is_greeted_with_the_version_and_then_gets_each_record(sink: Sink, port: int) -> None:
    with client(port) as first, client(port) as second:
        assert [first.recv(WAIT_S), second.recv(WAIT_S)] == [HELLO, HELLO]
        for record in (READING, LOST, MARKER):
            sink.emit(record)
            assert first.recv(WAIT_S) == second.recv(WAIT_S) == encode(record)


def test_who_comes_late_learns_the_newest_reading_and_how_each_source_is(sink: Sink, port: int) -> None:
    for record in (LOST, READING, BACK, reading_at(7.0), MARKER):
        sink.emit(record)
    with client(port) as late:
        told = [late.recv(WAIT_S) for _ in range(3)]
    assert told[0] == HELLO
    assert set(told[1:]) == {encode(BACK), encode(reading_at(7.0))}


def test_a_client_that_leaves_is_missed_by_nobody(sink: Sink, port: int) -> None:
    with client(port) as stays:
        assert stays.recv(WAIT_S) == HELLO
        with client(port) as leaves:
            assert leaves.recv(WAIT_S) == HELLO
        sink.emit(READING)
        assert stays.recv(WAIT_S) == encode(READING)


def test_a_client_that_reads_nothing_holds_up_nobody(sink: Sink, port: int) -> None:
    with client(port) as reads, socket.create_connection(("127.0.0.1", port)) as silent:
        silent.sendall(
            b"GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert silent.recv(12) == b"HTTP/1.1 101"
        assert reads.recv(WAIT_S) == HELLO
        for second in range(2000):
            sink.emit(reading_at(float(second)))
        times = [json.loads(reads.recv(WAIT_S))["end_s"] for _ in range(2000)]
    assert times == [float(second) for second in range(2000)]


@pytest.mark.parametrize("nonsense", ["hello", b"\x00\xff", "{}" * 100])
def test_what_a_client_says_is_not_heard(sink: Sink, port: int, nonsense: str | bytes) -> None:
    with client(port) as talker:
        assert talker.recv(WAIT_S) == HELLO
        for _ in range(100):
            talker.send(nonsense)
        sink.emit(READING)
        assert talker.recv(WAIT_S) == encode(READING)


def test_who_says_too_much_is_shown_out(sink: Sink, port: int) -> None:
    from websockets.exceptions import ConnectionClosedError

    with client(port) as talker:
        assert talker.recv(WAIT_S) == HELLO
        talker.send("a" * (LONGEST_MESSAGE + 1))
        with pytest.raises(ConnectionClosedError, match="1009"):
            talker.recv(WAIT_S)


@pytest.mark.parametrize("origin", ["https://example.org", "null", "http://127.0.0.1:8000"])
def test_a_page_in_a_browser_cannot_read_along(sink: Sink, port: int, origin: str) -> None:
    from websockets.exceptions import InvalidStatus

    with pytest.raises(InvalidStatus, match="403"), client(port, origin=origin):
        pass


def test_one_client_too_many_is_refused_and_there_is_room_again_once_one_has_left(
    sink: Sink, port: int
) -> None:
    from websockets.exceptions import InvalidStatus

    with contextlib.ExitStack() as room:
        clients = [room.enter_context(client(port)) for _ in range(MOST_CLIENTS)]
        assert [each.recv(WAIT_S) for each in clients] == [HELLO] * MOST_CLIENTS
        with pytest.raises(InvalidStatus, match="503"), client(port):
            pass
    with client(port) as next_one:
        assert next_one.recv(WAIT_S) == HELLO


@pytest.mark.parametrize("words", [b"", b"G", b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n"])
def test_who_says_nothing_or_half_takes_a_bounded_share_and_leaves_room_in_time(
    port: int, monkeypatch: pytest.MonkeyPatch, words: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    from websockets.exceptions import WebSocketException

    monkeypatch.setattr(ws, "FIRST_WORD_S", 0.5)

    def is_greeted() -> bool:
        with contextlib.suppress(OSError, WebSocketException), client(port) as lawful:
            return bool(lawful.recv(WAIT_S) == HELLO)
        return False

    with contextlib.closing(open_sink(f"ws:{port}")) as sink, client(port) as stays:
        assert stays.recv(WAIT_S) == HELLO
        before = threading.active_count()
        with crowd_at(port, 4 * MOST_WAYS, words) as crowd:
            assert crowd.ways <= MOST_WAYS
            assert threading.active_count() == before
            sink.emit(READING)
            assert stays.recv(WAIT_S) == encode(READING)
            assert until(is_greeted, timeout_s=WAIT_S)
            assert until(lambda: crowd.shut_out == 4 * MOST_WAYS, timeout_s=WAIT_S)
    assert capfd.readouterr().err == ""


def test_where_no_file_can_be_opened_any_more_that_is_one_line(
    port: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    accept, full = Gate.accept, [OSError(errno.EMFILE, os.strerror(errno.EMFILE)) for _ in range(2)]

    def fails_twice(gate: Gate) -> tuple[socket.socket, Any]:
        if full:
            raise full.pop()
        return accept(gate)

    monkeypatch.setattr(Gate, "accept", fails_twice)
    with contextlib.closing(open_sink(f"ws:{port}")), client(port) as patient:
        assert patient.recv(WAIT_S) == HELLO
    (line,) = caplog.messages
    assert "Too many open files" in line
    assert capfd.readouterr().err == ""


def test_strangers_who_knock_are_no_message(
    sink: Sink, port: int, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    for words in (b"", b"\x16\x03\x01\x02", b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", port)) as stranger:
            stranger.sendall(words)
            stranger.shutdown(socket.SHUT_WR)
            while stranger.recv(4096):
                pass
    assert (caplog.messages, capfd.readouterr().err) == ([], "")


def test_at_the_end_clients_are_told_and_the_port_is_free_again(port: int) -> None:
    for _ in range(2):
        sink = open_sink(f"ws:{port}")
        with client(port) as follower:
            sink.close()
            assert list(follower) == [HELLO]


def test_a_port_in_use_is_refused_in_one_line(sink: Sink, port: int) -> None:
    with pytest.raises(UsageError, match=rf"sink ws:{port}: .*[aA]ddress already in use.*; choose another"):
        open_sink(f"ws:{port}")


def test_it_listens_on_this_machine_only() -> None:
    with pytest.raises(UsageError, match="listens on this machine only"):
        open_sink("ws:0.0.0.0:8765")


def test_the_example_follows_a_session(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = open_sink(f"ws:{port}")
    sink.emit(READING)
    heard = io.StringIO()
    monkeypatch.setattr(sys, "stdout", heard)

    def end_once_heard() -> None:
        assert until(lambda: "0.81" in heard.getvalue())
        sink.close()

    over = threading.Thread(target=end_once_heard)
    over.start()
    monkeypatch.setattr(sys, "argv", ["websocket_client", str(port)])
    runpy.run_path(str(REPOSITORY / "examples" / "websocket_client.py"), run_name="__main__")
    over.join()
    assert "2023-11-14T22:13:23.900Z positive 0.81" in heard.getvalue()
