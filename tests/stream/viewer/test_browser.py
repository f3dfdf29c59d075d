"""The viewer in Chromium: what it shows, how it plays, what it edits, and what others cannot get from it."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from fsrf_live.stream.dashboard.cells import MINUS
from fsrf_live.stream.flow.records import Marker
from fsrf_live.stream.recording.account import account_of
from fsrf_live.stream.recording.edits import MarkerEdit, editing
from fsrf_live.stream.recording.recorded import Recording
from fsrf_live.stream.viewer.server import ViewerServer
from fsrf_live.stream.viewer.shelf import id_of
from tests.conftest import REPOSITORY
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
from tests.doubles.sessions import AWKWARD
from tests.doubles.viewer import viewer_over
from tests.doubles.waiting import until

GOLDEN = REPOSITORY / "tests" / "golden" / "recordings"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def folder(tmp_path: Path, filmed: Path, monday: Path) -> Path:
    for source in (filmed, monday, GOLDEN / "torn", GOLDEN / "newer"):
        shutil.copytree(source, tmp_path / source.name)
    return tmp_path


@pytest.fixture
def viewer(folder: Path) -> Iterator[ViewerServer]:
    with viewer_over(folder) as viewer:
        yield viewer


@pytest.fixture
def context(browser: Any, viewer: ViewerServer) -> Iterator[Any]:
    """A browser that has opened the address."""
    context = browser.new_context(viewport={"width": 1600, "height": 900})
    context.set_default_timeout(WAIT_MS)
    tab = context.new_page()
    tab.goto(viewer.address)
    shows(tab, "#found", "4 recordings")
    tab.close()
    yield context
    context.close()


@pytest.fixture
def tab(context: Any, viewer: ViewerServer, folder: Path) -> Any:
    """The recording with pictures and sound."""
    return opened(context.new_page(), viewer, folder / "filmed")


def opened(tab: Any, viewer: ViewerServer, recording: Path, length: str = "0:12") -> Any:
    tab.goto(f"http://{urlsplit(viewer.address).netloc}/?of={id_of(recording)}")
    shows(tab, "#title", recording.name)
    shows(tab, "#length", f"/ {length}")
    return tab


def seek(tab: Any, time_s: float) -> None:
    tab.evaluate(
        "(at) => { scrub.value = at; scrub.dispatchEvent(new Event('input', { bubbles: true })); }", time_s
    )


def moment_of(tab: Any) -> float:
    """The moment that is looked at."""
    return float(tab.input_value("#scrub"))


def markers_of(recording: Path) -> list[tuple[float, str]]:
    return [(marker.time_s, marker.name) for marker in account_of(Recording(recording)).markers]


def test_the_list_says_what_there_is_and_what_cannot_be_shown(context: Any, viewer: ViewerServer) -> None:
    tab = context.new_page()
    tab.goto(f"http://{urlsplit(viewer.address).netloc}/")
    shows(tab, "#recordings", "filmed")
    rows = tab.locator("#recordings li").all_inner_texts()
    (film,) = [row for row in rows if row.startswith("filmed")]
    for fact in (
        "0:12",
        "camera, microphone, text",
        "pictures and sound",
        "2 markers",
        "2 ratings",
        "positive",
    ):
        assert fact in film
    (newer,) = [row for row in rows if row.startswith("newer")]
    assert "is a recording of version 99, not 7" in newer
    tab.click("text=filmed")
    shows(tab, "#title", "filmed")


def test_it_shows_the_moment_in_the_words_of_the_live_page(tab: Any) -> None:
    seek(tab, 7.4)
    for where, text in {
        "#number": "+1.23",
        "#label": "▲ positive",
        "#interval": "90 %",
        "#window": "final",
        "#parts": "◐ partly",
        "#lane-video": "camera lost: unplugged",
        "#said-all": "a good day",
        "#spells": "camera ✕ lost",
        "#summary": "▲ positive",
        "#whole-parts": "video",
        "#markers": AWKWARD,
        "#moment": "0:07",
    }.items():
        shows(tab, where, text)
    shows(tab, "#markers", f"rating {MINUS}0.5")
    assert tab.locator("#plot canvas").count() == 1
    seek(tab, 0.0)
    shows(tab, "#interval", "nothing was read yet")


def test_a_click_into_the_curve_a_word_a_marker_and_keys_go_there(tab: Any) -> None:
    plot = tab.locator("#plot .u-over").bounding_box()
    tab.mouse.click(plot["x"] + plot["width"] * 9.3 / 12, plot["y"] + 100)
    shows(tab, "#time", "0:09")
    tab.click("#said-all li:nth-child(1) button")
    shows(tab, "#time", "0:00")
    tab.click("#markers [data-id=r3][data-do=go]")
    shows(tab, "#time", "0:08")
    tab.locator("#number").click()
    tab.keyboard.press("ArrowLeft")
    assert until(lambda: moment_of(tab) < 8, timeout_s=WAIT_S)
    before = moment_of(tab)
    tab.keyboard.press("ArrowLeft")
    assert until(lambda: moment_of(tab) < before, timeout_s=WAIT_S)


def test_it_plays_pictures_and_sound_in_step_with_the_curve(tab: Any) -> None:
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    seek(tab, 1.0)
    assert until(lambda: abs(shade(tab) - 255 / 12) < 6, timeout_s=WAIT_S)
    tab.click("#play")
    shows(tab, "#play", "Pause")
    assert until(lambda: moment_of(tab) > 2.5, timeout_s=WAIT_S)
    tab.keyboard.press(" ")  # the button has the focus
    shows(tab, "#play", "Play")
    at = moment_of(tab)
    assert until(lambda: abs(shade(tab) - 255 * at / 12) < 8, timeout_s=WAIT_S)
    seek(tab, 7.0)
    shows(tab, "#seen", "no picture since 0:05")
    assert [line for line in said if "willReadFrequently" not in line] == []  # what the test does


def shade(tab: Any) -> float:
    """How light the picture in the middle of the screen is."""
    return float(tab.evaluate("picture.getContext('2d').getImageData(20, 20, 1, 1).data[0]"))


def test_it_stops_at_the_end_and_begins_again(tab: Any) -> None:
    seek(tab, 11.5)
    tab.click("#play")
    shows(tab, "#time", "0:12")
    shows(tab, "#play", "Play")
    tab.click("#play")
    assert until(lambda: moment_of(tab) < 5, timeout_s=WAIT_S)


KEEP_SOUNDS = """
  window.sounds = [];
  const Original = Audio;
  window.Audio = class extends Original {
    constructor(...all) {
      super(...all);
      window.sounds.push(this);
    }
  };
