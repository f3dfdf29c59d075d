"""What records are written to: a file that stays whole on a full disk, and a pipe whose reader may go."""

import contextlib
import select
from pathlib import Path
from typing import TextIO


class Appended:
    """A file that takes each piece whole or not at all, so that the same one may be brought again.

    Written without a buffer: one would bring the rest of a piece that was refused with the next.
    """

    def __init__(self, path: Path) -> None:
        """Begin the file, in place of an old one; raises OSError if it cannot be written."""
        self._file = path.open("wb", buffering=0)
        self._end = 0

    def append(self, piece: bytes) -> None:
        """Write all of it, or nothing and raise OSError, as for a full disk.

        A named pipe cannot take anything back. It raises BrokenPipeError once its reader has gone.
        """
        rest = memoryview(piece)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError:
            with contextlib.suppress(OSError):  # a pipe cannot go back
                self._file.truncate(self._end)
                self._file.seek(self._end)
            raise
        self._end += len(piece)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def reader_gone(stream: TextIO) -> bool:
    """Whether a pipe has lost its reader; this is seen even while there is nothing to write."""
    try:
        poll = select.poll()
        poll.register(stream.fileno(), 0)
        return any(event & select.POLLERR for _, event in poll.poll(0))
    except (AttributeError, OSError, ValueError):
        return False
