"""What tests of the public face use."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

PLUGINS = REPOSITORY / "tests" / "doubles" / "plugins"


@pytest.fixture
def dummy_package(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a package that is installed for this test, and that adds one of each."""
    monkeypatch.syspath_prepend(str(PLUGINS))
    yield PLUGINS
    sys.modules.pop("fsrf_dummy", None)
