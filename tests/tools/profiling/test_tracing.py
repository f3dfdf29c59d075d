"""Spans around the parts of the pipeline."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import numpy as np
import pytest

from fsrf_live.stream.flow.items import Frame, Samples
from fsrf_live.tools.profiling.tracing import TracedEncoder, TracedFaces, TracedVoices, Tracer, nvtx_ranges
from tests.doubles.fakes import FakeFaces, FakeTextEncoder, FakeVoices


def test_what_is_traced_answers_as_before() -> None:
    tracer = Tracer()
    frame = Frame(5, np.full((4, 4, 3), 100, np.uint8))
    block = Samples(7, np.full(1280, 0.5, np.float32))
    faces = TracedFaces(FakeFaces(), tracer, 0)
    assert faces.wants(5)
    assert str(faces.extract(frame)) == str(FakeFaces().extract(frame))
    assert not faces.wants(5)
    assert len(TracedVoices(FakeVoices(), tracer, 0).push(block)) == 2
    assert TracedEncoder(FakeTextEncoder(), tracer, 0).encode(["good"])[0].any()
    assert [(span.name, span.media_ns) for span in tracer.spans] == [
        ("face", 5),
        ("voice", 7),
        ("text encoder", None),
    ]


def test_a_span_ends_also_where_its_work_fails() -> None:
    tracer = Tracer()
    with pytest.raises(ValueError, match="no"), tracer.span("broken", 0):
        raise ValueError("no")
    assert tracer.spans[0].end_ns >= tracer.spans[0].start_ns > 0


def test_spans_are_nvtx_ranges_where_nvtx_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    marked: list[tuple[str, str]] = []

    @contextmanager
    def annotate(name: str, domain: str) -> Iterator[None]:
        marked.append((name, domain))
        yield

    module = ModuleType("nvtx")
    module.annotate = annotate  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "nvtx", module)
    monkeypatch.setattr("fsrf_live.tools.profiling.tracing.find_spec", lambda name: name)
    with Tracer(nvtx_ranges()).span("face", 0):
        pass
    assert marked == [("face", "fsrf")]


def test_without_nvtx_there_are_no_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsrf_live.tools.profiling.tracing.find_spec", lambda name: None)
    assert nvtx_ranges() is None
