"""A session to export: two utterances, an outage, words, markers, ratings."""

from pathlib import Path

import pytest

from fsrf_live.stream.export.account import Account, account_of
from fsrf_live.stream.recording.recorded import Recording
from tests.doubles.sessions import Session

AWKWARD = '<b>stimulus</b> & "2" née 汉字 👩‍🚀'


@pytest.fixture(scope="package")
def monday(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of twelve seconds; the camera is lost from 6 to 8 s."""
    folder = tmp_path_factory.mktemp("recordings") / "monday"
    session = Session(folder, recognises=True)
    session.play(2.0)
    session.mark("stimulus 1")
    session.play(0.1)
    session.mark(AWKWARD)
    session.play(1.9)
    session.mark("rating", 1.5)
    session.play(4.0)
    session.mark("rating", -0.5)
    session.play(4.0)
    session.end()
    return folder


@pytest.fixture(scope="package")
def account(monday: Path) -> Account:
    """What it tells."""
    return account_of(Recording(monday))
