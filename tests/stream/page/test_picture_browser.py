"""The camera's picture on the page, in Chromium."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from fsrf_live.stream.flow.clock import MonotonicClock
from fsrf_live.stream.flow.items import FaceBox, Frame, Looked, Reason
from fsrf_live.stream.page.server import PageServer
from tests.doubles.browser import WAIT_MS, chromium, cut_off, faults_of
from tests.doubles.page import FakeLive, page_of

BOX = FaceBox(0.25, 0.25, 0.5, 0.5)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page() -> Iterator[PageServer]:
    with page_of(FakeLive()) as page:
        yield page


@pytest.fixture
def tab(browser: Any, page: PageServer) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 360, "height": 900}, bypass_csp=True)
    context.set_default_timeout(WAIT_MS)
    tab = context.new_page()
    tab.goto(page.address)
    yield tab
    context.close()


def see(tab: Any, page: PageServer, script: str, *, face: bool = True) -> bool:
    """Let pictures be read until a script in the page says yes."""
    image = np.full((120, 160, 3), (30, 60, 200), np.uint8)
    for _ in range(600):
        now_ns = MonotonicClock().now_ns()
        box, reason = (BOX, None) if face else (None, Reason.NO_FACE)
        page.see(Looked(Frame(now_ns, image), box, reason, 9_000_000))
        if tab.evaluate(script):
            return True
        tab.wait_for_timeout(100)
    return False


def test_it_is_off_and_then_on_and_then_off(tab: Any, page: PageServer) -> None:
    ways: list[str] = []
    closed: list[str] = []

    def opened(way: Any) -> None:
        if way.url.endswith("/pictures"):
            ways.append(way.url)
            way.on("close", lambda _: closed.append(way.url))

    tab.on("websocket", opened)
    assert tab.locator("#picture").is_hidden()
    tab.click("#see")
    assert see(tab, page, "!seen.hidden")
    pixel = tab.evaluate("[...seen.getContext('2d').getImageData(10, 10, 1, 1).data]")
    assert all(abs(a - b) < 8 for a, b in zip(pixel, (200, 60, 30, 255), strict=True))
    white = tab.evaluate("[...seen.getContext('2d').getImageData(40, 60, 1, 1).data]")
    assert min(white) > 240  # the box, on its left side
    assert tab.inner_text("#seen-face") == "face, read in 9 ms"
    assert tab.inner_text("#seen-when") in ("0:19", "0:20")
    tab.click("#see")
    tab.wait_for_selector("#picture", state="hidden")
    tab.wait_for_timeout(200)
    assert len(ways) == 1
    assert closed == ways


def test_without_a_face_there_is_no_box_and_a_reason(tab: Any, page: PageServer) -> None:
    tab.click("#see")
    assert see(
        tab, page, "document.querySelector('#seen-face.warn')?.innerText.startsWith('no face')", face=False
    )
    side = tab.evaluate("[...seen.getContext('2d').getImageData(40, 60, 1, 1).data]")
    assert side[0] < 210


def test_an_old_picture_is_taken_away(tab: Any, page: PageServer) -> None:
    tab.click("#see")
    assert see(tab, page, "!seen.hidden")
    tab.wait_for_selector("text=no picture for 2 s")
    assert tab.locator("#seen").is_hidden()


def test_a_page_that_nobody_sees_gets_none(tab: Any, page: PageServer) -> None:
    tab.click("#see")
    assert see(tab, page, "!seen.hidden")
    hide = "Object.defineProperty(document, 'hidden', { get: () => window.away, configurable: true });"
    tab.evaluate(f"{hide} window.away = true; document.dispatchEvent(new Event('visibilitychange'))")
    tab.wait_for_selector("#seen", state="hidden")
    tab.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    assert see(tab, page, "!seen.hidden")


def test_it_fits_and_is_clean_for_those_who_do_not_see_it(tab: Any, page: PageServer) -> None:
    tab.click("#see")
    assert see(tab, page, "!seen.hidden")
    assert cut_off(tab) == []
    assert faults_of(tab) == []
