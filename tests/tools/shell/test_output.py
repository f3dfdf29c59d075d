"""What an option asks to write is tried before the work, and left as it was."""

import os
import select
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.tools.shell.output import writable, writable_folder, written_whole


def test_a_file_is_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    assert writable("--jsonl", str(path)) == path
    assert not path.exists()
    path.write_text("old")
    assert writable("--jsonl", str(path)) == path
    assert path.read_text() == "old"


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--json .*: Is a directory; choose a file"):
        writable("--json", str(tmp_path))


def test_the_reader_of_a_named_pipe_is_not_told_that_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        poll = select.poll()
        poll.register(reader)
        assert writable("--jsonl", str(path)) == path
        assert poll.poll(0) == []
    finally:
        os.close(reader)


def test_a_text_that_is_cut_off_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "talk.vtt"
    path.write_text("mended by hand")
    with pytest.raises(KeyboardInterrupt), written_whole("--vtt", path) as file:  # noqa: PT012 - cut off within
        file.write("half")
        file.flush()
        raise KeyboardInterrupt
    assert path.read_text() == "mended by hand"
    assert list(tmp_path.iterdir()) == [path]


def test_a_text_takes_the_place_of_the_old_one_also_behind_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "kept" / "talk.vtt", tmp_path / "talk.vtt"
    path.parent.mkdir()
    link.symlink_to(path)
    for text in ("first", "zweite Fassung, ä"):
        with written_whole("--vtt", link) as file:
            file.write(text)
        assert path.read_text(encoding="utf-8") == text
        assert link.is_symlink()


def test_the_reader_of_a_named_pipe_gets_each_part_as_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with written_whole("--vtt", path) as file:
            file.write("part")
            file.flush()
            assert os.read(reader, 100) == b"part"
    finally:
        os.close(reader)
    assert path.is_fifo()


def test_a_folder_is_made_and_nothing_is_left_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "some" / "where"
    assert writable_folder("--report", folder) == folder
    assert list(folder.iterdir()) == []


def test_a_folder_that_takes_no_files_is_told() -> None:
    with pytest.raises(UsageError, match=r"--report /proc/self: .*; choose a folder"):
        writable_folder("--report", "/proc/self")
