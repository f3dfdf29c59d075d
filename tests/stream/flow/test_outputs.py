"""What records are written to."""

import os
from pathlib import Path

import pytest

from fsrf_live.stream.flow.outputs import Appended, reader_gone
from tests.doubles.failing_disk import failures

PIECES = [f"{number}: {'é' * number}\n".encode() for number in range(6)]


def test_a_file_is_begun_anew_and_each_piece_is_there_at_once(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_text("what was there before")
    file = Appended(path)
    assert path.read_bytes() == b""
    for number, piece in enumerate(PIECES, start=1):
        file.append(piece)
        assert path.read_bytes() == b"".join(PIECES[:number])
    file.close()


def test_on_a_disk_that_fails_every_piece_is_there_whole_or_not_at_all_and_may_be_brought_again(
    tmp_path: Path,
) -> None:
    for disk in failures(tmp_path, calls=("write",)):
        path = disk.folder / "lines"
        brought: list[bytes] = []
        with disk.failing():
            file = Appended(path)
            for piece in PIECES:
                for _ in range(2):
                    try:
                        file.append(piece)
                    except OSError:
                        assert path.read_bytes() == b"".join(brought)
                    else:
                        brought.append(piece)
                        break
            file.close()
        assert path.read_bytes() == b"".join(brought)
        assert brought == PIECES or (disk.failed and disk.lasting)


def test_a_named_pipe_says_when_its_reader_has_gone(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    file = Appended(path)
    file.append(b"heard")
    assert os.read(reader, 100) == b"heard"
    os.close(reader)
    with pytest.raises(BrokenPipeError):
        file.append(b"not heard")
    file.close()


def test_that_the_reader_of_a_pipe_has_gone_is_seen_without_writing(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as stream:
        assert not reader_gone(stream)
        os.close(reader)
        assert reader_gone(stream)
    assert not reader_gone(stream), "what is closed has none that could go"
    with (tmp_path / "file").open("w") as file:
        assert not reader_gone(file)
