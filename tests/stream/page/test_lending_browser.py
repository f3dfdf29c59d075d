"""Chromium as the camera and the microphone of a session, with devices that it fakes."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest

from fsrf_live.stream.flow.clock import NS, MonotonicClock
from fsrf_live.stream.flow.items import Change, Frame, Item, Samples, State
from fsrf_live.stream.page.server import PageServer
from fsrf_live.stream.sources.source import SourceSpec
from fsrf_live.stream.supervision.capture import Capture
from tests.doubles.browser import (
    ALLOWED,
    FAKE_DEVICES,
    SCHEMES,
    WAIT_MS,
    WAIT_S,
    another_chromium,
    another_site,
    chromium,
    cut_off,
    faults_of,
    shows,
)
from tests.doubles.page import FakeLive, page_of
from tests.doubles.waiting import until

KEEP_STREAMS = """
  window.tracks = {};
  const devices = navigator.mediaDevices, get = devices?.getUserMedia.bind(devices);
  if (devices) devices.getUserMedia = async (wanted) => {
    const stream = await get(wanted);
    for (const track of stream.getTracks()) window.tracks[track.kind] = track;
    return stream;
  };
"""
"""A script that runs before ours, as one of an extension might, and remembers what the browser gave."""


class Listening:
    """The two sources of a page, kept going as in a session; what came, and what became of them."""

    def __init__(self, page: PageServer) -> None:
        self.page = page
        self.items: list[Item] = []
        self.changes: list[Change] = []
        self.clock = MonotonicClock()
        specs = (
            SourceSpec("added", "video", "camera", lambda: page.camera(self.clock)),
            SourceSpec("added", "audio", "microphone", lambda: page.microphone(self.clock)),
        )
        self.captures = [Capture(spec, self.clock, self.items.append, self.changes.append) for spec in specs]

    def count(self, kind: type[Item]) -> int:
        return sum(isinstance(item, kind) for item in self.items)

    def more(self, kind: type[Item]) -> bool:
        """Whether some more of these come."""
        before = self.count(kind)
        return until(lambda: self.count(kind) > before + 5, timeout_s=WAIT_S)

    def is_(self, role: str, *states: State, reason: str = "") -> bool:
        """Wait until a source is in a state, with such a reason."""

        def holds() -> bool:
            views = [capture.view(self.clock.now_ns()) for capture in self.captures]
            (view,) = (view for view in views if view.source == role)
            return view.state in states and reason in (view.reason or "")

        held = until(holds, timeout_s=WAIT_S)
        assert held, [c.view(self.clock.now_ns()).reason for c in self.captures]
        return held

    def lost(self, role: str, reason: str) -> bool:
        return self.is_(role, State.LOST, State.RECONNECTING, reason=reason)


@contextmanager
def listening() -> Iterator[Listening]:
    with page_of(FakeLive(), ("camera", "mic")) as page:
        session = Listening(page)
        for capture in session.captures:
            capture.start()
        try:
            yield session
        finally:
            for capture in session.captures:
                capture.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium(*FAKE_DEVICES, *ALLOWED) as browser:
        yield browser


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1600, "height": 900})
    context.set_default_timeout(WAIT_MS)
    context.add_init_script(KEEP_STREAMS)
    yield context
    context.close()


@pytest.fixture
def session() -> Iterator[Listening]:
    with listening() as session:
        yield session


@pytest.fixture
def tab(context: Any, session: Listening) -> Any:
    """The page, which has given nothing yet."""
    tab = context.new_page()
    tab.goto(session.page.address)
    shows(tab, "[data-lend=camera]", "not given")
    return tab


@pytest.fixture
def given(tab: Any, session: Listening) -> Any:
    """The page, which has given both devices."""
    give(tab, session)
    return tab


def give(tab: Any, session: Listening) -> None:
    for role in ("camera", "mic"):
        tab.click(f"[data-lend={role}] button")
    for role in ("camera", "mic"):
        assert session.is_(role, State.LIVE)


def test_pictures_and_sound_come_once_the_buttons_were_pressed(tab: Any, session: Listening) -> None:
    asked: list[str] = []
    tab.on("websocket", lambda socket: asked.append(socket.url))
    assert session.lost("camera", "waiting for a browser: press 'Use this camera'")
    tab.reload()
    shows(tab, "[data-lend=mic]", "not given")
    assert tab.evaluate("Object.keys(window.tracks)") == []
    assert [urlsplit(url).path for url in asked] == ["/feed"]
    assert session.items == []
    give(tab, session)
    assert session.more(Frame)
    assert session.more(Samples)
    shows(tab, "[data-lend=camera]", "in use: fake_device_0")
    for item in session.items:
        if isinstance(item, Frame):
            assert item.image.shape == (480, 640, 3)
    sound = [item for item in session.items if isinstance(item, Samples)]
    assert all(after.time_ns >= before.end_ns for before, after in pairwise(sound))
    assert max(abs(block.samples).max() for block in sound) > 0.1  # the beep of the fake microphone


def test_captures_are_on_our_clock(given: Any, session: Listening) -> None:
    assert session.more(Frame)
    now_ns = session.clock.now_ns()
    newest = [[item for item in session.items if isinstance(item, kind)][-1] for kind in (Frame, Samples)]
    for item in newest:
        assert now_ns - 10 * NS < item.time_ns <= now_ns


def test_a_camera_that_is_stopped_in_the_browser_is_lost_and_the_sound_goes_on(
    given: Any, session: Listening
) -> None:
    given.evaluate("window.tracks.video.stop()")
    assert session.lost("camera", "the camera was stopped in the browser: give it again")
    shows(given, "[data-lend=camera]", "it was stopped in the browser")
    assert session.more(Samples)
    assert session.is_("mic", State.LIVE)
    given.click("[data-lend=camera] button")
    assert session.is_("camera", State.LIVE)
    assert session.more(Frame)


MUTED = "Object.defineProperty(tracks.video, 'muted', { get: () => window.is, configurable: true });"
HIDDEN = "Object.defineProperty(document, 'hidden', { get: () => window.is, configurable: true });"


def test_a_camera_that_is_muted_is_lost_until_it_is_not(given: Any, session: Listening) -> None:
    given.evaluate(f"{MUTED} window.is = true; tracks.video.dispatchEvent(new Event('mute'))")
    assert session.lost("camera", "the browser, or its system, has muted the camera")
    assert session.more(Samples)
    given.evaluate("window.is = false; tracks.video.dispatchEvent(new Event('unmute'))")
    assert session.is_("camera", State.LIVE)
    assert session.more(Frame)


def test_pictures_and_sound_go_on_behind_another_tab(context: Any, given: Any, session: Listening) -> None:
    """A track gives its pictures whether or not anybody sees the page."""
    other = context.new_page()
    other.bring_to_front()
    given.evaluate(f"{HIDDEN} window.is = true; document.dispatchEvent(new Event('visibilitychange'))")
    assert session.more(Samples)
    for _ in range(4):
        assert session.more(Frame)
    lost = [change.reason or "" for change in session.changes if change.state is State.LOST]
    assert not any("hidden" in reason for reason in lost)
    shows(given, "[data-lend=camera]", "in use: fake_device_0")


@pytest.mark.parametrize("told", [False, True])
def test_where_a_browser_gives_only_what_it_draws_a_hidden_page_is_a_loss_with_its_reason(
    context: Any, session: Listening, told: bool
) -> None:
    """Firefox has no other way to pictures; this Chromium has none either. It may be told."""
    context.add_init_script("delete window.MediaStreamTrackProcessor")
    tab = context.new_page()
    tab.goto(session.page.address)
    give(tab, session)
    assert session.more(Frame)
    changed = "document.dispatchEvent(new Event('visibilitychange'))"
    if told:
        tab.evaluate(f"{HIDDEN} window.is = true; {changed}")
    else:
        context.new_page().bring_to_front()
    if told:
        assert session.lost("camera", "the page that is the camera is hidden: bring it to the front")
        shows(tab, "[data-lend=camera]", "holds it back while this page is hidden")
    else:
        assert session.lost("camera", "the browser hardly draws the page that is the camera: bring it to the")
        shows(tab, "[data-lend=camera]", "the browser hardly draws this page")
    assert session.more(Samples)
    if told:
        tab.evaluate(f"window.is = false; {changed}")
    else:
        tab.bring_to_front()
    assert session.is_("camera", State.LIVE)
    assert session.more(Frame)


SLOW_CAMERA = """
  delete window.MediaStreamTrackProcessor;
  const video = HTMLVideoElement.prototype, ask = video.requestVideoFrameCallback;
  video.requestVideoFrameCallback = function (show) {
    setTimeout(() => ask.call(this, show), window.slow_ms ?? 2500);
    window.slow_ms = 1000;
  };
