import os
from collections.abc import Iterator

import pytest

from tests.doubles import pulse
from tests.doubles.mjpeg import MjpegServer


@pytest.fixture(scope="module")
def pulse_server() -> Iterator[pulse.PulseServer]:
    """A private PulseAudio whose virtual microphone is this process's "pulse" and "default" device."""
    reason = pulse.missing()
    if reason is not None:
        pytest.skip(reason)
    with pulse.pulse_server() as server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        yield server
    assert (
        "PULSE_SERVER" not in os.environ or server.environment["PULSE_SERVER"] != os.environ["PULSE_SERVER"]
    )


@pytest.fixture
def camera_server() -> Iterator[MjpegServer]:
    """A network camera that is on."""
    server = MjpegServer()
    server.start()
    yield server
    server.stop()
