"""Fixtures that every room uses."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("steady", deadline=None)  # a busy machine is no fault
settings.load_profile("steady")
settings.register_profile("quick", max_examples=10)  # of `make quick`; tests that name a number keep it

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Signals reach the programs that tests start, also where the tests run in the background.

    A shell has its background jobs ignore SIGINT, nohup SIGHUP, and their children inherit it.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session", autouse=True)
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache of compiled plans for this run of the tests; the user's own is never touched."""
    before = os.environ.get("FSRF_CACHE_DIR")
    folder = tmp_path_factory.mktemp("cache")
    os.environ["FSRF_CACHE_DIR"] = str(folder)
    yield folder
    if before is None:
        del os.environ["FSRF_CACHE_DIR"]
    else:
        os.environ["FSRF_CACHE_DIR"] = before


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of corpora and clips beside the repository, which is no part of it."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the corpora are not beside the repository (../shared/data)")
    return folder