"""
"""The first picture after 2.5 s, then less than one a second."""


def test_a_slow_camera_of_a_page_in_front_is_not_told_as_hidden(context: Any, session: Listening) -> None:
    context.add_init_script(SLOW_CAMERA)
    tab = context.new_page()
    tab.goto(session.page.address)
    give(tab, session)
    assert session.more(Frame)
    reasons = [change.reason or "" for change in session.changes]
    assert [reason for reason in reasons if "front" in reason] == []
    shows(tab, "[data-lend=camera]", "in use: fake_device_0")


FAILS_ONCE = {
    "no picture": """
      delete window.MediaStreamTrackProcessor;
      const make = createImageBitmap;
      window.createImageBitmap = async (...all) => {
        if (window.failed) return make(...all);
        window.failed = true;
        throw new DOMException("", "InvalidStateError");
      };
    """,
    "not sent": """
      const send = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (...all) {
        if (window.failed) return send.apply(this, all);
        window.failed = true;
        throw new DOMException("", "DataCloneError");
      };
    """,
    "not encoded": """
      const send = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (message, ...all) {
        if (!window.failed) message.side = 0;
        window.failed = true;
        return send.call(this, message, ...all);
      };
    """,
}


@pytest.mark.parametrize("what", FAILS_ONCE)
def test_one_picture_that_fails_does_not_stop_the_camera(context: Any, session: Listening, what: str) -> None:
    context.add_init_script(FAILS_ONCE[what])
    tab = context.new_page()
    tab.goto(session.page.address)
    tab.click("[data-lend=camera] button")
    assert session.more(Frame)
    assert tab.evaluate("window.failed")


def test_a_camera_whose_pictures_cannot_be_encoded_is_a_loss_with_its_reason(
    context: Any, session: Listening
) -> None:
    context.add_init_script("window.Worker = class extends Worker { constructor() { super('/none.js'); } };")
    tab = context.new_page()
    tab.goto(session.page.address)
    tab.click("[data-lend=camera] button")
    assert session.lost("camera", "the browser could not start the camera: give it again")
    shows(tab, "[data-lend=camera]", "it could not be started")
    assert tab.evaluate("window.tracks.video.readyState") == "ended"


KEEP_CONTEXTS = """
  window.heard = [];
  const Original = AudioContext;
  window.AudioContext = class extends Original {
    constructor(...all) {
      super(...all);
      window.heard.push(this);
    }
  };
