"""One page and the device that it lends: what it may send, and when it was captured."""

import contextlib
import json
import struct
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from fsrf_live.fsrf.common.errors import SourceError, UsageError
from fsrf_live.stream.flow.clock import NS, FakeClock
from fsrf_live.stream.page.browser.device import BrowserDevice, LentRole
from fsrf_live.stream.page.browser.lending import MOST_EXCESS, PIECES_A_SECOND, Lender
from fsrf_live.stream.page.browser.wire import LONGEST_PIECE
from fsrf_live.stream.page.server import PageServer
from tests.doubles.page import WAIT_S, FakeLive, cookie_of, lender_of, page_of, viewer_of
from tests.doubles.waiting import until

CAMERA: tuple[LentRole, ...] = ("camera",)
HERE = json.dumps({"type": "here", "label": "C920", "rate_hz": 0})


def piece(time_ms: float, count: int = 0, lost: int = 0, data: bytes = b"picture") -> bytes:
    return struct.pack("<dII", time_ms, count, lost) + data


def picture() -> bytes:
    return bytes(cv2.imencode(".jpg", np.full((48, 64, 3), 90, np.uint8))[1])


class Lent:
    """A camera, a page that lends it, and what is taken."""

    def __init__(self) -> None:
        self.clock = FakeClock(100 * NS)
        self.device = BrowserDevice("camera")
        holder = self.device.join(lambda: None, take_over=False)
        assert holder is not None
        self.lender = Lender(self.device, holder, self.clock)
        self.lender.says(HERE)
        self.device.open()

    def answers(self, now_ms: float, after_s: float = 0.0) -> None:
        asked = json.loads(self.lender.question())["asked"]
        self.clock.advance(after_s)
        self.lender.says(json.dumps({"type": "clock", "asked": asked, "now_ms": now_ms}))

    def time_of(self, time_ms: float) -> int:
        self.lender.brings(piece(time_ms))
        taken = self.device.take()
        assert taken is not None
        return taken.time_ns


@pytest.fixture
def lent() -> Lent:
    return Lent()


def test_a_capture_is_put_on_our_clock(lent: Lent) -> None:
    assert lent.time_of(3.0) == 100 * NS  # nothing is known of its clock: it is of now
    lent.answers(5000.0, after_s=0.004)
    lent.clock.advance(0.1)
    assert lent.time_of(5050.0) == 100 * NS + 2_000_000 + 50_000_000


def test_an_answer_to_an_older_question_tells_nothing(lent: Lent) -> None:
    lent.answers(5000.0)
    late = json.loads(lent.lender.question())["asked"]
    lent.clock.advance(1.0)
    lent.lender.question()
    lent.lender.says(json.dumps({"type": "clock", "asked": late, "now_ms": 9999.0}))
    assert lent.time_of(6000.0) == 101 * NS


def test_the_first_answers_are_wanted_soon(lent: Lent) -> None:
    waits = [(lent.lender.question(), lent.lender.question_after_s)[1] for _ in range(6)]
    assert waits == [0.2, 0.2, 0.2, 0.2, 1.0, 1.0]


def test_what_the_page_left_out_counts_as_lost(lent: Lent) -> None:
    lent.lender.brings(piece(0.0, lost=3))
    lent.lender.brings(piece(0.0, lost=5))
    assert lent.device.drops == 5 + 1  # and the first, which nobody took
    lent.lender.brings(piece(0.0, lost=2**32 - 1))
    lent.lender.brings(piece(0.0, lost=0))
    assert lent.device.drops <= 5 + 1 + MOST_EXCESS + 2


def test_no_piece_at_all_is_counted(lent: Lent) -> None:
    lent.lender.brings(b"short")
    assert lent.device.drops == 1


def test_a_flood_is_dropped_and_counted_and_who_goes_on_is_sent_away(lent: Lent) -> None:
    rate = PIECES_A_SECOND["camera"] - 1  # it has said one thing already
    for number in range(rate + 10):
        lent.lender.brings(piece(0.0, number))
    assert lent.device.drops == rate - 1 + 10  # all but the newest of those that came slowly enough
    taken = lent.device.take()
    assert taken is not None
    assert taken.count == rate - 1
    lent.clock.advance(1.0)
    lent.lender.brings(piece(0.0, 7))
    taken = lent.device.take()
    assert taken is not None
    assert taken.count == 7
    left = PIECES_A_SECOND["camera"] - 10 - 1  # of what a second earned
    for _ in range(left + MOST_EXCESS):
        lent.lender.brings(piece(0.0))
    with pytest.raises(UsageError, match="the page that was the camera sent far too much"):
        lent.lender.brings(piece(0.0))


# With real connections.


@pytest.fixture
def page() -> Iterator[PageServer]:
    with page_of(FakeLive(), CAMERA) as page:
        yield page


