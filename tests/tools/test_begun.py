"""A file that an option asked for is begun before the work, and a named pipe is left alone."""

import os
import select
from pathlib import Path

from tools.output import begun


def test_a_file_is_emptied(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_text("old")
    assert begun("--jsonl", str(path)) == path
    assert path.read_text() == ""


def test_the_reader_of_a_named_pipe_is_not_told_that_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        poll = select.poll()
        poll.register(reader)
        assert begun("--jsonl", str(path)) == path
        assert poll.poll(0) == []
    finally:
        os.close(reader)
