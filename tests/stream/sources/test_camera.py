"""A real network camera, read by OpenCV, that hangs, repeats itself, dies and comes back."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.flow.clock import MonotonicClock
from fsrf_live.stream.flow.items import Change, Frame, Item, Reason, State
from fsrf_live.stream.sources.camera import Camera, redacted
from fsrf_live.stream.supervision.capture import Capture
from tests.doubles.mjpeg import MjpegServer
from tests.doubles.sources import spec_of
from tests.doubles.waiting import until


class Watched:
    """A capture of a camera, with what came of it."""

    def __init__(self, address: str) -> None:
        self.shapes: list[tuple[int, ...]] = []
        self.changes: list[Change] = []
        clock = MonotonicClock()
        self.capture = Capture(
            spec_of(lambda: Camera(address, clock)), clock, self._take, self.changes.append
        )
        self.capture.start()

    def _take(self, item: Item) -> None:
        assert isinstance(item, Frame)
        self.shapes.append(item.image.shape)

    def reaches(self, state: State, cause: Reason | None = None) -> bool:
        return until(lambda: (self.changes[-1].state, self.changes[-1].cause) == (state, cause), 15)


@pytest.fixture
def watched(camera_server: MjpegServer) -> Iterator[Watched]:
    watched = Watched(camera_server.url)
    assert until(lambda: bool(watched.shapes), 15)
    yield watched
    assert watched.capture.stop(5)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("camera")]


def test_pictures_come_with_the_time(camera_server: MjpegServer) -> None:
    clock = MonotonicClock()
    camera = Camera(camera_server.url, clock)
    camera.open()
    before = clock.now_ns()
    first, second = camera.read(), camera.read()
    camera.close()
    assert first is not None
    assert second is not None
    assert first.image.shape == (120, 160, 3)
    assert first.image.dtype == np.uint8
    assert before < first.time_ns < second.time_ns < clock.now_ns()


def test_a_camera_that_dies_is_lost_and_found_again_at_another_size(
    camera_server: MjpegServer, watched: Watched
) -> None:
    camera_server.stop()
    assert watched.reaches(State.RECONNECTING, Reason.LOST)
    camera_server.size = (320, 240)
    camera_server.start()
    assert watched.reaches(State.LIVE)
    assert until(lambda: watched.shapes[-1] == (240, 320, 3))
    assert watched.shapes[0] == (120, 160, 3)
    assert [change.state for change in watched.changes] == [
        State.LIVE,
        State.LOST,
        State.RECONNECTING,
        State.LIVE,
    ]
    assert watched.capture.view(0).reconnects == 1


def test_a_camera_that_hangs_in_a_picture_stalls_is_lost_and_comes_back(
    camera_server: MjpegServer, watched: Watched
) -> None:
    camera_server.hang()
    assert watched.reaches(State.STALLED, Reason.STALLED)
    assert watched.reaches(State.RECONNECTING, Reason.LOST)
    camera_server.hang(False)
    assert watched.reaches(State.LIVE)
    assert [change.state for change in watched.changes[1:]] == [
        State.STALLED,
        State.LOST,
        State.RECONNECTING,
        State.LIVE,
    ]


def test_a_camera_that_repeats_its_last_picture_is_frozen(
    camera_server: MjpegServer, watched: Watched
) -> None:
    camera_server.repeat()
    assert watched.reaches(State.STALLED, Reason.FROZEN)
    count = len(watched.shapes)
    assert not until(lambda: len(watched.shapes) > count, 0.2)
    camera_server.repeat(False)
    assert watched.reaches(State.LIVE)


def test_an_address_that_refuses_is_an_error_without_its_password() -> None:
    camera = Camera("http://ann:secret@127.0.0.1:9/cam?token=abc", MonotonicClock())
    with pytest.raises(SourceError, match="cannot be opened") as caught:
        camera.open()
    assert "secret" not in str(caught.value)
    assert "abc" not in str(caught.value)
    assert camera.name == "http://…@127.0.0.1:9/cam?…"
    camera.close()


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://cam.local:554/stream", "rtsp://cam.local:554/stream"),
        ("rtsp://u:p@ss@cam/s", "rtsp://…@cam/s"),
        ("https://cam/x?user=a&password=b#c", "https://cam/x?…"),
        ("http://[broken", "http://…"),
        ("http://admin:pa/ss@cam/video", "http://…@cam/video"),
        ("rtsp://admin:sec#ret@cam/1?channel=2", "rtsp://…@cam/1?…"),
        ("rtsp://admin:12?4@cam:554/1", "rtsp://…@cam:554/1"),
        ("http://cam/user@1", "http://cam/user@1"),
    ],
)
def test_addresses_are_shown_without_credentials(address: str, shown: str) -> None:
    assert redacted(address) == shown


def test_a_camera_that_is_not_there_is_an_error() -> None:
    for wanted in ("97", "/dev/video97"):
        camera = Camera(wanted, MonotonicClock())
        with pytest.raises(SourceError, match="cannot be opened"):
            camera.open()
        with pytest.raises(SourceError, match="not open"):
            camera.read()


def test_a_camera_that_no_name_fits_is_an_error() -> None:
    with pytest.raises(SourceError, match="no camera is called 'a camera that nobody has'"):
        Camera("a camera that nobody has", MonotonicClock()).open()