@pytest.fixture
def cookie(page: PageServer) -> str:
    return cookie_of(page.address)


def hears(way: Any, kind: str) -> dict[str, Any]:
    while (message := json.loads(way.recv(WAIT_S)))["type"] != kind:
        pass
    return dict(message)


def closed(way: Any) -> tuple[int, str]:
    with contextlib.suppress(ConnectionClosed):
        while True:
            way.recv(WAIT_S)
    return way.close_code, way.close_reason


def opens(source: Any) -> bool:
    with contextlib.suppress(SourceError):
        source.open()
        return True
    return False


def reason(source: Any) -> str:
    """Why it cannot be opened; nothing if it can."""
    try:
        source.open()
    except SourceError as failure:
        return str(failure)
    return ""


def test_a_page_that_lends_its_camera_is_the_source(page: PageServer, cookie: str) -> None:
    camera = page.camera(FakeClock())
    with lender_of(page.address, "camera", cookie) as way:
        assert hears(way, "wanted")["on"] is False
        way.send(HERE)
        assert until(lambda: opens(camera))
        assert hears(way, "wanted")["on"] is True
        way.send(piece(0.0, data=picture()))
        frame = None
        while frame is None:
            frame = camera.read()
        assert frame.image.shape == (48, 64, 3)
        camera.close()
        assert hears(way, "wanted")["on"] is False
    assert until(lambda: "was closed" in reason(camera))


def test_a_second_page_is_told_so_and_may_take_over(page: PageServer, cookie: str) -> None:
    with lender_of(page.address, "camera", cookie) as first:
        hears(first, "wanted")
        with lender_of(page.address, "camera", cookie) as second:
            assert closed(second) == (1013, "another page is the camera")
        with lender_of(page.address, "camera?take=1", cookie) as third:
            hears(third, "wanted")
            assert closed(first) == (1008, "another page has become the camera")
            third.send(HERE)
            assert until(lambda: opens(page.camera(FakeClock())))


def test_a_page_that_lost_its_way_comes_back_before_that_was_noticed(page: PageServer, cookie: str) -> None:
    with lender_of(page.address, "camera?page=one", cookie) as before:
        hears(before, "wanted")
        with lender_of(page.address, "camera?page=one", cookie) as again:
            hears(again, "wanted")
            assert closed(before)[0] == 1008
            with lender_of(page.address, "camera?page=two", cookie) as other:
                assert closed(other)[0] == 1013
            again.send(HERE)
            assert until(lambda: opens(page.camera(FakeClock())))


def test_a_device_that_is_not_asked_for_is_refused(page: PageServer, cookie: str) -> None:
    for role in ("mic", "text", "..%2ffeed"):
        with pytest.raises(InvalidStatus, match="403"), lender_of(page.address, role, cookie):
            pass


@pytest.mark.parametrize("change", [{"origin": "http://evil.example"}, {"origin": "null"}, {"cookie": "a=b"}])
def test_a_stranger_cannot_be_the_camera(page: PageServer, cookie: str, change: dict[str, str]) -> None:
    given = {"cookie": cookie, **change}
    with pytest.raises(InvalidStatus, match="403"), lender_of(page.address, "camera", **given):
        pass


@pytest.mark.parametrize("message", ["what?", '{"type":"away","why":"<b>"}'])
def test_who_says_nonsense_is_sent_away_and_the_camera_says_so(
    page: PageServer, cookie: str, message: str
) -> None:
    with lender_of(page.address, "camera", cookie) as way:
        way.send(message)
        assert closed(way) == (1008, "this page says nothing that there is: load it again")
    assert until(lambda: "says nothing that there is" in reason(page.camera(FakeClock())))


def test_who_floods_is_sent_away_and_the_camera_says_so(page: PageServer, cookie: str) -> None:
    with lender_of(page.address, "camera", cookie) as way:
        way.send(HERE)
        with contextlib.suppress(ConnectionClosed):
            for number in range(20 * MOST_EXCESS):
                way.send(piece(0.0, number))
        assert closed(way) == (1008, "the page that was the camera sent far too much")
    assert until(lambda: "sent far too much" in reason(page.camera(FakeClock())))


def test_a_message_that_is_too_long_ends_the_connection(page: PageServer, cookie: str) -> None:
    with lender_of(page.address, "camera", cookie) as way:
        way.send(bytes(LONGEST_PIECE + 1))
        assert closed(way)[0] == 1009


def test_a_picture_of_a_megabyte_is_no_act(page: PageServer, cookie: str) -> None:
    with viewer_of(page.address, cookie) as viewer:
        viewer.send(json.dumps({"id": 1, "act": "mark", "name": "a" * 100_000}))
        assert closed(viewer)[0] == 1009
