"""``otlp://HOST[:PORT]``: each reading as a trace of OpenTelemetry, its parts as spans, and no word of it.

The trace begins with the end of what the reading judges. OTLP over HTTP as JSON, which needs no compiled
protobuf. Headers with secrets come from `OTEL_EXPORTER_OTLP_HEADERS`.
"""

import logging

from fsrf_live.fsrf.common.address import Address
from fsrf_live.fsrf.common.errors import SinkError
from fsrf_live.stream.flow.records import Latency, Reading, Record
from fsrf_live.stream.flow.sinks import Sink
from fsrf_live.stream.sinks.address import address_of
from fsrf_live.stream.sinks.library import library_of

OTLP_PORT = 4318
SERVICE = "fsrf-live"
COLLECTOR_ANSWERS_S = 2.0
"""With all that the exporter tries again itself; less than a session waits for its sinks at the end."""

_NS_PER_MS = 1_000_000


class Traces:
    """Sends the spans of each reading at once."""

    closed = False

    def __init__(self, address: Address) -> None:
        """Nothing is connected before the first reading; raises UsageError without OpenTelemetry."""
        exporter = library_of("otlp", "opentelemetry.exporter.otlp.json.http.trace_exporter")
        sdk = library_of("otlp", "opentelemetry.sdk.trace")
        export = library_of("otlp", "opentelemetry.sdk.trace.export")
        memory = library_of("otlp", "opentelemetry.sdk.trace.export.in_memory_span_exporter")
        resources = library_of("otlp", "opentelemetry.sdk.resources")
        self._trace = library_of("otlp", "opentelemetry.trace")
        self._done = export.SpanExportResult.SUCCESS
        self._spans = memory.InMemorySpanExporter()
        resource = resources.Resource.create({"service.name": SERVICE})
        self._provider = sdk.TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(export.SimpleSpanProcessor(self._spans))
        self._tracer = self._provider.get_tracer(SERVICE)
        # It would write about each failed attempt by itself; we say it once.
        logging.getLogger(exporter.__name__).disabled = True
        self._exporter = exporter.OTLPSpanExporter(f"http://{address}/v1/traces", timeout=COLLECTOR_ANSWERS_S)
        self._address = address

    def emit(self, record: Record) -> None:
        """Send the trace of a reading that has a wall clock; raises SinkError."""
        if not isinstance(record, Reading) or record.time is None:
            return
        self._draw(record, record.time.wall_ns)
        spans = self._spans.get_finished_spans()
        self._spans.clear()
        if self._exporter.export(spans) is not self._done:
            raise SinkError(f"sink otlp://{self._address} takes no traces: start a collector there")

    def close(self) -> None:
        """Release the connection."""
        self._exporter.shutdown()
        self._provider.shutdown()

    def _draw(self, reading: Reading, begun_ns: int) -> None:
        attributes = {
            "fsrf.window": reading.window,
            "fsrf.revision": reading.revision,
            "fsrf.final": reading.final,
            "fsrf.engine": reading.engine,
        }
        whole = self._tracer.start_span("reading", start_time=begun_ns, attributes=attributes)
        inside = self._trace.set_span_in_context(whole)
        at_ns = begun_ns
        for part, ns in _lengths_ns(reading.latency_ms).items():
            span = self._tracer.start_span(part, inside, start_time=at_ns)
            at_ns += ns
            span.end(at_ns)
        whole.end(at_ns)


def open_otlp(target: str) -> Sink:
    """The sink ``otlp://HOST[:PORT]``; raises UsageError."""
    return Traces(address_of("otlp", target, OTLP_PORT))


def _lengths_ns(latency: Latency) -> dict[str, int]:
    """The parts that sum to the total, in the order in which they follow each other."""
    parts = {
        "wait": latency.wait,
        "features": latency.features,
        "engine": latency.engine,
        "emit": latency.emit,
    }
    return {part: round(milliseconds * _NS_PER_MS) for part, milliseconds in parts.items()}
