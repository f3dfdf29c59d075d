"""Spans of work on every thread: what ran when, how long, and for which moment of the media.

Only `fsrf profile` traces: it wraps the parts of the pipeline, which need no hooks for it.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from fsrf_live.engines.common.contract import Engine, Inputs, ModelConfig, Outputs, TextEncoder
from fsrf_live.fsrf.common.aliases import Floats, Mask
from fsrf_live.stream.features.extractors import FaceExtractor, VoiceExtractor
from fsrf_live.stream.flow.items import FaceBox, FaceFeatures, Frame, Samples, VoiceFeatures
from fsrf_live.stream.flow.records import Latency
from fsrf_live.stream.windows.window import Window

MOST = 500_000
"""Spans that are kept; the oldest go first. An hour of one stream, and 100 MB."""

Ranges = Callable[[str], AbstractContextManager[Any]]


@dataclass(slots=True)
class WorkSpan:
    """Work from `start_ns` to `end_ns` on one thread; `media_ns` is the moment that it was for."""

    name: str
    thread: str
    start_ns: int
    end_ns: int
    media_ns: int | None = None


@dataclass(frozen=True, slots=True)
class ReadingSpan:
    """One reading of one stream: what was read, when the core worked on it, and the parts of its latency."""

    stream: int
    window: Window
    start_ns: int
    end_ns: int
    latency: Latency


class Tracer:
    """Collects spans from any thread. `stream` distinguishes the threads of several streams."""

    def __init__(self, ranges: Ranges | None = None) -> None:
        """`ranges` also marks each span elsewhere, as NVTX does for NVIDIA's profilers."""
        self.spans: deque[WorkSpan] = deque(maxlen=MOST)
        self.readings: deque[ReadingSpan] = deque(maxlen=MOST)
        self._ranges = ranges or (lambda name: nullcontext())

    @contextmanager
    def span(self, name: str, stream: int, media_ns: int | None = None) -> Iterator[WorkSpan]:
        """Time a block, on the clock that stamps the items."""
        thread = f"{threading.current_thread().name} {stream}"
        span = WorkSpan(name, thread, time.monotonic_ns(), 0, media_ns)
        with self._ranges(name):
            try:
                yield span
            finally:
                span.end_ns = time.monotonic_ns()
                self.spans.append(span)


def nvtx_ranges() -> Ranges | None:
    """NVTX ranges if the `nvtx` package is installed; None, and no cost, if not."""
    if find_spec("nvtx") is None:
        return None
    nvtx = import_module("nvtx")

    def annotate(name: str) -> AbstractContextManager[Any]:
        marked: AbstractContextManager[Any] = nvtx.annotate(name, domain="fsrf")
        return marked

    return annotate


class TracedFaces:
    """A face extractor whose looks are spans."""

    def __init__(self, inside: FaceExtractor, tracer: Tracer, stream: int) -> None:
        self._inside = inside
        self._tracer = tracer
        self._stream = stream

    @property
    def rest(self) -> float | None:
        """As inside."""
        return self._inside.rest

    @property
    def box(self) -> FaceBox | None:
        """As inside."""
        return self._inside.box

    def wants(self, time_ns: int) -> bool:
        """As inside."""
        return self._inside.wants(time_ns)

    def extract(self, frame: Frame) -> list[FaceFeatures]:
        """As inside."""
        with self._tracer.span("face", self._stream, frame.time_ns):
            return self._inside.extract(frame)

    def close(self) -> None:
        """As inside."""
        self._inside.close()


class TracedVoices:
    """A voice extractor whose blocks are spans."""

    def __init__(self, inside: VoiceExtractor, tracer: Tracer, stream: int) -> None:
        self._inside = inside
        self._tracer = tracer
        self._stream = stream

    @property
    def rest(self) -> float | None:
        """As inside."""
        return self._inside.rest

    def push(self, samples: Samples) -> list[VoiceFeatures]:
        """As inside."""
        with self._tracer.span("voice", self._stream, samples.time_ns):
            return self._inside.push(samples)


class TracedEngine:
    """An engine whose runs are spans."""

    def __init__(self, inside: Engine, tracer: Tracer, stream: int) -> None:
        self.name: str = inside.name
        self.config: ModelConfig = inside.config
        self.prior: Outputs = inside.prior
        self._inside = inside
        self._tracer = tracer
        self._stream = stream

    def run(self, inputs: Inputs) -> Outputs:
        """As inside."""
        with self._tracer.span("engine", self._stream):
            return self._inside.run(inputs)


class TracedEncoder:
    """A text encoder whose runs are spans."""

    def __init__(self, inside: TextEncoder, tracer: Tracer, stream: int) -> None:
        self._inside = inside
        self._tracer = tracer
        self._stream = stream

    def encode(self, texts: list[str]) -> tuple[Floats, Mask]:
        """As inside."""
        with self._tracer.span("text encoder", self._stream):
            return self._inside.encode(texts)

    def encode_clear(self, text: str, clear: Sequence[bool]) -> tuple[Floats, Mask]:
        """As inside."""
        with self._tracer.span("text encoder", self._stream):
            return self._inside.encode_clear(text, clear)

    def newest(self, text: str) -> str:
        """As inside."""
        return self._inside.newest(text)
