"""The files of the page: all of them are ours to give, and none of them asks for another's."""

import hashlib
import re
from pathlib import Path

import pytest

from fsrf_live.stream.page.guard.files import page_files
from tests.conftest import REPOSITORY

STATIC = REPOSITORY / "stream" / "page" / "static"
OURS = sorted(path for path in STATIC.iterdir() if path.is_file())


def test_they_are_there_with_their_types() -> None:
    kinds = {name: kind for name, (_, kind) in page_files().items()}
    assert kinds["/page.html"] == "text/html; charset=utf-8"
    assert kinds["/page.js"] == kinds["/uplot/uPlot.iife.min.js"] == "text/javascript; charset=utf-8"
    assert kinds["/page.css"] == "text/css; charset=utf-8"


def test_what_is_no_file_of_the_page_is_not_given() -> None:
    assert not {"/uplot/LICENSE", "/uplot/SHA256SUMS"} & page_files().keys()


def test_the_library_is_the_one_that_was_looked_at() -> None:
    folder = STATIC / "uplot"
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    noted = {name: digest for digest, name in (line.split() for line in lines)}
    found = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir() if p.name in noted}
    assert found == noted
    assert {path.name for path in folder.iterdir()} == {*noted, "SHA256SUMS"}


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_no_file_names_another_machine(path: Path) -> None:
    addresses = re.findall(r"(?:https?:)?//[\w.-]+\.\w+", path.read_text(encoding="utf-8"))
    assert set(addresses) <= {"http://www.w3.org"}


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_what_a_file_asks_for_is_there(path: Path) -> None:
    asked = re.findall(r'(?:from|src=|href=) ?"(/[^"]+)"', path.read_text(encoding="utf-8"))
    assert set(asked) <= page_files().keys()


@pytest.mark.parametrize(
    "path", [path for path in OURS if path.suffix == ".html"], ids=lambda path: path.name
)
def test_nothing_in_a_page_is_inline_for_the_policy_forbids_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text)


def test_no_module_makes_markup_of_text() -> None:
    for path in OURS:
        if path.suffix == ".js":
            assert not re.search(
                r"innerHTML\s*=[^=]|insertAdjacentHTML|outerHTML|document\.write|eval\(", path.read_text()
            )
