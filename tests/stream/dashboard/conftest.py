"""The scripted session at the moments that tests look at."""

from dataclasses import replace

import pytest

from fsrf_live.stream.flow.snapshot import Snapshot
from tests.doubles.scripted import scripted


@pytest.fixture
def mid_outage() -> Snapshot:
    """The camera has been gone for two seconds."""
    return scripted(20.0)


@pytest.fixture
def live_microphone() -> Snapshot:
    """No file: the length is not known, nothing has been read yet."""
    return replace(scripted(0.2), duration_s=None)
