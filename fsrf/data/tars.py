"""The files of a corpus, in a tar beside the manifest that names it."""

import tarfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from fsrf_live.fsrf.common.errors import DataError


def packed_files(
    manifest: Path, corpus: str, names: Sequence[str] | None = None
) -> Iterator[tuple[str, bytes]]:
    """All files of ``CORPUS.tar`` with their names, or those of these names, in their order.

    Raises DataError if it cannot be read or lacks one.
    """
    path = manifest.with_name(f"{corpus}.tar")
    try:
        with tarfile.open(path) as packed:
            # By name at once: to look one up in a tar takes a walk through all of it.
            members = {member.name: member for member in packed}
            for name in [n for n, m in members.items() if m.isfile()] if names is None else names:
                content = packed.extractfile(members[name]) if name in members else None
                if content is None:
                    raise OSError(f"it lacks {name}")
                yield name, content.read()
    except OSError as error:
        why = error.strerror or error
        raise DataError(
            f"{path}, which {manifest} names, cannot be read ({why}): get the file again"
        ) from error
    except (EOFError, tarfile.TarError, zlib.error) as error:
        raise DataError(f"{path} is not a tar file, or is cut off: get the file again") from error
