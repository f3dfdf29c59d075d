"""A recording with pictures and sound."""

from pathlib import Path

import pytest

from tests.doubles.viewer import record_filmed


@pytest.fixture(scope="session")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nobody changes it: who edits takes a copy."""
    folder = tmp_path_factory.mktemp("films") / "filmed"
    record_filmed(folder)
    return folder
