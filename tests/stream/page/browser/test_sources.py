"""The browser's camera and microphone as sources."""

import cv2
import numpy as np
import pytest

from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.fsrf.common.errors import RehearsedError, SourceError
from fsrf_live.stream.faults.injection import FaultySource
from fsrf_live.stream.faults.spec import FaultBoard, faults_of
from fsrf_live.stream.flow.clock import NS, FakeClock
from fsrf_live.stream.flow.items import Samples
from fsrf_live.stream.page.browser.device import Brought, BrowserDevice
from fsrf_live.stream.page.browser.sources import MOST_BAD, BrowserCamera, BrowserMicrophone
from fsrf_live.stream.page.browser.wire import Here

MS = NS // 1000


class Page:
    """A page that is a device, and brings what the test says."""

    def __init__(self, device: BrowserDevice, rate_hz: int = 0) -> None:
        self._device = device
        holder = device.join(lambda: None, take_over=False)
        assert holder is not None
        self._holder = holder
        device.here(holder, Here("C920", rate_hz))

    def brings(self, time_ns: int, data: bytes, count: int = 0) -> None:
        self._device.put(self._holder, Brought(time_ns, count, data))

    def leaves(self) -> None:
        self._device.leave(self._holder)


def jpeg(width: int = 64, height: int = 48) -> bytes:
    return bytes(cv2.imencode(".jpg", np.full((height, width, 3), 90, np.uint8))[1])


def block(samples: int = 320) -> Floats:
    return np.sin(np.arange(samples) / 10).astype(np.float32)


def test_a_picture_has_the_time_of_its_capture() -> None:
    device = BrowserDevice("camera")
    camera, page = BrowserCamera(device), Page(device)
    camera.open()
    page.brings(5 * NS, jpeg())
    frame = camera.read()
    assert frame is not None
    assert (frame.time_ns, frame.image.shape) == (5 * NS, (48, 64, 3))
    assert camera.name == "browser: C920"


def test_times_never_go_back() -> None:
    device = BrowserDevice("camera")
    camera, page = BrowserCamera(device), Page(device)
    camera.open()
    times = []
    for time_ns in (NS, NS - MS, NS + MS):
        page.brings(time_ns, jpeg())
        frame = camera.read()
        assert frame is not None
        times.append(frame.time_ns)
    assert times == [NS, NS + 1, NS + MS]


GIF = b"GIF89a" + bytes(100)
BOMB = jpeg().replace(b"\x00\x30\x00\x40", b"\xff\xff\xff\xff", 1)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (GIF, "sends what is no JPEG picture"),
        (jpeg()[:300], "sends what is no JPEG picture"),
        (jpeg(8, 8), "sends pictures of 8 x 8, not of 16 to 1920 pixels"),
        (jpeg(2000, 20), "sends pictures of 2000 x 20, not of 16 to 1920 pixels"),
        (BOMB, "sends pictures of 65535 x 65535, not of 16 to 1920 pixels"),
    ],
)
def test_what_is_no_picture_costs_itself_and_many_of_them_are_a_failure(data: bytes, said: str) -> None:
    device = BrowserDevice("camera")
    camera, page = BrowserCamera(device), Page(device)
    camera.open()
    for number in range(MOST_BAD - 1):
        page.brings(number, data)
        assert camera.read() is None
    page.brings(NS, jpeg())
    assert camera.read() is not None
    for number in range(MOST_BAD - 1):
        page.brings(number, data)
        assert camera.read() is None
    page.brings(number, data)
    with pytest.raises(SourceError, match=said):
        camera.read()
    assert camera.health.drops == 2 * MOST_BAD - 1
    camera.open()
    page.brings(2 * NS, jpeg())
    assert camera.read() is not None


def test_losses_are_counted_by_each_source_from_its_beginning() -> None:
    device = BrowserDevice("camera")
    device.dropped(5)
    camera = BrowserCamera(device)
    device.dropped(2)
    assert camera.health.drops == 2


