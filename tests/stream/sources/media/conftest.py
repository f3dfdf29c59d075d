"""Awkward media to read."""

import pytest

from tests.conftest import REPOSITORY
from tests.doubles.inputs import Workshop


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Makes them."""
    return Workshop(tmp_path_factory.mktemp("inputs"), REPOSITORY / "demo" / "demo.mp4")
