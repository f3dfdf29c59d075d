"""`fsrf baseline`: a rest measured by the real extractors, and taken by a session."""

from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.features.baseline import NOTHING_KNOWN, read_baseline
from fsrf_live.tools.shell.choices import baseline_of
from tests.doubles.cli import Fsrf
from tests.doubles.media import write_video

DEMO = Path(__file__).resolve().parents[3] / "demo" / "demo.mp4"


def test_the_rest_of_who_is_seen_and_heard_is_kept(fsrf: Fsrf, tmp_path: Path) -> None:
    path = tmp_path / "ada.safetensors"
    ran = fsrf("baseline", str(path), "--media", str(DEMO), "--seconds", "10")
    assert ran.code == 0
    assert f"kept in {path}" in ran.out
    kept = read_baseline(path)
    assert kept.face is not None or kept.voice is not None
    assert baseline_of(str(path)).face is not None or baseline_of(str(path)).voice is not None


def test_a_clip_without_anybody_gives_no_baseline(tmp_path: Path, fsrf: Fsrf) -> None:
    clip = write_video(tmp_path / "wall.mkv")
    ran = fsrf("baseline", str(tmp_path / "x.safetensors"), "--media", str(clip), "--seconds", "1")
    assert ran.code != 0
    assert "too little to measure a rest by" in ran.line
    assert not (tmp_path / "x.safetensors").exists()


def test_a_place_that_cannot_be_written_is_told_before_anybody_is_watched(tmp_path: Path, fsrf: Fsrf) -> None:
    ran = fsrf("baseline", "/proc/self/x.safetensors", "--camera", "none", "--mic", "none")
    assert ran.code == 2
    assert "NAME /proc/self: " in ran.line


def test_without_a_name_nothing_is_known_and_a_wrong_one_is_said() -> None:
    assert baseline_of(None) is NOTHING_KNOWN
    with pytest.raises(UsageError, match="there is no baseline"):
        baseline_of("nobody-of-this-name")
