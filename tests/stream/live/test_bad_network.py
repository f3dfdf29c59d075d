"""A network camera over a network that loses, delays and is cut: the session goes on, and has it back."""

from collections.abc import Iterator

import pytest

from fsrf_live.stream.flow.clock import MonotonicClock
from fsrf_live.stream.flow.items import State
from fsrf_live.stream.live.parts import Makers, Sources
from fsrf_live.stream.live.session import LiveSession
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.sources.network import NetworkCamera
from tests.doubles.bad_network import BadNetwork
from tests.doubles.fakes import FakeEngine, FakeFaces, FakeTextEncoder, FakeVoices
from tests.doubles.mjpeg import MjpegServer
from tests.doubles.sources import spec_of
from tests.doubles.waiting import until


@pytest.fixture
def network() -> Iterator[BadNetwork]:
    """Between a camera that works and whoever connects."""
    server = MjpegServer()
    server.start()
    network = BadNetwork(server.port)
    yield network
    network.close()
    server.stop()


@pytest.fixture
def session(network: BadNetwork) -> Iterator[LiveSession]:
    """A session whose camera is live."""
    clock = MonotonicClock()
    address = f"http://127.0.0.1:{network.port}/camera.mjpg"
    makers = Makers(lambda: Analyst(FakeEngine(), FakeTextEncoder(), clock), FakeFaces, FakeVoices)
    session = LiveSession(Sources(camera=spec_of(lambda: NetworkCamera(address, clock))), makers, clock)
    session.start()
    assert until(lambda: sees(session), 20)
    yield session
    assert session.stop() is not None


def state(session: LiveSession) -> State:
    (camera,) = session.snapshot().sources
    return camera.state


def sees(session: LiveSession) -> bool:
    """Whether the newest reading used the camera, which is live."""
    reading = session.snapshot().reading
    used = reading is not None and reading.modalities["video"].state != "missing"
    return used and state(session) is State.LIVE


def test_what_is_lost_is_sent_again_and_the_camera_stays_or_comes_back(
    session: LiveSession, network: BadNetwork
) -> None:
    network.loss = 0.05
    seen = session.snapshot().time_s
    assert until(lambda: sees(session) and session.snapshot().time_s > seen + 2, 30)


def test_two_seconds_of_delay_are_noticed_and_then_over(session: LiveSession, network: BadNetwork) -> None:
    network.delay_s = 2.0
    assert until(lambda: state(session) is not State.LIVE, 20)
    assert until(lambda: sees(session), 20)


def test_a_cut_is_noticed_and_once_it_is_mended_the_camera_is_back(
    session: LiveSession, network: BadNetwork
) -> None:
    network.cut()
    assert until(lambda: state(session) is not State.LIVE, 20)
    assert not until(lambda: sees(session), 1.5)
    network.mend()
    assert until(lambda: sees(session), 20)
