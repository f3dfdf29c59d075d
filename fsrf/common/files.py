"""Files that appear whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write in place of `path`, which it replaces in one step at the end of the block.

    If anything goes wrong, an old file stays as it was and nothing is left. A link is replaced, never
    followed. Raises OSError.
    """
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        part = Path(file.name)
        try:
            yield cast(BinaryIO, file)
            file.flush()
            os.fsync(file.fileno())  # before the rename: a power cut could leave an empty file in its place
            part.chmod(0o644)  # a temporary file is readable by its owner alone
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file by this content in one step; raises OSError."""
    with replacing(path) as file:
        file.write(content)
