"""The page for other machines: with TLS, by the names of its certificate, in a real browser too."""

import contextlib
import http.client
import socket
import ssl
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from fsrf_live.stream.flow.clock import MonotonicClock
from fsrf_live.stream.flow.items import Frame, Item
from fsrf_live.stream.page.browser.device import LentRole
from fsrf_live.stream.page.guard.place import place_of
from fsrf_live.stream.page.guard.serving import MOST_LET_IN
from fsrf_live.stream.page.server import PageServer
from fsrf_live.stream.sources.source import SourceSpec
from fsrf_live.stream.supervision.capture import Capture
from tests.doubles.browser import ALLOWED, FAKE_DEVICES, chromium
from tests.doubles.certificates import certificate
from tests.doubles.mosquitto import free_port
from tests.doubles.page import WAIT_S, FakeLive, page_of
from tests.doubles.waiting import until

CAMERA: tuple[LentRole, ...] = ("camera",)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    return certificate(tmp_path)


@pytest.fixture
def page(files: tuple[str, str]) -> Iterator[PageServer]:
    with page_of(FakeLive(), CAMERA, place_of(f"0.0.0.0:{free_port()}", *files)) as page:
        yield page


def get(page: PageServer, trusted: str, path: str, **headers: str) -> http.client.HTTPResponse:
    context = ssl.create_default_context(cafile=trusted)
    way = http.client.HTTPSConnection("localhost", port_of(page), timeout=WAIT_S, context=context)
    way.request("GET", path, headers=headers)
    answer = way.getresponse()
    answer.read()
    way.close()
    return answer


def port_of(page: PageServer) -> int:
    return urlsplit(page.address).port or 0


def test_the_address_is_of_the_certificate_and_its_cookie_is_secure(
    page: PageServer, files: tuple[str, str]
) -> None:
    assert page.address.startswith(f"https://localhost:{port_of(page)}/?token=")
    answer = get(page, files[0], f"/?{urlsplit(page.address).query}")
    assert answer.status == 200
    (cookie,) = SimpleCookie(answer.headers["Set-Cookie"]).values()
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "strict")
    assert f"connect-src 'self' wss://localhost:{port_of(page)}" in answer.headers["Content-Security-Policy"]
    assert get(page, files[0], f"/?{urlsplit(page.address).query}").status == 403


def test_by_another_name_it_is_not_to_be_had(page: PageServer, files: tuple[str, str]) -> None:
    for name in ("evil.example", f"evil.example:{port_of(page)}", f"127.0.0.2:{port_of(page)}"):
        assert get(page, files[0], "/", Host=name).status == 421


def test_without_tls_nothing_is_said(page: PageServer) -> None:
    with socket.create_connection(("127.0.0.1", port_of(page)), timeout=WAIT_S) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            assert b"HTTP" not in plain.recv(4096)


def test_who_never_says_the_words_of_tls_leaves_room_for_others(
    page: PageServer, files: tuple[str, str]
) -> None:
    with contextlib.ExitStack() as crowd:
        strangers = [
            crowd.enter_context(socket.create_connection(("127.0.0.1", port_of(page))))
            for _ in range(MOST_LET_IN + 20)
        ]
        strangers[-1].settimeout(WAIT_S)
        with contextlib.suppress(ConnectionError):
            assert strangers[-1].recv(1) == b""  # shut out at once

    def answers() -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return get(page, files[0], "/").status == 403
        return False

    assert until(answers, timeout_s=WAIT_S)


def test_a_browser_shows_the_session_and_lends_its_camera(page: PageServer) -> None:
    items: list[Item] = []
    clock = MonotonicClock()
    spec = SourceSpec("added", "video", "camera", lambda: page.camera(clock))
    capture = Capture(spec, clock, items.append, lambda _: None)
    with chromium(*FAKE_DEVICES, *ALLOWED) as browser:
        context = browser.new_context(ignore_https_errors=True)
        tab = context.new_page()
        said: list[str] = []
        tab.on("console", lambda message: said.append(message.text))
        tab.goto(page.address)
        tab.wait_for_selector("text=+0.12")
        capture.start()
        try:
            tab.click("[data-lend=camera] button")
            assert _comes(items, tab)
            assert "tell everybody" in tab.inner_text("#lent-law")
            assert said == []
        finally:
            capture.stop()


def _comes(items: list[Item], tab: Any) -> bool:
    for _ in range(600):
        if any(isinstance(item, Frame) for item in items):
            return True
        tab.wait_for_timeout(100)
    return False
