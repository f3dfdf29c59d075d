"""``metrics:``, scraped as Prometheus does."""

import contextlib
import http.client
import json
import re
import socket
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import replace

import pytest

from fsrf_live.fsrf.common.address import Address
from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.flow.clock import FakeClock
from fsrf_live.stream.flow.gate import FIRST_WORD_S
from fsrf_live.stream.flow.items import State
from fsrf_live.stream.flow.records import Event
from fsrf_live.stream.flow.sinks import Watcher, open_sink
from fsrf_live.stream.sinks.metrics import Metrics
from fsrf_live.stream.sinks.scraping import MOST_SCRAPES
from tests.conftest import REPOSITORY
from tests.doubles.crowd import crowd_at
from tests.doubles.mosquitto import free_port
from tests.doubles.records import BACK, END, LOST, MARKER, READING
from tests.doubles.waiting import until

parser = pytest.importorskip(
    "prometheus_client.parser", reason="prometheus-client is not here: pip install 'fsrf-live[metrics]'"
)

Labels = frozenset[tuple[str, str]]
OF_THE_SESSION = {
    f"fsrf_{name}"
    for name in (
        "latency_seconds",
        "readings",
        "markers",
        "source_state",
        "outages",
        "outage_seconds",
        "drops",
    )
}


class Scraped:
    """A sink, and what a scrape of it gives."""

    def __init__(self) -> None:
        self.port = free_port()
        self.clock = FakeClock()
        self.sink = Metrics(Address("127.0.0.1", self.port), self.clock)

    def samples(self) -> dict[tuple[str, Labels], float]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=20) as answer:
            text = answer.read().decode()
        families = parser.text_string_to_metric_families(text)
        return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}

    def value(self, name: str, **labels: str) -> float:
        return self.samples()[name, frozenset(labels.items())]


@pytest.fixture
def scraped() -> Iterator[Scraped]:
    scraped = Scraped()
    yield scraped
    scraped.sink.close()


def test_latencies_are_histograms_by_part_in_seconds(scraped: Scraped) -> None:
    for _ in range(3):
        scraped.sink.emit(READING)
    assert scraped.value("fsrf_latency_seconds_count", part="engine") == 3
    assert scraped.value("fsrf_latency_seconds_sum", part="engine") == pytest.approx(0.006)
    assert scraped.value("fsrf_latency_seconds_sum", part="processing") == pytest.approx(3 * 0.0146)
    assert scraped.value("fsrf_latency_seconds_bucket", part="features", le="0.01") == 0
    assert scraped.value("fsrf_latency_seconds_bucket", part="features", le="0.025") == 3


def test_readings_are_counted_final_ones_apart(scraped: Scraped) -> None:
    for final in (True, False, False):
        scraped.sink.emit(replace(READING, final=final))
    assert scraped.value("fsrf_readings_total", final="true") == 1
    assert scraped.value("fsrf_readings_total", final="false") == 2


def test_markers_are_counted_by_where_they_come_from_and_not_named(scraped: Scraped) -> None:
    for _ in range(2):
        scraped.sink.emit(MARKER)
    assert scraped.value("fsrf_markers_total", source="command") == 2
    assert "stimulus" not in str(scraped.samples())


def test_a_source_is_in_one_state(scraped: Scraped) -> None:
    for event in (LOST, BACK, LOST):
        scraped.sink.emit(event)
    states = {
        dict(labels)["state"]: v for (n, labels), v in scraped.samples().items() if n == "fsrf_source_state"
    }
    assert states == {state.value: float(state is State.LOST) for state in State}


def test_an_outage_is_counted_once_with_its_length(scraped: Scraped) -> None:
    def event(time_s: float, state: State) -> Event:
        return Event(time_s, "mic", state, None)

    scraped.sink.emit(event(0.0, State.LIVE))
    assert scraped.value("fsrf_outages_total", source="mic") == 0, "a counter that is not there has no rate"
    for time_s, state in (
        (5.0, State.STALLED),
        (7.0, State.LOST),
        (7.5, State.RECONNECTING),
        (9.0, State.LIVE),
    ):
        scraped.sink.emit(event(time_s, state))
    assert scraped.value("fsrf_outages_total", source="mic") == 1
    assert scraped.value("fsrf_outage_seconds_total", source="mic") == 4.0


