"""`fsrf export` from its command line."""

import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.doubles.cli import Fsrf

GOLDEN = REPOSITORY / "tests" / "golden" / "recordings"


def test_it_writes_what_needs_no_extra_and_names_it(fsrf: Fsrf, tmp_path: Path) -> None:
    to = tmp_path / "new" / "exports"
    ran = fsrf("export", str(GOLDEN / "marked"), "--to", str(to))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        str(to / f"marked.{end}") for end in ("eaf", "csv", "vtt", "bids", "html")
    ]
    assert all(Path(line).exists() for line in ran.out.splitlines())


def test_only_what_was_asked_for_is_written(fsrf: Fsrf, tmp_path: Path) -> None:
    assert fsrf("export", str(GOLDEN / "marked"), "--to", str(tmp_path), "--as", "vtt, eaf,vtt").code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["marked.eaf", "marked.vtt"]


def test_a_torn_recording_is_exported_as_far_as_it_goes_and_says_so(fsrf: Fsrf, tmp_path: Path) -> None:
    ran = fsrf("export", str(GOLDEN / "torn"), "--to", str(tmp_path), "--as", "eaf")
    assert ran.code == 0
    assert "is torn" in ran.err
    assert (tmp_path / "torn.eaf").exists()


@pytest.mark.parametrize(
    ("folder", "more", "code", "says"),
    [
        ("gone", (), 4, "is no recording"),
        ("newer", (), 4, "version 99, not 7"),
        ("marked", ("--as", "docx"), 2, "choose from eaf, csv, parquet, vtt, bids, html"),
        ("marked", ("--as", ","), 2, "choose from eaf"),
        ("marked", ("--to", "/proc/nothing"), 2, "--to /proc/nothing"),
    ],
)
def test_what_cannot_be_exported_is_one_line_with_its_code(
    fsrf: Fsrf, tmp_path: Path, folder: str, more: tuple[str, ...], code: int, says: str
) -> None:
    ran = fsrf("export", str(GOLDEN / folder), "--to", str(tmp_path), *more)
    assert ran.code == code
    assert says in ran.line
    assert list(tmp_path.iterdir()) == []


def test_a_second_export_writes_over_nothing(fsrf: Fsrf, tmp_path: Path) -> None:
    words = ("export", str(GOLDEN / "marked"), "--to", str(tmp_path), "--as", "eaf")
    assert fsrf(*words).code == 0
    ran = fsrf(*words)
    assert ran.code == 2
    assert "never overwritten" in ran.line


def test_without_the_library_of_one_format_nothing_is_written_and_the_rest_can_be(
    fsrf: Fsrf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    words = ("export", str(GOLDEN / "marked"), "--to", str(tmp_path), "--as")
    ran = fsrf(*words, "csv,parquet,vtt")
    assert ran.code == 2
    assert "pip install 'fsrf-live[parquet]'" in ran.line
    assert list(tmp_path.iterdir()) == []
    assert fsrf(*words, "csv,vtt").code == 0
