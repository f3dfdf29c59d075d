"""A device that a page lends: who is it, why it is not there, and what waits."""

import pytest

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.page.browser.device import MOST_LENT_BLOCKS, Brought, BrowserDevice
from fsrf_live.stream.page.browser.wire import WHYS, Away, Here

HERE = Here("C920", 0)


def nothing() -> None:
    pass


def lent(device: BrowserDevice, *, take_over: bool = False) -> int:
    """A page that is the device, and says so."""
    holder = device.join(nothing, take_over=take_over)
    assert holder is not None
    device.here(holder, HERE)
    return holder


def reason(device: BrowserDevice) -> str:
    with pytest.raises(SourceError) as failure:
        device.open()
    return str(failure.value)


def piece(number: int) -> Brought:
    return Brought(number, number, b"piece")


@pytest.fixture
def camera() -> BrowserDevice:
    return BrowserDevice("camera")


def test_it_waits_for_somebody_and_says_what_to_do(camera: BrowserDevice) -> None:
    assert reason(camera) == "waiting for a browser: press 'Use this camera' on the page"
    assert camera.join(nothing, take_over=False) == 1
    assert reason(camera) == "the browser has not given the camera yet"
    camera.leave(1)
    assert reason(camera) == "the page that was the camera was closed: give it again"


def test_what_a_page_brings_a_source_takes(camera: BrowserDevice) -> None:
    holder = lent(camera)
    camera.open()
    camera.put(holder, piece(1))
    assert camera.take() == piece(1)
    assert camera.name == "browser: C920"


def test_of_pictures_the_newest_is_kept_and_of_sound_a_second(camera: BrowserDevice) -> None:
    microphone = BrowserDevice("mic")
    for device, kept in ((camera, 1), (microphone, MOST_LENT_BLOCKS)):
        holder = lent(device)
        device.open()
        for number in range(100):
            device.put(holder, piece(number))
        assert device.take() == piece(100 - kept)
        assert device.drops == 100 - kept


@pytest.mark.parametrize("why", WHYS)
def test_each_failure_has_a_reason_and_giving_again_ends_it(camera: BrowserDevice, why: Away) -> None:
    holder = lent(camera)
    camera.open()
    camera.away(holder, why)
    with pytest.raises(SourceError) as failure:
        camera.take()
    assert str(failure.value) == WHYS[why].format(device="camera") == reason(camera)
    camera.here(holder, HERE)
    camera.open()
    camera.put(holder, piece(1))
    assert camera.take() == piece(1)


def test_a_page_that_goes_leaves_its_reason_unless_that_would_have_passed(camera: BrowserDevice) -> None:
    cases: tuple[tuple[Away, bool], ...] = (
        ("denied", True),
        ("stopped", True),
        ("hidden", False),
        ("undrawn", False),
        ("muted", False),
    )
    for why, stays in cases:
        holder = lent(camera)
        camera.away(holder, why)
        camera.leave(holder)
        assert ("was closed" in reason(camera)) is not stays
    lent(camera)
    camera.open()


def test_a_page_that_stops_and_starts_leaves_no_old_reason(camera: BrowserDevice) -> None:
    holder = lent(camera)
    camera.away(holder, "ended")
    camera.here(holder, HERE)
    camera.leave(holder)
    assert "was closed" in reason(camera)


def test_one_page_at_a_time_is_it_until_another_takes_over(camera: BrowserDevice) -> None:
    first = lent(camera)
    camera.open()
    assert camera.join(nothing, take_over=False) is None
    second = lent(camera, take_over=True)
    assert not camera.holds(first)
    with pytest.raises(SourceError, match="another page has become the camera"):
        camera.take()
    camera.open()
    for holder, number in ((first, 1), (second, 2)):
        camera.put(holder, piece(number))
    camera.away(first, "denied")
    camera.here(first, Here("other", 0))
    camera.leave(first)
    assert camera.take() == piece(2)
    assert camera.name == "browser: C920"


def test_nothing_is_wanted_before_it_is_opened_nor_after_it_is_closed(camera: BrowserDevice) -> None:
    heard: list[bool] = []
    holder = camera.join(lambda: heard.append(camera.wanted), take_over=False)
    assert holder == 1
    camera.put(holder, piece(1))
    camera.here(holder, HERE)
    camera.put(holder, piece(2))
    camera.open()
    assert camera.take() is None
    camera.close()
    camera.put(holder, piece(3))
    assert heard == [True, False]
    assert camera.drops == 0


def test_who_is_sent_away_is_told_by_those_who_took_its_place(camera: BrowserDevice) -> None:
    heard: list[str] = []
    camera.join(lambda: heard.append("first"), take_over=False)
    camera.join(lambda: heard.append("second"), take_over=True)
    assert heard == ["first"]


def test_one_that_was_refused_is_gone_for_that_reason(camera: BrowserDevice) -> None:
    holder = lent(camera)
    camera.refuse(holder, "it sent far too much")
    camera.leave(holder)
    assert reason(camera) == "it sent far too much"