def test_what_a_session_drops_is_asked_when_it_is_scraped(scraped: Scraped) -> None:
    assert isinstance(scraped.sink, Watcher)
    drops = {"records": 0}
    scraped.sink.watch(lambda: drops)
    assert scraped.value("fsrf_drops_total", what="records") == 0
    drops["records"] = 7
    assert scraped.value("fsrf_drops_total", what="records") == 7


def test_nothing_that_was_read_of_a_person_is_in_it(scraped: Scraped) -> None:
    for record in (READING, END):
        scraped.sink.emit(record)
    families = {re.sub("_(bucket|count|sum|total|created)$", "", name) for name, _ in scraped.samples()}
    assert families <= OF_THE_SESSION
    text = str(scraped.samples())
    assert "positive" not in text
    assert READING.text not in text


def test_a_port_in_use_is_refused_in_one_line(scraped: Scraped) -> None:
    with pytest.raises(UsageError, match=r"sink metrics:\d+: Address already in use; choose another target"):
        open_sink(f"metrics:{scraped.port}")


def test_the_port_is_free_again_at_the_end(scraped: Scraped) -> None:
    port = free_port()
    for _ in range(2):
        open_sink(f"metrics:127.0.0.1:{port}").close()


@pytest.mark.parametrize("words", [b"", b"G", b"GET /metrics HTTP/1.1\r\nHost: here\r\n"])
def test_who_says_nothing_or_half_takes_a_bounded_share_and_leaves_room_in_time(
    scraped: Scraped, words: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    scraped.sink.emit(READING)
    before = threading.active_count()

    def answers() -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return scraped.value("fsrf_readings_total", final="true") == 1
        return False

    with crowd_at(scraped.port, 5 * MOST_SCRAPES, words) as crowd:
        assert until(lambda: crowd.shut_out == 4 * MOST_SCRAPES)
        assert crowd.ways <= MOST_SCRAPES
        assert threading.active_count() - before <= MOST_SCRAPES
        assert not answers()
        scraped.clock.advance(FIRST_WORD_S)
        assert until(answers, timeout_s=20)
        assert until(lambda: threading.active_count() <= before, timeout_s=20)
    assert capfd.readouterr().err == ""


def test_at_the_end_nobody_is_kept() -> None:
    before = threading.active_count()
    scraped = Scraped()
    with crowd_at(scraped.port, 3, b"G"):
        assert until(lambda: threading.active_count() == before + 4)
        scraped.sink.close()
        assert until(lambda: threading.active_count() == before)


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"\x16\x03\x01\x02",
        b"GET / HTTP/9\r\n\r\n",
        b"GET /?name[]=\xff HTTP/1.1\r\nAccept: application/openmetrics-text; version=me\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n",
    ],
)
def test_strangers_who_knock_are_no_message(
    scraped: Scraped, words: bytes, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    place = ("127.0.0.1", scraped.port)
    with contextlib.suppress(ConnectionError), socket.create_connection(place, timeout=20) as stranger:
        stranger.sendall(words)
        stranger.shutdown(socket.SHUT_WR)
        while stranger.recv(4096):
            pass
    scraped.sink.emit(READING)
    assert scraped.samples()
    assert (caplog.messages, capfd.readouterr().err) == ([], "")


def test_every_panel_of_the_board_shows_what_is_there(scraped: Scraped) -> None:
    for record in (READING, LOST, BACK):
        scraped.sink.emit(record)
    scraped.sink.watch(lambda: {"records": 0})
    there = {name for name, _ in scraped.samples()}
    board = json.loads((REPOSITORY / "docs" / "grafana.json").read_text())
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    names = {name for expression in asked for name in re.findall(r"fsrf_\w+", expression)}
    assert len(board["panels"]) == 7
    assert names
    assert names <= there
