"""`fsrf evaluate ratings` on a recording whose ratings are known."""

import json
from pathlib import Path

import pytest

from tests.doubles.cli import Fsrf
from tests.doubles.sessions import Session


def recorded(folder: Path, *, rated: bool) -> Path:
    session = Session(folder, recognises=True)
    for rating in (1.5, -1.0, 0.5):
        if rated:
            session.mark("rating", rating)
        session.play(4.0)
    session.end()
    return folder


def test_readings_are_compared_with_what_was_rated(fsrf: Fsrf, tmp_path: Path) -> None:
    folder = recorded(tmp_path / "monday", rated=True)
    ran = fsrf("evaluate", "ratings", str(folder), "--json", str(tmp_path / "figures.json"))
    assert (ran.code, ran.err) == (0, "")
    assert "inside the interval" in ran.out
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["readings"] > 0
    assert 0 <= figures["coverage"] <= 1
    assert f"readings that were rated  {figures['readings']}" in ran.out


def test_a_session_that_nobody_rated_is_one_line(fsrf: Fsrf, tmp_path: Path) -> None:
    ran = fsrf("evaluate", "ratings", str(recorded(tmp_path / "monday", rated=False)))
    assert ran.code == 2
    assert "was rated: rate with + and -" in ran.line


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("DIR", "--data", "DATA"),
        ("DIR", "--samples", "3"),
        ("DIR", "--threads", "2"),
        ("DIR", "--work", "W"),
    ],
)
def test_what_does_not_go_with_ratings_is_refused(fsrf: Fsrf, words: tuple[str, ...]) -> None:
    ran = fsrf("evaluate", "ratings", *words)
    assert ran.code == 2
    assert "ratings takes a recording" in ran.line
