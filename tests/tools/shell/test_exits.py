import errno

import pytest

from fsrf_live.fsrf.common.errors import (
    EngineError,
    FsrfError,
    MediaError,
    RecordingError,
    SourceError,
    UsageError,
)
from fsrf_live.tools.shell import exits


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), exits.USAGE),
        (SourceError("x"), exits.NO_SOURCE),
        (MediaError("x"), exits.UNREADABLE),
        (RecordingError("x"), exits.UNREADABLE),
        (EngineError("x"), exits.NO_ENGINE),
        (FsrfError("x"), exits.INTERNAL),
    ],
)
def test_each_error_has_its_code(error: FsrfError, code: int) -> None:
    assert exits.code_of(error) == code


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_the_machines_whoever_met_it(number: int) -> None:
    error = RecordingError("make room")
    error.__cause__ = OSError(number, "full")
    assert exits.code_of(error) == exits.INTERNAL
