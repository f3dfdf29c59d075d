"""The page's server, with real clients: programs that are none, and ones that are worse."""

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from fsrf_live.stream.flow.pace import BURST
from fsrf_live.stream.page.guard import serving
from fsrf_live.stream.page.guard.place import place_of
from fsrf_live.stream.page.guard.serving import MOST_CONNECTIONS
from fsrf_live.stream.page.messages import LONGEST_ACT, record_line
from fsrf_live.stream.page.server import PageServer
from fsrf_live.stream.page.viewers import MOST_VIEWERS
from tests.doubles.mosquitto import free_port
from tests.doubles.page import WAIT_S, FakeLive, cookie_of, page_of, records_until, viewer_of
from tests.doubles.records import LOST, MARKER, READING, reading_at
from tests.doubles.waiting import until


@pytest.fixture
def live() -> FakeLive:
    return FakeLive()


@pytest.fixture
def page(live: FakeLive) -> Iterator[PageServer]:
    with page_of(live) as page:
        yield page


def get(page: PageServer, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and body."""
    way = http.client.HTTPConnection("127.0.0.1", port_of(page), timeout=WAIT_S)
    with contextlib.closing(way):
        way.request(method, path, headers=headers)
        answer = way.getresponse()
        return (
            answer.status,
            {name.lower(): value for name, value in answer.getheaders()},
            answer.read().decode(),
        )


def port_of(page: PageServer) -> int:
    return urlsplit(page.address).port or 0


def path_of(page: PageServer) -> str:
    return "/?" + urlsplit(page.address).query


@pytest.fixture
def cookie(page: PageServer) -> str:
    """What a browser sends that has opened the address."""
    return cookie_of(page.address)


def feed(page: PageServer, cookie: str, origin: str | None = None) -> Any:
    return viewer_of(page.address, cookie, origin)


def next_of(viewer: Any, kind: str) -> dict[str, Any]:
    """The next message of a kind."""
    while (message := json.loads(viewer.recv(WAIT_S)))["type"] != kind:
        pass
    return dict(message)


def ask(viewer: Any, **values: Any) -> dict[str, Any]:
    viewer.send(json.dumps({"id": 1, **values}))
    return next_of(viewer, "answer")


def closed(viewer: Any) -> tuple[int, str]:
    """Why the server closed the way; whatever it still said goes."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            viewer.recv(WAIT_S)
    return viewer.close_code, viewer.close_reason


def test_the_address_opens_the_page_once_and_leaves_a_cookie(page: PageServer) -> None:
    status, headers, body = get(page, path_of(page))
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<h1>FSRF Live</h1>" in body
    (cookie,) = SimpleCookie(headers["set-cookie"]).values()
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (
        True,
        "strict",
        "/",
        "",
    )
    status, headers, body = get(page, path_of(page))
    assert status == 403
    assert "set-cookie" not in headers
    assert "An address works once" in body


def test_with_the_cookie_the_files_are_there_and_another_token_is_not_spent(
    page: PageServer, cookie: str
) -> None:
    assert get(page, "/", Cookie=cookie)[0] == 200
    assert get(page, "/page.js", Cookie=cookie)[1]["content-type"] == "text/javascript; charset=utf-8"
    assert "overlay.js" in get(page, "/?overlay=1", Cookie=cookie)[2]
    assert "set-cookie" not in get(page, path_of(page), Cookie=cookie)[1]


@pytest.mark.parametrize(
    "path", ["/", "/page.js", "/uplot/uPlot.iife.min.js", "/nothing", "/?token=", "/page.js?token=guess"]
)
def test_without_it_nothing_is(page: PageServer, path: str) -> None:
    status, headers, _ = get(page, path)
    assert status == 403
    assert "set-cookie" not in headers


def test_only_the_page_itself_takes_a_token(page: PageServer) -> None:
    query = urlsplit(page.address).query
    assert get(page, f"/page.js?{query}")[0] == 403
    assert get(page, f"/?{query}")[0] == 200


def test_what_comes_may_load_nothing_from_elsewhere_and_is_not_kept(page: PageServer, cookie: str) -> None:
    host = f"127.0.0.1:{port_of(page)}"
    for path in ("/", "/page.css", "/nothing"):
        headers = get(page, path, Cookie=cookie)[1]
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "server" not in headers
    policy = get(page, "/", Cookie=cookie)[1]["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"} <= set(
        policy
    )
    assert f"connect-src 'self' ws://{host}" in policy


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Host": "evil.example"}, 421), ({"Origin": "http://evil.example"}, 403), ({"Origin": "null"}, 403)],
)
def test_a_request_that_is_not_for_us_or_not_from_us_is_refused(
    page: PageServer, cookie: str, headers: dict[str, str], status: int
) -> None:
    assert get(page, "/", Cookie=cookie, **headers)[0] == status
    assert get(page, path_of(page), **headers)[0] == status


