"""``otlp://``, received by a collector of the test."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import Any

import pytest

from fsrf_live.fsrf.common.errors import SinkError
from fsrf_live.stream.flow.sinks import open_sink
from tests.doubles.mosquitto import free_port
from tests.doubles.records import END, LOST, READING, WALL_S

pytest.importorskip(
    "opentelemetry.exporter.otlp.json.http", reason="OpenTelemetry is not here: pip install 'fsrf-live[otlp]'"
)

WAIT_S = 20.0
BEGUN_NS = WALL_S * 1_000_000_000 + 3_900_000_000
"""3.9 s after the beginning the newest of `READING` was captured."""


class Collector:
    """Takes traces as a collector of OpenTelemetry does, or answers with a failure."""

    def __init__(self) -> None:
        self.status = 200
        self.paths: Queue[str] = Queue()
        self.headers: Queue[dict[str, str]] = Queue()
        self._bodies: Queue[dict[str, Any]] = Queue()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(collector.status)
                self.end_headers()
                if collector.status == 200:
                    collector.paths.put(self.path)
                    collector.headers.put(dict(self.headers))
                    collector._bodies.put(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.spec = f"otlp://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def trace(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The resource and the spans of the next trace."""
        (of_resource,) = self._bodies.get(timeout=WAIT_S)["resourceSpans"]
        (of_scope,) = of_resource["scopeSpans"]
        return of_resource["resource"], of_scope["spans"]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join(WAIT_S)
        self._server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.close()


def attributes(of: dict[str, Any]) -> dict[str, Any]:
    return {each["key"]: next(iter(each["value"].values())) for each in of["attributes"]}


def test_a_reading_is_a_trace_whose_parts_follow_each_other_from_the_capture_on(collector: Collector) -> None:
    sink = open_sink(collector.spec)
    sink.emit(READING)
    resource, spans = collector.trace()
    sink.close()
    assert collector.paths.get(timeout=WAIT_S) == "/v1/traces"
    assert attributes(resource)["service.name"] == "fsrf-live"
    by_name = {span["name"]: span for span in spans}
    assert sorted(by_name) == ["emit", "engine", "features", "reading", "wait"]
    at_ns = BEGUN_NS
    for part, ms in (("wait", 600.0), ("features", 12.5), ("engine", 2.0), ("emit", 0.1)):
        span = by_name[part]
        assert int(span["startTimeUnixNano"]) == at_ns
        at_ns += round(ms * 1e6)
        assert int(span["endTimeUnixNano"]) == at_ns
        assert span["parentSpanId"] == by_name["reading"]["spanId"]
    whole = by_name["reading"]
    assert (int(whole["startTimeUnixNano"]), int(whole["endTimeUnixNano"])) == (BEGUN_NS, at_ns)
    assert len({span["traceId"] for span in spans}) == 1


def test_nothing_that_was_read_of_a_person_is_in_it(collector: Collector) -> None:
    sink = open_sink(collector.spec)
    said = "what she said, \u00e9"
    sink.emit(replace(READING, text=said))
    resource, spans = collector.trace()
    sink.close()
    names = set().union(*(attributes(span) for span in spans if "attributes" in span))
    assert names == {"fsrf.window", "fsrf.revision", "fsrf.final", "fsrf.engine"}
    assert not any(span.get("events") for span in spans)
    assert said not in json.dumps([resource, spans], ensure_ascii=False)


def test_what_is_no_reading_or_has_no_wall_clock_is_no_trace(collector: Collector) -> None:
    sink = open_sink(collector.spec)
    for record in (LOST, END, replace(READING, time=None), replace(READING, window=9)):
        sink.emit(record)
    _, spans = collector.trace()
    sink.close()
    whole = next(span for span in spans if span["name"] == "reading")
    assert int(attributes(whole)["fsrf.window"]) == 9


def test_a_collector_that_is_not_there_or_refuses_is_an_outage(
    collector: Collector, capfd: pytest.CaptureFixture[str]
) -> None:
    nobody = open_sink(f"otlp://127.0.0.1:{free_port()}")
    with pytest.raises(SinkError, match=r"sink otlp://127.0.0.1:\d+ takes no traces: start a collector"):
        nobody.emit(READING)
    nobody.close()
    sink = open_sink(collector.spec)
    collector.status = 401
    with pytest.raises(SinkError, match="takes no traces"):
        sink.emit(READING)
    collector.status = 200
    sink.emit(READING)
    assert len(collector.trace()[1]) == 5, "the spans that were refused are not sent twice"
    sink.close()
    assert capfd.readouterr().err == ""


def test_secrets_come_from_the_environment(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=secret")
    sink = open_sink(collector.spec)
    sink.emit(READING)
    assert collector.headers.get(timeout=WAIT_S)["x-api-key"] == "secret"
    sink.close()
