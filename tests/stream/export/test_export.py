"""What is written where, and that nothing is written over."""

from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.export.export import FORMATS, export_account
from fsrf_live.stream.recording.account import Account

PLAIN = [name for name in FORMATS if name != "parquet"]


def test_each_format_is_named_after_the_recording(account: Account, tmp_path: Path) -> None:
    written = export_account(account, tmp_path, PLAIN)
    names = ["monday.eaf", "monday.csv", "monday.vtt", "monday.bids", "monday.html"]
    assert [path.name for path in written] == names
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


@pytest.mark.parametrize("name", PLAIN)
def test_what_is_there_is_never_overwritten_and_then_nothing_is_written(
    account: Account, tmp_path: Path, name: str
) -> None:
    mine = tmp_path / f"monday{FORMATS[name][0]}"
    mine.write_text("annotated by hand")
    with pytest.raises(UsageError, match=f"{mine.name} is there already and never overwritten"):
        export_account(account, tmp_path, PLAIN)
    assert [path.name for path in tmp_path.iterdir()] == [mine.name]
    assert mine.read_text() == "annotated by hand"


@pytest.mark.parametrize("name", PLAIN)
def test_what_cannot_be_written_whole_is_not_there(account: Account, tmp_path: Path, name: str) -> None:
    with (
        patch.object(Path, "rename", side_effect=OSError(28, "No space left on device")),
        pytest.raises(OSError, match="No space"),
    ):
        export_account(account, tmp_path, [name])
    assert list(tmp_path.iterdir()) == []
    assert export_account(account, tmp_path, [name])


def missing(account: Account, part: Path) -> None:
    """A writer whose library is not here."""
    raise UsageError("it needs a library: pip install it")


def torn(account: Account, part: Path) -> None:
    """A writer that a full disk stops in the middle of a folder."""
    part.mkdir()
    (part / "half").write_text("ha")
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("fails", [missing, torn])
@pytest.mark.parametrize("name", FORMATS)
def test_if_one_format_cannot_be_written_none_is(
    account: Account, tmp_path: Path, name: str, fails: Callable[[Account, Path], None]
) -> None:
    formats = [*PLAIN, *({name} - {*PLAIN})]
    end, _ = FORMATS[name]
    with (
        patch.dict("fsrf_live.stream.export.export.FORMATS", {name: (end, fails)}),
        pytest.raises((UsageError, OSError), match=r"needs a library|No space"),
    ):
        export_account(account, tmp_path, formats)
    assert list(tmp_path.iterdir()) == []
    assert export_account(account, tmp_path, PLAIN)


@pytest.mark.parametrize("number", range(len(PLAIN)))
def test_if_one_cannot_be_put_in_its_place_none_is(account: Account, tmp_path: Path, number: int) -> None:
    renamed: list[Path] = []

    def rename(path: Path, place: Path) -> Path:
        renamed.append(path)
        if len(renamed) > number:
            raise OSError(28, "No space left on device")
        return path.replace(place)

    with patch.object(Path, "rename", rename), pytest.raises(OSError, match="No space"):
        export_account(account, tmp_path, PLAIN)
    assert list(tmp_path.iterdir()) == []
    assert export_account(account, tmp_path, PLAIN)
