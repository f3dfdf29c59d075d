"""Exit codes, and the one line that goes with each. Other programs rely on the codes."""

import errno
import sys

from fsrf_live.fsrf.common.errors import (
    CheckpointError,
    DataError,
    EngineError,
    FsrfError,
    MediaError,
    RecordingError,
    SourceError,
    UsageError,
)

OK = 0
INTERNAL = 1
USAGE = 2
NO_SOURCE = 3
UNREADABLE = 4
NO_ENGINE = 5
HUNG_UP = 129
INTERRUPTED = 130
TERMINATED = 143

_CODES: tuple[tuple[type[FsrfError], int], ...] = (
    (UsageError, USAGE),
    (SourceError, NO_SOURCE),
    (MediaError, UNREADABLE),
    (RecordingError, UNREADABLE),
    (DataError, UNREADABLE),
    (EngineError, NO_ENGINE),
    (CheckpointError, NO_ENGINE),
)


def code_of(error: FsrfError) -> int:
    """The exit code for an error that was raised on purpose; a full disk is one whoever met it."""
    if isinstance(error.__cause__, OSError) and error.__cause__.errno in (errno.ENOSPC, errno.EDQUOT):
        return INTERNAL
    return next((code for kind, code in _CODES if isinstance(error, kind)), INTERNAL)


def say(message: str) -> None:
    """Write one line to standard error; if that is closed, do nothing."""
    line = message
    if not line.isprintable():  # loaded only then: most of what is said at the start is plain
        from fsrf_live.stream.flow.text import printable

        line = printable(line)
    try:
        print(f"fsrf: {line}", file=sys.stderr, flush=True)
    except (OSError, ValueError):
        return
