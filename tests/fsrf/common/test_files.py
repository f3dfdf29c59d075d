"""A file is whole or as it was, whatever fails."""

from pathlib import Path

import pytest

from fsrf_live.fsrf.common.files import replacing, write_whole
from tests.doubles.failing_disk import failures


def test_it_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    write_whole(path, b"old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_replaced_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"mine")
    for link in ("soft", "hard"):
        path = tmp_path / link
        path.symlink_to("mine") if link == "soft" else path.hardlink_to(tmp_path / "mine")
        write_whole(path, b"new")
        assert path.read_bytes() == b"new"
    assert (tmp_path / "mine").read_bytes() == b"mine"


@pytest.mark.parametrize("old", [None, b"old"])
def test_whatever_fails_it_is_whole_or_as_it_was(tmp_path: Path, old: bytes | None) -> None:
    met = 0
    for disk in failures(tmp_path):
        path = disk.folder / "page.md"
        if old is not None:
            path.write_bytes(old)
        with disk.failing():
            try:
                write_whole(path, b"new" * 10_000)
            except OSError:
                met += 1
        expected = old if disk.failed else b"new" * 10_000
        assert (path.read_bytes() if path.exists() else None) == expected
        assert len(list(disk.folder.iterdir())) == (expected is not None)
    assert met >= 8, "it fails while it is opened, written, synced and renamed"


def test_an_error_of_whoever_writes_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "pack.npz"
    path.write_bytes(b"old")
    with pytest.raises(TypeError), replacing(path) as file:
        file.write("half")  # type: ignore[call-overload]
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
