"""The pictures that were read: to those who want to see them, and to nobody else."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import cv2
import numpy as np
import pytest
from websockets.exceptions import InvalidStatus

from fsrf_live.stream.flow.clock import NS, MonotonicClock
from fsrf_live.stream.flow.items import FaceBox, Frame, Looked, Reason
from fsrf_live.stream.page import pictures
from fsrf_live.stream.page.pictures import MOST_WATCHERS, SHOWN_SIDE
from fsrf_live.stream.page.server import PageServer
from tests.doubles.page import WAIT_S, FakeLive, cookie_of, page_of, way_of
from tests.doubles.waiting import until

BOX = FaceBox(0.25, 0.2, 0.5, 0.6)


@pytest.fixture
def page() -> Iterator[PageServer]:
    with page_of(FakeLive()) as page:
        yield page


@pytest.fixture
def cookie(page: PageServer) -> str:
    return cookie_of(page.address)


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What is encoded, by its brightness."""
    seen: list[int] = []
    encode = pictures._jpeg_of

    def counted(looked: Looked) -> bytes:
        seen.append(int(looked.frame.image[0, 0, 0]))
        return encode(looked)

    monkeypatch.setattr(pictures, "_jpeg_of", counted)
    return seen


def looked(value: int = 90, *, width: int = 64, box: FaceBox | None = BOX) -> Looked:
    image = np.full((width * 3 // 4, width, 3), value, np.uint8)
    reason = None if box is not None else Reason.NO_FACE
    return Looked(Frame(MonotonicClock().now_ns(), image), box, reason, 14_200_000)


def watcher(page: PageServer, cookie: str, origin: str | None = None) -> Any:
    return way_of(page.address, "/pictures", cookie, origin)


def shown(page: PageServer, way: Any, picture: Looked) -> tuple[dict[str, Any], Any]:
    """What is said of a picture, and the picture, once it was one of those that are shown."""
    message = b""

    def came() -> bool:
        nonlocal message
        page.see(picture)
        try:
            message = way.recv(0.05)
        except TimeoutError:
            return False
        return True

    assert until(came, timeout_s=WAIT_S)
    length = int.from_bytes(message[:4], "little")
    said = json.loads(message[4 : 4 + length])
    return said, cv2.imdecode(np.frombuffer(message[4 + length :], np.uint8), cv2.IMREAD_COLOR)


def test_the_very_picture_that_was_read_comes_with_its_face(page: PageServer, cookie: str) -> None:
    with watcher(page, cookie) as way:
        said, image = shown(page, way, looked())
        assert said.pop("time_s") == pytest.approx(20.0, abs=2.0)  # of the session, at its capture
        assert said == {"took_ms": 14.2, "box": [0.25, 0.2, 0.5, 0.6], "reason": None}
        assert image.shape == (48, 64, 3)
        assert abs(int(image[5, 5, 0]) - 90) < 4


def test_without_a_face_it_says_why(page: PageServer, cookie: str) -> None:
    with watcher(page, cookie) as way:
        said, _ = shown(page, way, looked(box=None))
        assert (said["box"], said["reason"]) == (None, "no_face")


def test_a_large_picture_is_made_smaller(page: PageServer, cookie: str) -> None:
    with watcher(page, cookie) as way:
        _, image = shown(page, way, looked(width=1920))
        assert image.shape == (SHOWN_SIDE * 3 // 4, SHOWN_SIDE, 3)


def test_while_nobody_looks_nothing_is_encoded(page: PageServer, cookie: str, encoded: list[int]) -> None:
    for _ in range(50):
        page.see(looked())
    with watcher(page, cookie) as way:
        shown(page, way, looked(200))
    assert set(encoded) == {200}
    assert until(lambda: page._pictures._loop is None, timeout_s=WAIT_S)
    encoded.clear()
    for _ in range(50):
        page.see(looked())
    assert encoded == []


def test_no_more_than_five_a_second_are_encoded(page: PageServer, cookie: str, encoded: list[int]) -> None:
    clock = MonotonicClock()
    with watcher(page, cookie) as way:
        shown(page, way, looked())
        encoded.clear()
        begun_ns = clock.now_ns()
        while len(encoded) < 3:
            page.see(looked())
        took_s = (clock.now_ns() - begun_ns) / NS
    assert took_s > 0.4


def test_one_that_takes_none_holds_up_nobody(page: PageServer, cookie: str) -> None:
    with watcher(page, cookie), watcher(page, cookie) as reads:
        for value in range(20, 26):
            _, image = shown(page, reads, looked(value))
            assert image is not None


def test_there_is_room_for_so_many(page: PageServer, cookie: str) -> None:
    with ExitStack() as room:
        for _ in range(MOST_WATCHERS):
            room.enter_context(watcher(page, cookie))
        assert until(lambda: len(page._pictures._watchers) == MOST_WATCHERS, timeout_s=WAIT_S)
        with watcher(page, cookie) as late:
            assert until(lambda: late.close_code == 1013, timeout_s=WAIT_S)


def test_who_says_something_is_sent_away(page: PageServer, cookie: str) -> None:
    with watcher(page, cookie) as way:
        way.send("hello")
        assert until(lambda: way.close_code == 1008, timeout_s=WAIT_S)


@pytest.mark.parametrize("change", [{"origin": "http://evil.example"}, {"cookie": "a=b"}])
def test_a_stranger_sees_nothing(page: PageServer, cookie: str, change: dict[str, str]) -> None:
    given = {"cookie": cookie, **change}
    with pytest.raises(InvalidStatus, match="403"), watcher(page, **given):
        pass


def test_after_the_end_a_picture_is_no_error(page: PageServer) -> None:
    page.close()
    page.see(looked())
