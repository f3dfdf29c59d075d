"""A real microphone: PyAudio on a private PulseAudio server that dies, hangs and comes back."""

import os
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.flow.clock import NS, MonotonicClock
from fsrf_live.stream.flow.items import Change, Item, Reason, Samples, State
from fsrf_live.stream.sources.microphone import Microphone
from fsrf_live.stream.sources.portaudio import exclusive, find_input, list_microphones, opened, started
from fsrf_live.stream.supervision.capture import Capture
from tests.doubles.media import tone
from tests.doubles.pulse import PulseServer
from tests.doubles.sources import spec_of
from tests.doubles.waiting import until

NOISE = (np.random.default_rng(0).standard_normal(16_000 * 60) * 0.1).astype(np.float32)


class Watched:
    """A capture of the microphone, with what came of it."""

    def __init__(self) -> None:
        self.blocks: list[Samples] = []
        self.changes: list[Change] = []
        self.threads_before = threading.active_count()
        clock = MonotonicClock()
        self.capture = Capture(
            spec_of(lambda: Microphone("pulse", clock)), clock, self._take, self.changes.append
        )
        self.capture.start()

    def _take(self, item: Item) -> None:
        assert isinstance(item, Samples)
        self.blocks.append(item)

    def reaches(self, state: State, cause: Reason | None = None) -> bool:
        return until(lambda: (self.changes[-1].state, self.changes[-1].cause) == (state, cause), 15)


@pytest.fixture
def watched(pulse_server: PulseServer) -> Iterator[Watched]:
    pulse_server.play(NOISE)
    watched = Watched()
    assert until(lambda: bool(watched.blocks), 15)
    assert watched.reaches(State.LIVE)
    yield watched
    assert watched.capture.stop(5)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("mic")]


def test_what_is_played_is_heard_and_stamped(pulse_server: PulseServer) -> None:
    clock = MonotonicClock()
    microphone = Microphone("default", clock)
    microphone.open()
    player = pulse_server.play(tone(3.0, 16_000, 1000.0))
    loud: list[Samples] = []

    def heard() -> bool:
        block = microphone.read()
        if block is not None and np.abs(block.samples).max() > 0.2:
            assert abs(clock.now_ns() - block.end_ns) < NS
            loud.append(block)
        return len(loud) == 50

    assert until(heard, 20, every_s=0)
    microphone.close()
    player.wait(10)
    samples = np.concatenate([block.samples for block in loud])
    peak_hz = np.abs(np.fft.rfft(samples)).argmax() * 16_000 / len(samples)
    assert peak_hz == pytest.approx(1000, abs=20)
    assert samples.dtype == np.float32
    steps = np.diff([block.time_ns for block in loud])
    assert np.all(steps > 0)


def test_a_rate_that_the_device_refuses_is_not_taken(
    pulse_server: PulseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyaudio

    whole = pyaudio.PyAudio.open

    def picky(self: pyaudio.PyAudio, **options: object) -> pyaudio.PyAudio.Stream:
        if options["rate"] == 16_000:
            raise OSError("invalid sample rate")
        return whole(self, **options)

    monkeypatch.setattr(pyaudio.PyAudio, "open", picky)
    with exclusive():
        audio = started()
        device = find_input(audio, "pulse", None)
        stream, rate_hz = opened(audio, device.index, device.name, lambda *_: (None, 0))
        stream.close()
        audio.terminate()
    assert rate_hz == 44_100


def test_a_source_that_is_unloaded_and_loaded_again(pulse_server: PulseServer, watched: Watched) -> None:
    pulse_server.unplug()
    assert watched.reaches(State.RECONNECTING, Reason.LOST)
    pulse_server.plug()
    pulse_server.play(NOISE)
    assert watched.reaches(State.LIVE)
    assert watched.capture.view(0).reconnects == 1


def test_a_server_that_is_killed_and_started_again(pulse_server: PulseServer, watched: Watched) -> None:
    pulse_server.kill()
    assert watched.reaches(State.RECONNECTING, Reason.LOST)
    pulse_server.start()
    pulse_server.play(NOISE)
    assert watched.reaches(State.LIVE)


def test_a_server_that_is_stopped_and_goes_on(pulse_server: PulseServer, watched: Watched) -> None:
    pulse_server.pause()
    assert watched.reaches(State.STALLED, Reason.STALLED)
    assert watched.reaches(State.RECONNECTING, Reason.LOST)
    pulse_server.resume()
    assert watched.reaches(State.LIVE)


def test_a_muted_microphone_is_silent_and_not_lost(pulse_server: PulseServer, watched: Watched) -> None:
    pulse_server.mute(True)
    assert watched.reaches(State.STALLED, Reason.SILENT)
    count = len(watched.blocks)
    assert until(lambda: len(watched.blocks) > count + 10)
    pulse_server.mute(False)
    assert watched.reaches(State.LIVE)


def test_no_file_handle_and_no_thread_is_left_over(pulse_server: PulseServer, watched: Watched) -> None:
    def handles() -> int:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the folder changes while it is read

    alone = watched.threads_before + 1
    watched.capture.cut()
    assert until(lambda: threading.active_count() <= alone)
    before = handles()
    for _ in range(5):
        watched.capture.restore()
        assert watched.reaches(State.LIVE)
        watched.capture.cut()
    assert until(lambda: threading.active_count() <= alone)
    assert until(lambda: handles() <= before)


def test_microphones_are_listed_and_chosen_by_name(pulse_server: PulseServer) -> None:
    assert "pulse" in [device.name for device in list_microphones()]
    microphone = Microphone("PULS", MonotonicClock())
    microphone.open()
    assert microphone.name == "pulse"
    microphone.close()


@pytest.mark.parametrize(
    ("wanted", "complaint"),
    [("a microphone that nobody has", "no microphone is called"), ("97", "no microphone has the number 97")],
)
def test_a_microphone_that_is_not_there(pulse_server: PulseServer, wanted: str, complaint: str) -> None:
    microphone = Microphone(wanted, MonotonicClock())
    with pytest.raises(SourceError, match=complaint) as caught:
        microphone.open()
    microphone.close()
    assert "pulse" in str(caught.value)
