"""The report: one page that needs nothing else."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from fsrf_live.stream.export.report import STRIP_S, write_report
from fsrf_live.stream.flow.records import Marker, Summary
from fsrf_live.stream.recording.account import Account, Spoken

VOID = {"meta", "br"}

LEFT, WIDTH = 64, 904
"""Where a strip begins, and how wide it is."""


class Page(HTMLParser):
    """What a browser would make of it; fails at what is not closed, or closed twice."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def page(account: Account, folder: Path) -> Page:
    write_report(account, folder / "report.html")
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def numbers(attributes: dict[str, str | None], *names: str) -> list[float]:
    return [float(attributes[name] or 0) for name in names]


def test_it_tells_the_whole_session(account: Account, tmp_path: Path) -> None:
    shown = " ".join(page(account, tmp_path).text)
    assert account.summary is not None
    assert account.summary.score is not None
    for fact in (
        "monday",
        f"{account.summary.score:+.2f}",
        "0:12.0",
        "unplugged",
        "lost",
        "a good day",
        "née 汉字",
    ):
        assert fact in shown


def test_nothing_is_loaded_and_no_script_runs(account: Account, tmp_path: Path) -> None:
    found = page(account, tmp_path)
    tags = {tag for tag, _ in found.tags}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    names = {name for _, attributes in found.tags for name in attributes}
    assert not names & {"src", "href", "srcset", "data", "action"}
    assert not any(name.startswith("on") for name in names)
    policies = [a.get("content") for _, a in found.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert "url(" not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_what_is_said_is_text_and_never_a_part_of_the_page(account: Account, tmp_path: Path) -> None:
    evil = "</title><script>alert(1)</script><svg onload=x>\x1b[2J"
    spoiled = replace(
        account,
        name=evil,
        words=(Spoken(0.0, 1.0, evil, 1.0),),
        markers=(Marker(1.0, evil, "key"),),
        spells=tuple(replace(spell, source=evil, reason=evil) for spell in account.spells),
        readings=tuple(replace(reading, text=evil) for reading in account.readings),
    )
    found = page(spoiled, tmp_path)
    assert "script" not in {tag for tag, _ in found.tags}
    assert not any("onload" in attributes for _, attributes in found.tags)
    assert "\x1b" not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_it_is_for_light_and_for_dark_and_each_picture_has_a_name(account: Account, tmp_path: Path) -> None:
    found = page(account, tmp_path)
    style = (tmp_path / "report.html").read_text(encoding="utf-8").partition("</style>")[0]
    assert "prefers-color-scheme:dark" in style
    light, dark = re.findall(r":root\{([^}]*)\}", style)
    defined = re.findall(r"(--\w+):", dark)
    assert set(defined) == set(re.findall(r"(--\w+):", light)), "each colour has a dark one"
    assert set(re.findall(r"var\((--\w+)\)", style)) <= set(defined)
    assert [a["role"] for tag, a in found.tags if tag == "svg"] == ["img"]
    assert all(a.get("aria-label") for tag, a in found.tags if tag == "svg")


def test_ratings_are_lines_until_the_next_one(account: Account, tmp_path: Path) -> None:
    lines = [a for tag, a in page(account, tmp_path).tags if tag == "line" and a.get("class") == "rated"]
    assert len(lines) == 2
    first, second = lines
    assert first["x2"] == second["x1"]
    assert float(first["y1"] or 0) < float(second["y1"] or 0), "a higher rating stands higher"


def test_each_utterance_is_a_line_inside_its_band(account: Account, tmp_path: Path) -> None:
    tags = page(account, tmp_path).tags
    bands = [a for tag, a in tags if tag == "rect" and a.get("class") == "band"]
    scores = [a for tag, a in tags if tag == "line" and (a.get("class") or "").startswith("score")]
    assert len(bands) == len(scores) == len(account.readings)
    for band, score in zip(bands, scores, strict=True):
        (x, y, width, height), (x1, x2, y1) = (
            numbers(band, "x", "y", "width", "height"),
            numbers(score, "x1", "x2", "y1"),
        )
        assert x1 == x
        assert x2 == pytest.approx(x + width, abs=0.11)
        assert y - 0.06 <= y1 <= y + height + 0.06


def test_an_outage_and_a_marker_lie_where_they_happened(account: Account, tmp_path: Path) -> None:
    tags = page(account, tmp_path).tags
    (away,) = [a for tag, a in tags if a.get("class") == "away"]
    left, width = numbers(away, "x", "width")
    ticks = [a for tag, a in tags if a.get("class") == "mark"]
    (first,) = numbers(ticks[0], "x1")
    assert (left - LEFT) / WIDTH == pytest.approx(6 / 12, abs=1e-3)
    assert width / WIDTH == pytest.approx(2 / 12, abs=1e-3)
    assert (first - LEFT) / WIDTH == pytest.approx(2 / 12, abs=1e-3)


@pytest.mark.parametrize(("duration_s", "strips"), [(0.0, 1), (STRIP_S, 1), (STRIP_S + 1, 2), (3600.0, 20)])
def test_a_long_session_is_drawn_in_strips(tmp_path: Path, duration_s: float, strips: int) -> None:
    found = page(Account("long", duration_s, None, ()), tmp_path)
    assert len([tag for tag, _ in found.tags if tag == "svg"]) == strips
    assert " ".join(found.text).count("None.") == 3


def test_without_a_score_it_says_why(account: Account, tmp_path: Path) -> None:
    summary = Summary(12.0, 0, None, None, None, None, {}, "no window had anything to read")
    shown = " ".join(page(replace(account, summary=summary, readings=()), tmp_path).text)
    assert "There is no score: no window had anything to read." in shown
    cut = " ".join(page(replace(account, summary=None), tmp_path).text)
    assert "ends without a summary" in cut


def test_a_marker_at_the_very_end_is_in_the_last_strip(account: Account, tmp_path: Path) -> None:
    end = Marker(account.duration_s, "the end", "key")
    shown = page(replace(account, markers=(end,)), tmp_path)
    assert sum(attributes.get("class") == "mark" for _, attributes in shown.tags) == 1


def test_a_label_that_is_unsure_is_so_in_the_report(account: Account, tmp_path: Path) -> None:
    assert account.summary is not None
    shown = page(replace(account, summary=replace(account.summary, unsure=True)), tmp_path)
    assert f", {account.summary.label}?." in "".join(shown.text)
