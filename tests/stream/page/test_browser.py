"""The page in Chromium: what it shows, what it asks for, and what others cannot get from it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from fsrf_live.stream.dashboard import cells
from fsrf_live.stream.dashboard.cells import MINUS
from fsrf_live.stream.flow.records import Marker, encode, timed
from fsrf_live.stream.page.server import PageServer
from tests.doubles.browser import (
    SCHEMES,
    SIZES,
    WAIT_MS,
    WAIT_S,
    another_site,
    chromium,
    cut_off,
    faults_of,
    graph_fits,
    shows,
)
from tests.doubles.page import FakeLive, page_of
from tests.doubles.records import END, LOST, PAIR
from tests.doubles.scripted import scripted_reading
from tests.doubles.waiting import until


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def live() -> FakeLive:
    return FakeLive()


@pytest.fixture
def page(live: FakeLive) -> Iterator[PageServer]:
    with page_of(live) as page:
        yield page


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    """A browser of somebody else, without any cookie."""
    context = browser.new_context(viewport={"width": 1600, "height": 900})
    context.set_default_timeout(WAIT_MS)
    yield context
    context.close()


@pytest.fixture
def tab(context: Any, page: PageServer) -> Any:
    """The page, once it shows the session."""
    tab = context.new_page()
    opened(tab, page.address)
    return tab


def opened(tab: Any, address: str) -> None:
    tab.goto(address)
    shows(tab, "#number", "+0.12")
    shows(tab, "#marks", "● REC")


def was_asked(live: FakeLive, *acts: str) -> bool:
    return until(lambda: live.asked == list(acts), timeout_s=WAIT_S)


def test_it_shows_the_session_in_the_words_of_the_terminal(tab: Any) -> None:
    for where, texts in {
        "#number": ("+0.12",),
        "#label": ("◆ neutral", "74 %"),
        "#interval": ("90 %", f"{MINUS}0.98 … +1.22"),
        "#window": ("window 4.1 so far",),
        "#parts": ("◐ partly, 64 %", "● present", "▒ recovered 72 %", "lost", "+0.07", f"{MINUS}0.16"),
        "#sum": (f"no evidence +0.21, these {MINUS}0.09 = +0.12",),
        "#lane-video": ("recovered 72 %: lost", "camera lost: no new frame for 3.0 s"),
        "#inputs": ("✕ lost", "no new frame for 3.0 s", "25.0/s", "41 ms", f"{MINUS}18 ppm"),
        "#milliseconds": ("features", "18.4", "the sum", "a setting"),
        "#said": ("it was a normal day",),
        "#before": ("what a wonderful surprise", "+1.46"),
        "#marks": ("● REC", "! camera:unplug@18s+5s", "engine onnx"),
        "#time": ("0:20",),
    }.items():
        for text in texts:
            shows(tab, where, text)
    assert tab.locator("#plot canvas").count() == 1


def test_every_figure_is_written_as_on_the_terminal(tab: Any) -> None:
    values = [n / 8 for n in range(-24, 25)] + [
        0.005,
        0.015,
        0.2849,
        9.994,
        9.996,
        12.345,
        99.9,
        250.5,
        1234.5,
        99_999,
    ]
    for name in ("signed", "percent", "clock", "age", "milliseconds", "rate"):
        given = values if name == "signed" else [abs(value) for value in values]
        written = tab.evaluate(
            "async ([name, v]) => { const w = await import('/words.js'); return v.map((x) => w[name](x)); }",
            [name, given],
        )
        assert dict(zip(given, written, strict=True)) == {
            value: getattr(cells, name)(value) for value in given
        }
    numbers = [0, 7, 9_999, 10_000, 99_949, 999_499, 999_500, 10**7, 10**12]
    written = tab.evaluate(
        "async (v) => { const w = await import('/words.js'); return v.map(w.count); }", numbers
    )
    assert written == [cells.count(number) for number in numbers]
    signs = tab.evaluate(
        "async () => { const w = await import('/words.js'); return [w.STATE_SIGN, w.LABEL_SIGN]; }"
    )
    assert signs == [{str(state): sign for state, sign in cells.STATE_SIGN.items()}, cells.LABEL_SIGN]


def test_no_request_leaves_this_machine_and_nothing_is_said_against_it(
    context: Any, page: PageServer, live: FakeLive
) -> None:
    asked: list[str] = []
    said: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("console", lambda message: said.append(message.text))
    context.on("weberror", lambda error: said.append(str(error.error)))
    tab = context.new_page()
    tab.on("websocket", lambda socket: asked.append(socket.url))
    opened(tab, page.address)
    for id in ("freeze", "freeze", "mark", "fault", "help"):
        tab.click(f"#{id}")
    tab.keyboard.press("Escape")
    assert until(lambda: len(live.asked) == 2, timeout_s=WAIT_S)
    assert {urlsplit(url).hostname for url in asked} == {"127.0.0.1"}
    assert said == []


def test_a_stolen_address_works_once(browser: Any, tab: Any, page: PageServer) -> None:
    assert "token" not in tab.url
    thief = browser.new_context()
    stolen = thief.new_page()
    assert stolen.goto(page.address).status == 403
    assert "An address works once" in stolen.content()
    thief.close()
    tab.reload()
    shows(tab, "#number", "+0.12")


def test_a_page_from_elsewhere_can_neither_read_nor_mark(
    context: Any, tab: Any, page: PageServer, live: FakeLive
) -> None:
    ours = urlsplit(tab.url).netloc
    with another_site() as address:
        stranger = context.new_page()  # of the same browser, so that it has the cookie
        stranger.goto(address)
        got = stranger.evaluate(
            """async (host) => {
              const socket = new WebSocket(`ws://${host}/feed`);
              const talk = new Promise((resolve) => {
                socket.onopen = () => socket.send('{"id":1,"act":"mark"}');
                socket.onmessage = (event) => resolve(event.data);
                socket.onclose = () => resolve("closed");
              });
              const file = `http://${host}/page.js`, refused = () => "refused";
              const read = await fetch(file, { credentials: "include" }).then((a) => a.text(), refused);
              const script = await import(file).then(() => "loaded", refused);
              const framed = await new Promise((resolve) => {
                const frame = document.createElement("iframe");
                frame.onload = () => resolve(frame.contentDocument?.title ?? "closed");
                frame.src = `http://${host}/`;
                document.body.append(frame);
              });
              return [await talk, read, script, framed];
            }""",
            ours,
        )
    assert got == ["closed", "refused", "refused", "closed"]
    assert live.asked == []


def test_keys_do_what_they_do_on_the_dashboard(tab: Any, live: FakeLive) -> None:
    tab.keyboard.press("m")
    assert was_asked(live, "mark marker 1 by page")
    shows(tab, "#notice", "20.0 s is marked: marker 1")
    tab.keyboard.press("2")
    assert was_asked(live, "mark marker 1 by page", "cut audio")
    shows(tab, "[data-cut=audio]", "Restore audio")
    tab.keyboard.press("2")
    assert until(lambda: live.asked[-1] == "restore audio", timeout_s=WAIT_S)
    tab.keyboard.press("f")
    shows(tab, "#notice", "rehearsing camera:freeze@21s+4s")
    tab.keyboard.press("?")
    assert tab.locator("#helping").is_visible()


def test_a_rating_is_given_by_keys_and_by_the_slider(tab: Any, page: PageServer, live: FakeLive) -> None:
    shows(tab, "#rated", f"{MINUS}0.5")  # the newest of anybody
    tab.keyboard.press("+")
    assert was_asked(live, "mark rating 0 by page")
    tab.keyboard.press("0")
    assert until(lambda: len(live.asked) == 2, timeout_s=WAIT_S)
    page.emit(timed(Marker(20.5, "rating", "page", rating=0.0), PAIR, 0))
    shows(tab, "#rated", "+0.0")
    tab.focus("#rate")
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("ArrowLeft")
    assert until(lambda: live.asked[-1] == "mark rating -1 by page", timeout_s=WAIT_S)


def test_a_marker_by_name_is_of_the_moment_of_its_key(tab: Any, live: FakeLive) -> None:
    tab.keyboard.press("M")
    tab.keyboard.type("m1 ?")  # letters of a name are no keys
    assert live.asked == []
    tab.keyboard.press("Enter")
    assert was_asked(live, "mark m1 ? by page")
    tab.keyboard.press("M")
    tab.keyboard.type("never mind")
    tab.keyboard.press("Escape")
    tab.keyboard.press("M")
    tab.keyboard.press("Enter")  # a name is needed
    tab.click("text=Leave it")
    assert live.asked == ["mark m1 ? by page"]


def test_a_name_that_is_refused_stays_to_be_mended(tab: Any, live: FakeLive) -> None:
    tab.keyboard.press("M")
    tab.fill("#typed", "too late")
    tab.keyboard.press("Enter")
    shows(tab, "#unfit", "the session is over: it takes no markers any more")
    assert tab.input_value("#typed") == "too late"
    tab.fill("#typed", "in time")
    tab.keyboard.press("Enter")
    assert until(lambda: live.asked == ["mark too late by page", "mark in time by page"], timeout_s=WAIT_S)
    tab.wait_for_selector("#naming", state="hidden")
    tab.keyboard.press("M")
    assert tab.inner_text("#unfit") == ""


def test_single_keys_can_be_turned_off(tab: Any, live: FakeLive) -> None:
    tab.keyboard.press("?")
    tab.click("#keys")
    tab.keyboard.press("Escape")
    tab.keyboard.press("m")
    tab.reload()
    shows(tab, "#number", "+0.12")
    tab.keyboard.press("m")
    tab.click("#mark")
    assert was_asked(live, "mark marker 1 by page")


def test_frozen_it_holds_still_and_tells_the_truth_about_the_recording(
    tab: Any, page: PageServer, live: FakeLive
) -> None:
    tab.keyboard.press(" ")
    shows(tab, "#marks", "FROZEN at 0:20")
    live.time_s = 30.0
    live.changes["recording_media"] = True
    page.emit(timed(scripted_reading(30.0), PAIR, 0))
    shows(tab, "#marks", "● REC media")
    assert tab.inner_text("#number") == "+0.12"
    tab.keyboard.press(" ")
    shows(tab, "#number", cells.signed(scripted_reading(30.0).score))


def test_one_can_go_back_by_keys_by_the_slider_and_by_the_graph(tab: Any) -> None:
    tab.keyboard.press("ArrowLeft")
    shows(tab, "#number", cells.signed(scripted_reading(19.5).score))
    tab.focus("#scrub")
    tab.keyboard.press("Home")
    shows(tab, "#number", cells.signed(scripted_reading(1.0).score))
    shows(tab, "#moment", "0:01")
    assert tab.get_attribute("#scrub", "aria-valuetext") == "0:01, +0.01 neutral"
    tab.click("#freeze")
    shows(tab, "#moment", "now")
    middle = tab.locator("#plot .u-over").bounding_box()
    tab.mouse.click(middle["x"] + middle["width"] * 12 / 60, middle["y"] + 100)
    shows(tab, "#number", cells.signed(scripted_reading(12.0).score))
    shows(tab, "#readout", "0:12")


def test_words_that_may_change_are_dim(tab: Any, live: FakeLive) -> None:
    live.changes |= {"words": "I love", "tentative": "it all"}
    shows(tab, "#agreed", "I love")
    shows(tab, "#tentative", "it all")
    colours = [tab.evaluate(f"getComputedStyle({id}).color") for id in ("agreed", "tentative")]
    assert colours[0] != colours[1]


def test_words_of_an_open_window_stay_when_it_is_frozen(tab: Any, page: PageServer, live: FakeLive) -> None:
    live.changes |= {"words": "I love", "tentative": "it all"}
    page.emit(timed(replace(scripted_reading(20.5), text="", final=False), PAIR, 0))
    shows(tab, "#tentative", "it all")
    tab.keyboard.press(" ")
    shows(tab, "#marks", "FROZEN at 0:20")
    assert tab.inner_text("#agreed") == "I love"
    assert tab.inner_text("#tentative") == "it all"
    page.emit(timed(replace(scripted_reading(21.0), text="", final=False), PAIR, 0))
    live.changes |= {"words": "later", "tentative": ""}
    live.changes["recording_media"] = True
    shows(tab, "#marks", "● REC media")  # what came later is there
    assert tab.inner_text("#agreed") == "I love"
    tab.keyboard.press(" ")
    shows(tab, "#agreed", "later")


def test_a_window_that_was_open_when_the_page_came_shows_what_it_came_to(
    context: Any, page: PageServer
) -> None:
    begun = replace(scripted_reading(20.5), window=77, revision=0, text="", final=False)
    page.emit(timed(begun, PAIR, 0))
    page.emit(timed(replace(begun, end_s=21.5, text="in the end", final=True, revision=1), PAIR, 0))
    tab = context.new_page()
    tab.goto(page.address)
    shows(tab, "#window", "window 77.1 final")
    tab.keyboard.press("ArrowLeft")
    shows(tab, "#window", "window 77.0 so far")
    shows(tab, "#agreed", "in the end")


def test_the_foot_says_whether_something_is_kept(tab: Any, live: FakeLive) -> None:
    shows(tab, "#kept", "the session is recorded where it runs: words, answers and features")
    live.changes["recording_media"] = True
    shows(tab, "#kept", "the session is recorded where it runs: pictures, sound, words, answers and features")
    live.changes |= {"recording": False, "recording_media": False}
    shows(tab, "#kept", "the session is not recorded")


def test_what_others_wrote_is_text_and_never_markup(tab: Any, page: PageServer, live: FakeLive) -> None:
    evil = "<img src=x onerror=document.title='owned'><b>\u202e"
    live.changes |= {"words": evil, "messages": (evil,), "engine": evil, "loading": evil}
    page.emit(timed(replace(scripted_reading(20.5), text=f"{evil} again", final=True), PAIR, 0))
    for where in ("#said", "#messages", "#marks", "#before"):
        shows(tab, where, "<img src=x")
    assert tab.title() == "FSRF Live"
    assert tab.locator("main img, main b, header img").count() == 0


def test_at_the_end_it_says_what_the_session_was_and_stays(tab: Any, page: PageServer) -> None:
    page.emit(LOST)
    page.emit(END)
    page.close()
    shows(tab, "#away", f"The session is over. On the whole +0.50 ({MINUS}0.50 … +1.50), positive, in 0:10.")
    assert tab.is_disabled("#mark")
    assert not tab.is_disabled("#freeze")
    tab.keyboard.press("ArrowLeft")
    shows(tab, "#marks", "FROZEN")


def test_a_connection_that_is_lost_is_told_and_found_again(context: Any, page: PageServer) -> None:
    tab = context.new_page()
    ways: list[Any] = []

    def between(way: Any) -> None:
        ways.append(way)
        way.connect_to_server()

    tab.route_web_socket("**/feed", between)
    opened(tab, page.address)
    ways[0].close(code=1011)
    shows(tab, "#away", "The connection is lost: trying again")
    tab.wait_for_selector("#away", state="hidden")
    assert len(ways) == 2
    page.emit(timed(scripted_reading(21.0), PAIR, 0))
    shows(tab, "#number", cells.signed(scripted_reading(21.0).score))


def test_a_session_that_says_nothing_any_more_is_told(context: Any, page: PageServer) -> None:
    tab = context.new_page()
    ways: list[Any] = []

    def between(way: Any) -> None:
        server = way.connect_to_server()
        ways.append(way)
        server.on_message(lambda message: None if hung else way.send(message))

    hung: list[bool] = []
    tab.route_web_socket("**/feed", between)
    opened(tab, page.address)
    hung.append(True)
    shows(tab, "#away", "Nothing comes from the session: what is shown is old.")
    hung.clear()
    tab.wait_for_selector("#away", state="hidden")
    assert len(ways) == 1


def test_it_keeps_no_more_than_the_server_does(tab: Any) -> None:
    reading = json.loads(encode(scripted_reading(20.0)))
    counts = tab.evaluate(
        """async (reading) => {
          const { Session } = await import("/session.js");
          const session = new Session();
          session.take({ type: "hello", version: 1, kept: 500 });
          for (let n = 0; n < 57600; n++) {
            session.take({ ...reading, window: n >> 3, end_s: n / 2, final: n % 8 === 7 });
            if (n % 10 === 0) session.take({ type: "event", source: "camera", state: "live", time_s: n });
            if (n % 10 === 0) session.take({ type: "marker", name: "a", time_s: n });
          }
          return [session.readings.length, session.events.length, session.markers.length, session.said.size];
        }""",
        reading,
    )
    assert counts == [500, 500, 500, 100]


def test_the_overlay_lets_the_picture_behind_it_through(context: Any, page: PageServer) -> None:
    tab = context.new_page()
    tab.set_viewport_size({"width": 800, "height": 600})
    tab.goto(page.address.replace("?", "?overlay=1&"))
    for where, text in {
        "#number": "+0.12",
        "#label": "◆ neutral",
        "#chips": "▒ video lost",
        "#marks": "● REC",
    }.items():
        shows(tab, where, text)
    shows(tab, "#said", "what a wonderful surprise this is")
    picture = tab.screenshot(omit_background=True, path=None)
    assert alpha_at(picture, 400, 10) == 0
    assert alpha_at(picture, 40, 560) > 128
    assert tab.url.endswith("/?overlay=1")


def alpha_at(png: bytes, x: int, y: int) -> int:
    import cv2
    import numpy as np

    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    return int(picture[y, x, 3])


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_cut_off_however_narrow_it_is(context: Any, tab: Any, size: tuple[int, int]) -> None:
    tab.set_viewport_size({"width": size[0], "height": size[1]})
    assert graph_fits(tab)
    assert cut_off(tab) == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    "what", ["page", "narrow", "naming", "inviting", "helping", "frozen", "over", "overlay"]
)
def test_it_is_clean_for_those_who_do_not_see_it(
    browser: Any, page: PageServer, scheme: str, what: str
) -> None:
    width = 360 if what == "narrow" else 1600
    # The policy of the page would keep axe out; it is not what is looked at here.
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    context.set_default_timeout(WAIT_MS)
    tab = context.new_page()
    opened(tab, page.address.replace("?", "?overlay=1&") if what == "overlay" else page.address)
    if what in ("naming", "helping", "frozen"):
        tab.keyboard.press({"naming": "M", "helping": "?", "frozen": " "}[what])
    elif what == "inviting":
        tab.click("#another")
        tab.wait_for_selector("#inviting[open]")
    elif what == "over":
        page.emit(END)
        shows(tab, "#away", "The session is over")
    faults = faults_of(tab)
    context.close()
    assert faults == []
