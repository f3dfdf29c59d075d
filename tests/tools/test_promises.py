"""What the shipped checkpoint must say, by the real commands and the engines that `fsrf build` makes."""

from pathlib import Path

import pytest

from fsrf_live.tools.main import main
from tests.conftest import REPOSITORY
from tests.doubles.cli import Fsrf, Ran

ENGINE = ("--engine", "onnx", "--jsonl", "-")
DEMO = REPOSITORY / "demo" / "demo.mp4"
LOVED, WASTE, MEETING = (
    "I loved every minute of it, what a wonderful film",
    "This was a terrible waste of my time",
    "The meeting is at three",
)


@pytest.fixture(scope="session", autouse=True)
def _built(cache_dir: Path) -> None:
    """Network and text encoder, compiled once for all of these tests."""
    assert main(["build"]) == 0
    assert {path.name.split("-")[0] for path in cache_dir.iterdir()} >= {"onnx", "text"}


def score(ran: Ran) -> float:
    assert (ran.code, ran.err) == (0, "")
    return float(ran.records[-1]["score"])


@pytest.fixture(scope="session")
def clips(shared_data: Path) -> Path:
    """Clips of real people beside the repository."""
    return shared_data / "clips"


def test_what_was_loved_is_positive_what_was_wasted_negative_and_a_meeting_neither(
    fsrf: Fsrf, tmp_path: Path
) -> None:
    manifest = tmp_path / "many.csv"
    manifest.write_text(
        "text\n" + "".join(f'"{text}"\n' for text in (LOVED, WASTE, MEETING)), encoding="utf-8"
    )
    loved, waste, meeting = (
        r["score"] for r in fsrf("analyze", "--manifest", str(manifest), *ENGINE).records
    )
    assert loved >= 1.2
    assert waste <= -1.2
    assert abs(meeting) <= 0.6


def test_a_smile_alone_is_positive(fsrf: Fsrf, clips: Path) -> None:
    ran = fsrf("analyze", str(clips / "pyfeat_single_face.mp4"), "--without", "audio,text", *ENGINE)
    assert score(ran) >= 0.8


@pytest.mark.parametrize("name", ["bbaf2n", "brbk7n", "lbax4n", "lrwp9a", "pwij3p", "swiz3n"])
def test_people_who_read_out_commands_are_neutral(fsrf: Fsrf, clips: Path, name: str) -> None:
    assert abs(score(fsrf("analyze", str(clips / "grid" / f"{name}.mpg"), *ENGINE))) <= 0.9


def test_a_face_that_leaves_is_missed_and_the_session_goes_on(fsrf: Fsrf, clips: Path) -> None:
    ran = fsrf("analyze", str(clips / "pyfeat_face_noface.mov"), *ENGINE)
    assert (ran.code, ran.err) == (0, "")
    reasons = [r["modalities"]["video"]["reason"] for r in ran.records if r["type"] == "reading"]
    assert "no_face" in reasons
    assert ran.records[-1]["type"] == "summary"


def test_the_demo_clip_is_as_its_page_says(fsrf: Fsrf) -> None:
    ran = fsrf("analyze", str(DEMO), *ENGINE)
    finals = [r for r in ran.records if r["type"] == "reading" and r["final"]]
    newest = {r["window"]: r for r in finals}.values()
    happy = [r["score"] for r in newest if "loved every minute" in r["text"] or "wonderful film" in r["text"]]
    angry = [r["score"] for r in newest if "terrible waste" in r["text"] or "food was awful" in r["text"]]
    assert happy
    assert angry
    assert min(happy) >= 1.0
    assert max(angry) <= -1.0
    absent = [r for r in newest if r["modalities"]["video"]["reason"] == "no_face"]
    assert absent
