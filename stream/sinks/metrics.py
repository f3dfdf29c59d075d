"""``metrics:[127.0.0.1:]PORT``: how a session fares, for Prometheus. What it reads of a person stays out."""

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fsrf_live.fsrf.common.address import Address
from fsrf_live.stream.flow.clock import Clock, MonotonicClock
from fsrf_live.stream.flow.items import State
from fsrf_live.stream.flow.records import Event, Latency, Marker, Reading, Record
from fsrf_live.stream.flow.sinks import Sink
from fsrf_live.stream.flow.threads import name_this_thread
from fsrf_live.stream.sinks.address import listening_address
from fsrf_live.stream.sinks.library import library_of
from fsrf_live.stream.sinks.scraping import ScrapeServer

METRICS_PORT = 9464
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
AWAY_STATES = (State.STALLED, State.LOST, State.RECONNECTING)


class Metrics:
    """Counts what the records tell; serves it in a thread of its own."""

    closed = False

    def __init__(self, address: Address, clock: Clock) -> None:
        """Listen; raises UsageError without prometheus-client, and OSError, as for a port in use."""
        prometheus = library_of("metrics", "prometheus_client")
        registry = prometheus.CollectorRegistry()
        known = {"registry": registry}
        self._latency = prometheus.Histogram(
            "fsrf_latency_seconds", "Where the time of a reading went", ["part"], buckets=BUCKETS_S, **known
        )
        self._readings = prometheus.Counter(
            "fsrf_readings", "Readings, final ones and those of open windows", ["final"], **known
        )
        self._markers = prometheus.Counter(
            "fsrf_markers", "Markers, by where they come from", ["source"], **known
        )
        self._state = prometheus.Gauge(
            "fsrf_source_state", "1 for the state that a source is in", ["source", "state"], **known
        )
        self._outages = prometheus.Counter("fsrf_outages", "How often it went away", ["source"], **known)
        self._out_s = prometheus.Counter(
            "fsrf_outage_seconds", "How long it was away, counted when it is back", ["source"], **known
        )
        self._drops = _Drops(library_of("metrics", "prometheus_client.core"))
        registry.register(self._drops)
        self._out_since_s: dict[str, float] = {}
        self._server = ScrapeServer(address, prometheus.make_wsgi_app(registry), clock)
        self._thread = threading.Thread(target=self._serve, name="metrics", daemon=True)
        self._thread.start()

    def watch(self, drops: Callable[[], Mapping[str, int]]) -> None:
        """Tell what a session dropped too: `drops` is asked at each scrape."""
        self._drops.of = drops

    def emit(self, record: Record) -> None:
        """Count one record."""
        if isinstance(record, Reading):
            self._readings.labels(str(record.final).lower()).inc()
            for part, milliseconds in _parts(record.latency_ms).items():
                self._latency.labels(part).observe(milliseconds / 1000)
        elif isinstance(record, Marker):
            self._markers.labels(record.source).inc()
        elif isinstance(record, Event):
            for state in State:
                self._state.labels(record.source, state.value).set(state is record.state)
            self._follow(record)

    def close(self) -> None:
        """Release the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _serve(self) -> None:
        name_this_thread("metrics")
        self._server.serve_forever()

    def _follow(self, event: Event) -> None:
        outages, out_s = self._outages.labels(event.source), self._out_s.labels(event.source)
        if event.state in AWAY_STATES:
            if event.source not in self._out_since_s:
                self._out_since_s[event.source] = event.time_s
                outages.inc()
        elif event.source in self._out_since_s:
            out_s.inc(max(0.0, event.time_s - self._out_since_s.pop(event.source)))


class _Drops:
    """Asks the session when it is scraped: drops are no records."""

    def __init__(self, core: Any) -> None:
        self.of: Callable[[], Mapping[str, int]] = dict
        self._core = core

    def collect(self) -> Iterator[Any]:
        family = self._core.CounterMetricFamily(
            "fsrf_drops", "What was too much, by what it was", labels=["what"]
        )
        for what, count in self.of().items():
            family.add_metric([what], count)
        yield family


def open_metrics(target: str) -> Sink:
    """The sink ``metrics:[127.0.0.1:]PORT``; raises UsageError and OSError."""
    return Metrics(listening_address("metrics", target, METRICS_PORT), MonotonicClock())


def _parts(latency: Latency) -> dict[str, float]:
    """Milliseconds by part; `processing` is all but `wait`, which is the price of a setting."""
    return {
        "wait": latency.wait,
        "features": latency.features,
        "engine": latency.engine,
        "emit": latency.emit,
        "processing": latency.total - latency.wait,
    }
