"""A recorded session, for all that tell what recordings hold."""

from pathlib import Path

import pytest

from fsrf_live.stream.recording.account import Account, account_of
from fsrf_live.stream.recording.recorded import Recording
from tests.doubles.sessions import record_monday


@pytest.fixture(scope="session")
def monday(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording, which nobody changes."""
    folder = tmp_path_factory.mktemp("recordings") / "monday"
    record_monday(folder)
    return folder


@pytest.fixture(scope="session")
def account(monday: Path) -> Account:
    """What it tells."""
    return account_of(Recording(monday))
