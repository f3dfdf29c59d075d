"""``osc://``, received by a server of python-osc."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from queue import Queue

import pytest

from fsrf_live.fsrf.common.errors import SinkError, UsageError
from fsrf_live.stream.flow.sinks import open_sink
from fsrf_live.stream.sinks.osc import MOST_OSC_LETTERS
from tests.doubles.records import BACK, END, LOST, MARKER, READING

pytest.importorskip("pythonosc", reason="python-osc is not here: pip install 'fsrf-live[osc]'")

WAIT_S = 20.0
Message = tuple[str, tuple[object, ...]]


class Studio:
    """A receiver on a free port of this machine."""

    def __init__(self) -> None:
        from pythonosc.dispatcher import Dispatcher
        from pythonosc.osc_server import BlockingOSCUDPServer

        self._heard: Queue[Message] = Queue()
        dispatcher = Dispatcher()
        dispatcher.set_default_handler(lambda address, *values: self._heard.put((address, values)))
        self.server = BlockingOSCUDPServer(("127.0.0.1", 0), dispatcher)
        self.spec = f"osc://127.0.0.1:{self.server.server_address[1]}"
        self._thread = threading.Thread(target=self.server.serve_forever)
        self._thread.start()

    def heard(self, messages: int) -> dict[str, tuple[object, ...]]:
        return dict(self._heard.get(timeout=WAIT_S) for _ in range(messages))

    def close(self) -> None:
        self.server.shutdown()
        self._thread.join(WAIT_S)
        self.server.server_close()


@pytest.fixture
def studio() -> Iterator[Studio]:
    studio = Studio()
    yield studio
    studio.close()


def test_a_reading_is_a_bundle_of_messages_with_the_time_of_capture(studio: Studio) -> None:
    sink = open_sink(studio.spec)
    sink.emit(READING)
    heard = studio.heard(15)
    sink.close()
    assert heard["/fsrf/trend"] == pytest.approx((0.5, -0.4, 1.3))
    assert heard["/fsrf/unsure"] == (1,)
    assert heard["/fsrf/time"] == ("2023-11-14T22:13:23.900Z",)
    assert heard["/fsrf/score"] == pytest.approx((0.81,))
    assert heard["/fsrf/interval"] == pytest.approx((-0.1, 1.6))
    assert heard["/fsrf/probabilities"] == pytest.approx((0.1, 0.2, 0.7))
    assert heard["/fsrf/label"] == ("positive",)
    assert heard["/fsrf/video/contribution"] == pytest.approx((0.4,))
    assert heard["/fsrf/audio/coverage"] == pytest.approx((0.6,))
    assert heard["/fsrf/words"] == (READING.text,)
    assert heard["/fsrf/final"] == (1,)


def test_a_marker_is_one_too(studio: Studio) -> None:
    sink = open_sink(studio.spec)
    sink.emit(MARKER)
    assert studio.heard(2) == {
        "/fsrf/time": ("2023-11-14T22:13:26.250Z",),
        "/fsrf/marker": ("stimulus 3", "command"),
    }
    sink.close()


def test_a_change_of_a_source_is_one_too_and_a_summary_none(studio: Studio) -> None:
    sink = open_sink(studio.spec)
    for record in (LOST, END, BACK):
        sink.emit(record)
    assert studio.heard(2)["/fsrf/source"] == ("camera", "lost", "no new frame for 1.0 s")
    assert studio.heard(2)["/fsrf/source"] == ("camera", "live", "")
    sink.close()


def test_of_a_long_text_the_newest_words_fit_into_a_datagram(studio: Studio) -> None:
    sink = open_sink(studio.spec)
    sink.emit(replace(READING, text=f"{'é' * 100_000}the end"))
    (words,) = studio.heard(15)["/fsrf/words"]
    sink.close()
    assert isinstance(words, str)
    assert (len(words), words[-7:]) == (MOST_OSC_LETTERS, "the end")


def test_where_nobody_listens_nothing_happens() -> None:
    sink = open_sink("osc://127.0.0.1:9")
    for _ in range(3):
        sink.emit(READING)
    sink.close()


def test_a_network_that_cannot_be_reached_is_an_outage() -> None:
    """A socket that may not broadcast is refused as one without a route is."""
    sink = open_sink("osc://255.255.255.255:9")
    with pytest.raises(SinkError, match=r"sink osc://255.255.255.255:9 cannot be sent to \(.+\)"):
        sink.emit(READING)
    sink.close()


def test_a_host_that_is_not_known_is_refused() -> None:
    with pytest.raises(UsageError, match=r"sink osc://nobody.invalid:9: .*; choose another target"):
        open_sink("osc://nobody.invalid:9")