def test_blocks_of_sound_follow_one_another_by_their_samples() -> None:
    device = BrowserDevice("mic")
    microphone, page = BrowserMicrophone(device), Page(device, 16_000)
    microphone.open()
    got: list[Samples] = []
    for number in range(20):
        late_ns = 7 * MS * (number % 3)
        page.brings(NS + 20 * MS * (number + 1) + late_ns, block().tobytes(), 320 * number)
        heard = microphone.read()
        got += [heard] if heard is not None else []
    assert got[0].time_ns == NS
    assert [after.time_ns for after in got[1:]] == [before.end_ns for before in got[:-1]]
    assert np.array_equal(np.concatenate([part.samples for part in got]), np.tile(block(), 20))


def test_what_comes_after_a_gap_is_not_moved_into_it() -> None:
    device = BrowserDevice("mic")
    microphone, page = BrowserMicrophone(device), Page(device, 16_000)
    microphone.open()
    for first in (0, 50):
        for number in range(first, first + 10):
            page.brings(NS + 20 * MS * (number + 1), block().tobytes(), 320 * number)
            heard = microphone.read()
    assert heard is not None
    assert heard.time_ns == NS + 20 * MS * 59


def test_sound_of_another_rate_is_made_ours() -> None:
    device = BrowserDevice("mic")
    microphone, page = BrowserMicrophone(device), Page(device, 48_000)
    microphone.open()
    samples = 0
    for number in range(50):
        page.brings(NS + 20 * MS * (number + 1), block(960).tobytes(), 960 * number)
        heard = microphone.read()
        samples += 0 if heard is None else len(heard.samples)
    assert abs(samples - 16_000) < 100


@pytest.mark.parametrize("data", [b"abc", bytes(4 * 16_000)])
def test_what_is_no_sound_is_a_failure_if_it_goes_on(data: bytes) -> None:
    device = BrowserDevice("mic")
    microphone, page = BrowserMicrophone(device), Page(device, 16_000)
    microphone.open()
    for number in range(MOST_BAD - 1):
        page.brings(number, data)
        assert microphone.read() is None
    page.brings(0, data)
    with pytest.raises(SourceError, match="sends what is no sound"):
        microphone.read()
    assert microphone.health.drops == MOST_BAD


def test_numbers_that_are_none_become_silence() -> None:
    device = BrowserDevice("mic")
    microphone, page = BrowserMicrophone(device), Page(device, 16_000)
    microphone.open()
    for number in range(5):
        page.brings(NS + 20 * MS * (number + 1), np.full(320, np.nan, "<f4").tobytes(), 320 * number)
        heard = microphone.read()
    assert heard is not None
    assert not heard.samples.any()


def test_a_page_that_leaves_is_a_device_that_fails() -> None:
    device = BrowserDevice("mic")
    microphone, page = BrowserMicrophone(device), Page(device, 16_000)
    microphone.open()
    page.leaves()
    with pytest.raises(SourceError, match="was closed: give it again"):
        microphone.read()
    Page(device, 16_000)
    microphone.open()
    microphone.close()
    assert not device.wanted


def test_a_fault_that_is_rehearsed_is_done_to_it_as_to_any_device() -> None:
    clock, device = FakeClock(), BrowserDevice("camera")
    board = FaultBoard(faults_of(["camera:unplug@5s+3s"]))
    camera, page = FaultySource(BrowserCamera(device), "camera", board, clock), Page(device)
    camera.open()
    page.brings(NS, jpeg())
    assert camera.read() is not None
    clock.advance(6.0)
    with pytest.raises(RehearsedError, match="browser: C920: unplugged"):
        camera.read()
    camera.close()
    assert not device.wanted  # so the page sends nothing
    clock.advance(3.0)
    camera.open()
    page.brings(9 * NS, jpeg())
    assert camera.read() is not None