"""
"""Browsers allow a page a few of them only."""


@pytest.mark.parametrize("broken", ["no file", "no node", "not resumed"])
def test_a_microphone_that_cannot_be_started_leaves_nothing_open(
    context: Any, session: Listening, broken: str
) -> None:
    context.add_init_script(KEEP_CONTEXTS)
    if broken == "no file":
        context.add_init_script("AudioWorklet.prototype.addModule = async () => { throw new Error('no'); }")
    if broken == "no node":
        context.add_init_script(
            "window.AudioWorkletNode = class { constructor() { throw new Error('no'); } }"
        )
    if broken == "not resumed":
        context.add_init_script("AudioContext.prototype.resume = async () => { throw new Error('no'); }")
    tab = context.new_page()
    tab.goto(session.page.address)
    for attempt in range(1, 3):
        tab.click("[data-lend=mic] button")
        shows(tab, "[data-lend=mic]", "it could not be started")
        shows(tab, "[data-lend=mic] button", "Use this microphone")
        states = ["closed"] * attempt
        assert until(
            lambda: tab.evaluate("heard.map((context) => context.state)") == states,  # noqa: B023 -- at once
            timeout_s=WAIT_S,
        )
        assert tab.evaluate("window.tracks.audio.readyState") == "ended"
    assert session.lost("mic", "the browser could not start the microphone: give it again")


def test_a_device_that_is_taken_back_is_let_go(given: Any, session: Listening) -> None:
    given.click("[data-lend=mic] button")
    assert session.lost("mic", "the microphone was taken back on the page")
    assert given.evaluate("window.tracks.audio.readyState") == "ended"
    assert session.more(Frame)


def test_a_page_that_is_closed_is_lost_and_another_one_resumes(
    context: Any, given: Any, session: Listening
) -> None:
    other = context.new_page()
    given.close()
    assert session.lost("camera", "the page that was the camera was closed: give it again")
    assert session.lost("mic", "the page that was the microphone was closed: give it again")
    other.goto(session.page.address.partition("?")[0])
    give(other, session)
    assert session.more(Frame)
    assert session.more(Samples)


def test_a_second_page_is_told_so_and_may_take_over(context: Any, given: Any, session: Listening) -> None:
    second = context.new_page()
    second.goto(session.page.address.partition("?")[0])
    second.click("[data-lend=camera] button")
    shows(second, "[data-lend=camera]", "another page is the camera")
    assert second.evaluate("Object.keys(window.tracks)") == []  # it was not even asked
    assert session.more(Frame)
    shows(second, "[data-lend=camera] button", "Take over with this camera")
    second.click("[data-lend=camera] button")
    shows(given, "[data-lend=camera]", "another page has become the camera")
    shows(second, "[data-lend=camera]", "in use")
    assert session.more(Frame)
    assert given.evaluate("window.tracks.video.readyState") == "ended"
    assert session.is_("mic", State.LIVE)  # that of the first page, as before


def test_a_connection_that_is_lost_is_found_again(context: Any, session: Listening) -> None:
    ways: list[Any] = []

    def between(way: Any) -> None:
        ways.append(way)
        way.connect_to_server()

    tab = context.new_page()
    tab.route_web_socket("**/devices/camera*", between)
    tab.goto(session.page.address)
    tab.click("[data-lend=camera] button")
    shows(tab, "[data-lend=camera]", "in use: fake_device_0")
    ways[0].close(code=1011)
    shows(tab, "[data-lend=camera]", "the connection is lost")
    for _ in range(600):
        tab.wait_for_timeout(100)
        if len(ways) == 2:
            break
    assert len(ways) == 2
    shows(tab, "[data-lend=camera]", "in use: fake_device_0")
    assert tab.evaluate("window.tracks.video.readyState") == "live"


def test_while_a_source_is_cut_the_page_sends_nothing(given: Any, session: Listening) -> None:
    camera = session.captures[0]
    camera.cut()
    shows(given, "[data-lend=camera]", "the session takes nothing from it now")
    before = session.count(Frame)
    assert session.more(Samples)
    assert session.count(Frame) == before
    camera.restore()
    assert session.more(Frame)


def test_a_permission_that_is_denied_is_a_reason(browser: Any, session: Listening) -> None:
    with another_chromium(browser, *FAKE_DEVICES) as strict:
        tab = strict.new_page()
        tab.goto(session.page.address)
        tab.click("[data-lend=camera] button")
        shows(tab, "[data-lend=camera]", "the browser does not allow it")
        assert session.lost(
            "camera", "the browser does not allow the camera: allow it there, and give it again"
        )
        shows(tab, "[data-lend=camera] button", "Use this camera")


def test_no_request_leaves_this_machine(context: Any, session: Listening) -> None:
    asked: list[str] = []
    said: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("console", lambda message: said.append(message.text))
    context.on("weberror", lambda error: said.append(str(error.error)))
    tab = context.new_page()
    tab.on("websocket", lambda socket: asked.append(socket.url))
    tab.goto(session.page.address)
    give(tab, session)
    assert session.more(Frame)
    assert {urlsplit(url).hostname for url in asked} == {"127.0.0.1"}
    assert said == []


def test_a_page_from_elsewhere_cannot_be_the_camera(context: Any, tab: Any, session: Listening) -> None:
    with another_site() as address:
        stranger = context.new_page()  # of the same browser, so that it has the cookie
        stranger.goto(address)
        got = stranger.evaluate(
            """async (host) => {
              const socket = new WebSocket(`ws://${host}/devices/camera?take=1`);
              return await new Promise((resolve) => {
                socket.onopen = () => resolve("open");
                socket.onclose = () => resolve("closed");
              });
            }""",
            urlsplit(tab.url).netloc,
        )
    assert got == "closed"
    assert session.lost("camera", "waiting for a browser")


def test_a_session_that_asks_for_nothing_gets_nothing(context: Any) -> None:
    with page_of(FakeLive()) as page:
        tab = context.new_page()
        tab.goto(page.address)
        shows(tab, "#number", "+0.12")
        assert tab.locator("#lending").is_hidden()
        for wanted in ("video", "audio"):
            got = tab.evaluate(
                """(wanted) => navigator.mediaDevices.getUserMedia({ [wanted]: true })
                  .then(() => "given", (error) => error.name)""",
                wanted,
            )
            assert got == "NotAllowedError"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_buttons_are_clean_for_those_who_do_not_see_them(
    browser: Any, session: Listening, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": 360, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    tab = context.new_page()
    tab.goto(session.page.address)
    give(tab, session)
    assert cut_off(tab) == []
    faults = faults_of(tab)
    context.close()
    assert faults == []