@pytest.mark.parametrize("path", ["/../server.py", "/%2e%2e/server.py", "//etc/passwd", "/uplot/SHA256SUMS"])
def test_nothing_but_the_files_of_the_page_is_given(page: PageServer, cookie: str, path: str) -> None:
    assert get(page, path, Cookie=cookie)[0] == 404


@pytest.mark.parametrize("path", [b"/\x7f", b"/\xff", b"/a b"])
def test_what_is_no_path_is_refused(page: PageServer, cookie: str, path: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port_of(page)), timeout=WAIT_S) as way:
        way.sendall(b"GET " + path + f" HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode())
        assert way.recv(12)[9:] in (b"400", b"404", b"421")
    assert get(page, "/", Cookie=cookie)[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_it_only_gives(page: PageServer, cookie: str, method: str) -> None:
    assert get(page, "/", method, Cookie=cookie)[0] == 405


def test_a_viewer_is_told_the_past_and_then_each_record_as_it_comes(page: PageServer, cookie: str) -> None:
    with feed(page, cookie) as viewer:
        assert json.loads(viewer.recv(WAIT_S))["type"] == "hello"
        past = json.loads(viewer.recv(WAIT_S))
        assert past["records"] == [json.loads(record_line(record)) for record in records_until(20.0)]
        for record in (reading_at(21.0), LOST, MARKER):
            page.emit(record)
            assert next_of(viewer, json.loads(record_line(record))["type"]) == json.loads(record_line(record))


def test_a_viewer_is_told_how_it_stands_again_and_again(
    page: PageServer, live: FakeLive, cookie: str
) -> None:
    with feed(page, cookie) as viewer:
        assert next_of(viewer, "status")["time_s"] == 20.0
        live.time_s = 24.0
        while next_of(viewer, "status")["time_s"] != 24.0:
            pass


def test_what_is_asked_is_done_and_answered(page: PageServer, live: FakeLive, cookie: str) -> None:
    with feed(page, cookie) as viewer:
        assert ask(viewer, act="mark", name="stimulus 3")["said"] == "20.0 s is marked: stimulus 3"
        assert ask(viewer, act="cut", modality="text")["said"] == "text cut"
        assert "token=" in ask(viewer, act="invite")["address"]
    assert live.asked == ["mark stimulus 3 by page", "cut text"]


def test_another_address_opens_the_overlay_once(page: PageServer, cookie: str) -> None:
    with feed(page, cookie) as viewer:
        query = urlsplit(ask(viewer, act="invite")["address"]).query
    assert "overlay.js" in get(page, f"/?{query}")[2]
    assert get(page, f"/?{query}")[0] == 403


@pytest.mark.parametrize("nonsense", ["hello", b"\x00\xff", "[]", '{"id":1,"act":"mark","name":"\\u0000"}'])
def test_nonsense_is_refused_and_the_viewer_stays(
    page: PageServer, live: FakeLive, cookie: str, nonsense: str | bytes
) -> None:
    with feed(page, cookie) as viewer:
        viewer.send(nonsense)
        assert next_of(viewer, "answer")["refused"]
        page.emit(reading_at(21.0))
        assert next_of(viewer, "reading")["end_s"] == 21.0
    assert live.asked == []


def test_who_says_too_much_at_once_is_shown_out(page: PageServer, live: FakeLive, cookie: str) -> None:
    with feed(page, cookie) as viewer:
        viewer.send(json.dumps({"id": 1, "act": "mark", "name": "a" * LONGEST_ACT}))
        assert closed(viewer)[0] == 1009
    assert live.asked == []


def test_who_asks_too_much_is_shown_out(page: PageServer, live: FakeLive, cookie: str) -> None:
    with feed(page, cookie) as viewer:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(100 * BURST):
                viewer.send('{"id":1,"act":"fault"}')
        assert closed(viewer) == (1008, "this page asks too much")
    assert BURST <= len(live.asked) < 100 * BURST


@pytest.mark.parametrize("change", [{"origin": "http://evil.example"}, {"origin": "null"}, {"cookie": "a=b"}])
def test_a_stranger_cannot_listen(page: PageServer, cookie: str, change: dict[str, str]) -> None:
    with pytest.raises(InvalidStatus, match="403"), feed(page, **{"cookie": cookie, **change}):
        pass


def test_a_program_that_does_not_say_where_it_comes_from_cannot_listen(page: PageServer, cookie: str) -> None:
    with (
        pytest.raises(InvalidStatus, match="403"),
        connect(
            f"ws://127.0.0.1:{port_of(page)}/feed", additional_headers={"Cookie": cookie}, open_timeout=WAIT_S
        ),
    ):
        pass


def test_one_page_too_many_is_told_so_and_there_is_room_again_once_one_has_left(
    page: PageServer, cookie: str
) -> None:
    with contextlib.ExitStack() as room:
        viewers = [room.enter_context(feed(page, cookie)) for _ in range(MOST_VIEWERS)]
        for viewer in viewers:
            next_of(viewer, "hello")
        with feed(page, cookie) as late:
            assert closed(late) == (1013, f"no more than {MOST_VIEWERS} pages may be open")

    def has_room() -> bool:
        with feed(page, cookie) as viewer:
            return bool(json.loads(viewer.recv(WAIT_S))["type"] == "hello")

    def comes_in() -> bool:
        with contextlib.suppress(ConnectionClosed):
            return has_room()
        return False

    assert until(comes_in, timeout_s=WAIT_S)


def test_a_viewer_that_reads_nothing_holds_up_nobody(page: PageServer, cookie: str) -> None:
    port = port_of(page)
    with feed(page, cookie) as reads, socket.create_connection(("127.0.0.1", port)) as silent:
        silent.sendall(
            f"GET /feed HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Origin: http://127.0.0.1:{port}\r\nCookie: {cookie}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        assert silent.recv(12) == b"HTTP/1.1 101"
        next_of(reads, "past")
        for second in range(30, 530):
            page.emit(reading_at(float(second)))
            assert next_of(reads, "reading")["end_s"] == second


@pytest.mark.parametrize("words", [b"", b"G", b"GET / HTTP/1.1\r\nHost: a\r\n\r\nG"])
def test_two_hundred_connections_leave_those_who_look_alone(
    page: PageServer, cookie: str, monkeypatch: pytest.MonkeyPatch, words: bytes
) -> None:
    monkeypatch.setattr(serving, "FIRST_WORD_S", 0.5)

    def answers() -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return get(page, "/", Cookie=cookie)[0] == 200
        return False

    with feed(page, cookie) as viewer:
        next_of(viewer, "past")
        with contextlib.ExitStack() as crowd:
            for _ in range(2 * MOST_CONNECTIONS):
                stranger = crowd.enter_context(socket.create_connection(("127.0.0.1", port_of(page))))
                with contextlib.suppress(ConnectionError):
                    stranger.sendall(words)
            page.emit(reading_at(21.0))
            assert next_of(viewer, "reading")["end_s"] == 21.0
            assert until(answers, timeout_s=WAIT_S), "who says nothing is left, and others find room"


def test_strangers_who_knock_are_no_message(
    page: PageServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    for words in (
        b"",
        b"\x16\x03\x01\x02",
        b"GET / HTTP/1.1\r\nHost: here\r\n\r\n",
        b"GET /feed HTTP/9\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port_of(page)), timeout=WAIT_S) as stranger:
            stranger.sendall(words)
            stranger.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionError):
                while stranger.recv(4096):
                    pass
    assert (caplog.messages, capfd.readouterr().err) == ([], "")


def test_a_snapshot_that_fails_is_told_once_and_records_go_on(
    page: PageServer, live: FakeLive, cookie: str, caplog: pytest.LogCaptureFixture
) -> None:
    live.changes["faults"] = None
    with feed(page, cookie) as viewer:
        assert until(lambda: bool(caplog.messages), timeout_s=WAIT_S)
        page.emit(reading_at(21.0))
        assert next_of(viewer, "reading")["end_s"] == 21.0
        live.changes.clear()
        assert next_of(viewer, "status")["faults"] == ["camera:unplug@18s+5s"]
    assert [message.partition(":")[0] for message in caplog.messages] == [
        "the page could not be told how the session stands"
    ]


def test_before_there_is_a_session_nothing_can_be_asked_of_it() -> None:
    page = PageServer(place_of(str(free_port()), None, None))
    with contextlib.closing(page), feed(page, cookie_of(page.address)) as viewer:
        page.emit(READING)
        assert ask(viewer, act="fault")["refused"] == "the session has not begun"


def test_at_the_end_viewers_get_the_rest_and_are_told_and_the_port_is_free_again(live: FakeLive) -> None:
    with page_of(live) as page:
        with feed(page, cookie_of(page.address)) as viewer:
            next_of(viewer, "past")
            page.emit(LOST)
            ending = threading.Thread(target=page.close)
            ending.start()
            assert next_of(viewer, "event")["state"] == "lost"
            assert closed(viewer) == (1001, "the session is over")
            ending.join(WAIT_S)
        page.close()  # again: nothing happens
        again = PageServer(place_of(str(port_of(page)), None, None))
        again.close()
