"""A real browser, and pages of other origins in it."""

import http.server
import shutil
import threading
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ
from fsrf_live.stream.sources.decoding import decode_frames, decode_samples
from tests.conftest import REPOSITORY
from tests.doubles.waiting import until

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
AXE = REPOSITORY / "tests" / "node_modules" / "axe-core" / "axe.min.js"


SIZES = ((360, 740), (800, 1000), (1280, 800), (1600, 900))
"""Width and height of a telephone, of half a screen, of a small screen, and of a screen."""
SCHEMES = ("light", "dark")
WAIT_MS = 60_000
WAIT_S = WAIT_MS / 1000
_CUT_OFF = """() => [...document.querySelectorAll("body *:not(.unseen):not(dialog *)")].filter((node) => {
  const box = node.getBoundingClientRect();
  const hides = getComputedStyle(node).overflowX !== "visible" && node.clientWidth > 0;
  const cut = hides && node.scrollWidth > node.clientWidth + 1;
  const panel = node.closest("section")?.getBoundingClientRect().right ?? innerWidth;
  return box.width > 1 && (box.right > Math.min(panel, innerWidth) + 1 || box.left < -1 || cut);
}).map((node) => node.id || node.className || node.tagName)"""


FAKE_DEVICES = ("--use-fake-device-for-media-stream",)
ALLOWED = ("--use-fake-ui-for-media-stream",)
"""Whoever is asked for a device says yes; without it a browser that has no window says no."""


@contextmanager
def chromium(*flags: str) -> Iterator[Any]:
    """Chromium without a window; skips the test where there is none."""
    driver = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not here: pip install playwright"
    )
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    with driver.sync_playwright() as playwright, _launched(playwright.chromium, program, flags) as browser:
        yield browser


@contextmanager
def another_chromium(browser: Any, *flags: str) -> Iterator[Any]:
    """One more, with other flags, beside one that is there."""
    program = next(filter(None, map(shutil.which, PROGRAMS)))
    with _launched(browser.browser_type, program, flags) as other:
        yield other


@contextmanager
def _launched(kind: Any, program: str, flags: tuple[str, ...]) -> Iterator[Any]:
    # Where root tests, as in a container, Chromium's own sandbox cannot be had.
    browser = kind.launch(executable_path=program, args=["--no-sandbox", *flags])
    try:
        yield browser
    finally:
        browser.close()


def shows(tab: Any, where: str, text: str) -> None:
    """Wait until an element shows a text."""
    from playwright.sync_api import expect

    expect(tab.locator(where)).to_contain_text(text, timeout=WAIT_MS)


def graph_fits(tab: Any) -> bool:
    """Wait until the graph has the width of its place."""
    fits = "document.querySelector('.uplot').offsetWidth <= plot.offsetWidth"
    return until(lambda: bool(tab.evaluate(fits)), timeout_s=WAIT_S)


def cut_off(tab: Any) -> list[str]:
    """What is cut off, or reaches beyond the edge of its panel or of the window."""
    wider = list(tab.evaluate(_CUT_OFF))
    return (
        wider if tab.evaluate("document.documentElement.scrollWidth <= innerWidth") else [*wider, "the page"]
    )


def faults_of(tab: Any) -> list[tuple[str, list[str]]]:
    """What axe-core finds, for those who do not see the page; its policy must be off."""
    if not AXE.is_file():
        pytest.skip("axe-core is not here: npm ci --prefix tests")
    tab.add_script_tag(path=AXE)
    found = tab.evaluate("axe.run()")
    assert len(found["passes"]) > 10
    return [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found["violations"]]


def files_as_devices(clip: Path, folder: Path) -> tuple[str, str]:
    """Flags for a browser whose camera sees a clip, and whose microphone hears it."""
    import cv2

    pictures, sound = folder / "camera.mjpeg", folder / "microphone.wav"
    with pictures.open("wb") as file:
        for frame in decode_frames(clip):
            file.write(bytes(cv2.imencode(".jpg", frame.image, [cv2.IMWRITE_JPEG_QUALITY, 90])[1]))
    with wave.open(str(sound), "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(SAMPLE_RATE_HZ)
        for block in decode_samples(clip):
            written.writeframes((block.samples * 32767).astype("<i2").tobytes())
    return f"--use-file-for-fake-video-capture={pictures}", f"--use-file-for-fake-audio-capture={sound}"


@contextmanager
def another_site() -> Iterator[str]:
    """An empty page of another origin on this machine; gives its address."""

    class Empty(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<title>elsewhere</title>")

        def log_message(self, *words: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Empty) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()