"""


@pytest.mark.parametrize("plays", [False, True])
def test_the_sound_of_one_that_grows_grows_with_it(
    context: Any, viewer: ViewerServer, folder: Path, plays: bool
) -> None:
    records = folder / "filmed" / "records.jsonl"
    *lines, _ = records.read_text().splitlines(keepends=True)
    records.write_text("".join(lines))  # there is no summary yet
    context.add_init_script(KEEP_SOUNDS)
    tab = opened(context.new_page(), viewer, folder / "filmed", "0:11")
    assert until(lambda: tab.evaluate("Math.round(sounds.at(-1).duration)") == 12, timeout_s=WAIT_S)
    if plays:
        seek(tab, 9.0)
        tab.click("#play")
        shows(tab, "#play", "Pause")
    with records.open("a") as file:
        file.write("".join(f"{line}\n" for line in readings_until(records, 40.0)))
    shows(tab, "#length", "/ 0:40")
    if not plays:
        seek(tab, 20.0)
        tab.click("#play")
    assert until(lambda: tab.evaluate("Math.round(sounds.at(-1).duration)") == 40, timeout_s=WAIT_S)
    assert until(lambda: moment_of(tab) > (13.0 if plays else 20.5), timeout_s=WAIT_S)
    assert tab.evaluate("sounds.filter((sound) => !sound.paused).length") == 1


def test_without_pictures_and_sound_it_plays_by_the_clock(
    context: Any, viewer: ViewerServer, folder: Path
) -> None:
    tab = opened(context.new_page(), viewer, folder / "monday")
    assert not tab.is_visible("#film")
    tab.select_option("#speed", "4")
    tab.click("#play")
    assert until(lambda: moment_of(tab) > 2, timeout_s=WAIT_S)


def test_markers_are_set_renamed_moved_deleted_and_undone(tab: Any, folder: Path) -> None:
    recording = folder / "filmed"
    before = markers_of(recording)
    seek(tab, 3.0)
    tab.locator("#number").click()
    tab.keyboard.press("m")
    shows(tab, "#notice", "0:03.0 is marked: marker 1")
    tab.keyboard.press("M")
    tab.keyboard.type("smile m")
    tab.keyboard.press("Enter")
    shows(tab, "#markers", "smile m")
    tab.click("[aria-label='Edit smile m']")
    tab.fill("#typed", "grin")
    tab.fill("#when", "0:05.25")
    tab.click("#set")
    shows(tab, "#markers", "grin")
    assert sorted([*before, (3.0, "marker 1"), (5.25, "grin")]) == markers_of(recording)
    tab.click("[aria-label='Delete stimulus 1']")
    shows(tab, "#deleted-title", "1 deleted")
    assert (2.0, "stimulus 1") not in markers_of(recording)
    for _ in range(4):
        tab.click("#undo")
        shows(tab, "#notice", "")
    assert until(lambda: tab.is_disabled("#undo"), timeout_s=WAIT_S)
    assert until(lambda: markers_of(recording) == before, timeout_s=WAIT_S)


def test_a_rating_is_given_and_changed(tab: Any, folder: Path) -> None:
    seek(tab, 1.0)
    tab.click("#rate")
    tab.fill("#value", "-1.5")
    tab.keyboard.press("Enter")
    shows(tab, "#markers", f"rating {MINUS}1.5")
    ratings = account_of(Recording(folder / "filmed")).ratings
    assert [(marker.time_s, marker.rating) for marker in ratings] == [(1.0, -1.5), (4.0, 1.5), (8.0, -0.5)]


def test_a_rating_at_the_beginning_is_given_once_however_often_it_is_set(tab: Any, folder: Path) -> None:
    tab.click("#rate")
    tab.fill("#value", "1.25")
    for _ in range(2):
        tab.keyboard.press("Enter")
    shows(tab, "#markers", "rating +1.2")
    ratings = account_of(Recording(folder / "filmed")).ratings
    assert [(marker.time_s, marker.rating) for marker in ratings][:2] == [(0.0, 1.25), (4.0, 1.5)]


def test_who_goes_by_keys_keeps_the_place_when_a_list_changes(tab: Any) -> None:
    tab.focus("[aria-label='Delete stimulus 1']")
    tab.keyboard.press("Enter")
    shows(tab, "#deleted-title", "1 deleted")
    assert tab.evaluate("document.activeElement.closest('#markers') !== null")


def test_what_cannot_be_is_said_in_the_dialog_and_nothing_is_set(tab: Any, folder: Path) -> None:
    tab.click("#name")
    tab.fill("#typed", "late")
    for when in ("0:12.5", "soon", "1:2:3:4", "-1"):
        tab.fill("#when", when)
        tab.click("#set")
        shows(tab, "#unfit", "Give a moment from 0:00 to 0:12.0")
    tab.fill("#when", "1")
    tab.evaluate("typed.value = 'a\\u0000b'")
    tab.click("#set")
    shows(tab, "#unfit", "control characters")
    tab.click("text=Leave it")
    assert len(markers_of(folder / "filmed")) == 2


def test_two_tabs_see_what_the_other_does_and_overwrite_nothing(
    context: Any, tab: Any, viewer: ViewerServer, folder: Path
) -> None:
    other = opened(context.new_page(), viewer, folder / "filmed")
    other.click("[aria-label='Edit stimulus 1']")
    tab.click("[aria-label='Delete stimulus 1']")
    shows(tab, "#deleted-title", "1 deleted")
    other.fill("#typed", "mine")
    other.click("#set")
    shows(other, "#unfit", "another page has changed this marker meanwhile: look at it again")
    other.click("text=Leave it")
    shows(other, "#deleted-title", "1 deleted")
    tab.click("#deleted-title")
    tab.click("[aria-label='Restore stimulus 1']")
    shows(other, "#markers", "stimulus 1")


def test_one_that_is_deleted_while_it_is_open_says_so(tab: Any, folder: Path) -> None:
    shutil.rmtree(folder / "filmed")
    shows(tab, "#away", "this recording is not there any more")


def test_one_with_damaged_records_says_so_and_is_not_read_again_and_again(
    context: Any, viewer: ViewerServer, folder: Path
) -> None:
    records = folder / "monday" / "records.jsonl"
    lines = records.read_bytes().splitlines(keepends=True)
    records.write_bytes(b"".join([*lines[:8], b"{\n", *lines[8:]]))
    tab, asked = context.new_page(), []
    tab.clock.install()
    tab.on("request", lambda request: asked.append(urlsplit(request.url).path))
    tab.goto(f"http://{urlsplit(viewer.address).netloc}/?of={id_of(folder / 'monday')}")
    shows(tab, "#away", "damaged: it is shown up to there")
    for _ in range(3):
        with tab.expect_response("**/state"):
            tab.clock.run_for(3000)
    assert asked.count(f"/recordings/{id_of(folder / 'monday')}") == 1


def test_what_others_wrote_is_text_and_never_markup(context: Any, viewer: ViewerServer, folder: Path) -> None:
    evil = "<img src=x onerror=document.title='owned'><b>"
    with editing(folder / "monday") as edits:
        edits.append(MarkerEdit("n0", Marker(1.0, evil, "viewer")))
    records = folder / "monday" / "records.jsonl"
    records.write_text(records.read_text().replace("a good day", evil.replace('"', "")))
    tab = opened(context.new_page(), viewer, folder / "monday")
    for where in ("#markers", "#said-all"):
        shows(tab, where, "<img src=x")
    assert tab.title() == "monday · FSRF Live"
    assert tab.locator("main img, main b").count() == 0


def test_a_page_from_elsewhere_can_neither_read_nor_edit(
    context: Any, tab: Any, viewer: ViewerServer, folder: Path
) -> None:
    ours, before = urlsplit(viewer.address).netloc, markers_of(folder / "filmed")
    with another_site() as address:
        stranger = context.new_page()  # of the same browser, so that it has the cookie
        stranger.goto(address)
        got = stranger.evaluate(
            """async ([host, id]) => {
              const refused = () => "refused";
              const list = `http://${host}/recordings`, credentials = "include";
              const read = await fetch(list, { credentials }).then((a) => a.text(), refused);
              const body = JSON.stringify({ id: null, marker: { time_s: 1, name: "evil" }, seen: null });
              const how = { method: "POST", mode: "no-cors", credentials, body };
              await fetch(`${list}/${id}/edits`, how).catch(refused);
              const seen = await new Promise((resolve) => {
                const picture = new Image();
                picture.onload = () => resolve("seen");
                picture.onerror = () => resolve("refused");
                picture.src = `${list}/${id}/picture?at=1`;
              });
              return [read, seen];
            }""",
            [ours, id_of(folder / "filmed")],
        )
    assert got == ["refused", "refused"]
    assert markers_of(folder / "filmed") == before


def test_of_a_long_recording_it_shows_all_and_each_reading_near_by(
    context: Any, viewer: ViewerServer, folder: Path
) -> None:
    prolong(folder / "monday", hours=2)
    tab = context.new_page()
    tab.goto(f"http://{urlsplit(viewer.address).netloc}/?of={id_of(folder / 'monday')}")
    shows(tab, "#length", "/ 2:00:00")
    shows(tab, "#thinned", "readings: the extremes of every")
    tab.click("[data-span='60']")
    seek(tab, 5000.2)
    shows(tab, "#window", "window 10000.0")
    seek(tab, 30.2)
    shows(tab, "#window", "window 60.0")


def prolong(recording: Path, hours: int) -> None:
    """A reading each half second for so long."""
    records = recording / "records.jsonl"
    *lines, summary = records.read_text().splitlines()
    longer = json.dumps(json.loads(summary) | {"duration_s": hours * 3600.0}, separators=(",", ":"))
    records.write_text("\n".join([*lines, *readings_until(records, hours * 3600.0), longer]) + "\n")


def readings_until(records: Path, end_s: float) -> list[str]:
    """Lines like the first reading of a file, each half second from 15 s on."""
    lines = records.read_text().splitlines()
    reading = json.loads(next(line for line in lines if line.startswith('{"type":"reading"')))
    reading |= {"revision": 0, "final": True}
    return [
        json.dumps(reading | {"window": n, "start_s": n / 2 - 0.5, "end_s": n / 2}, separators=(",", ":"))
        for n in range(30, int(2 * end_s) + 1)
    ]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("what", ["list", "filmed"])
def test_nothing_is_cut_off_however_narrow_it_is(
    context: Any, viewer: ViewerServer, folder: Path, size: tuple[int, int], what: str
) -> None:
    tab = context.new_page()
    tab.set_viewport_size({"width": size[0], "height": size[1]})
    if what == "list":
        tab.goto(f"http://{urlsplit(viewer.address).netloc}/")
        shows(tab, "#recordings", "filmed")
    else:
        opened(tab, viewer, folder / "filmed")
        assert graph_fits(tab)
    assert cut_off(tab) == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    "what", ["list", "page", "narrow", "naming", "rating", "helping", "inviting", "edited"]
)
def test_it_is_clean_for_those_who_do_not_see_it(
    browser: Any, viewer: ViewerServer, folder: Path, scheme: str, what: str
) -> None:
    width = 360 if what == "narrow" else 1600
    # The policy of the page would keep axe out; it is not what is looked at here.
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    context.set_default_timeout(WAIT_MS)
    tab = context.new_page()
    tab.goto(viewer.address)
    shows(tab, "#found", "4 recordings")
    if what != "list":
        opened(tab, viewer, folder / "filmed")
    if what in ("naming", "rating", "helping"):
        tab.keyboard.press({"naming": "M", "rating": "r", "helping": "?"}[what])
    elif what == "inviting":
        tab.click("#another")
        tab.wait_for_selector("#inviting[open]")
    elif what == "edited":
        tab.click("[aria-label='Delete stimulus 1']")
        shows(tab, "#deleted-title", "1 deleted")
        tab.click("#deleted-title")
        seek(tab, 7.0)
    faults = faults_of(tab)
    context.close()
    assert faults == []
