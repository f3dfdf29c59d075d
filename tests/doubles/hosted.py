"""Sessions that a host runs and that cost nothing, and openings that go wrong."""

import os
import signal
import threading
from collections.abc import Mapping
from typing import Literal

from fsrf_live.fsrf.common.errors import EngineError, SourceError
from fsrf_live.stream.flow.sinks import Sink
from fsrf_live.tools.hosting.messages import HostedSession, OpenStream
from tests.doubles.records import END, READING

Kind = Literal["short", "long", "deadly", "stuck", "absent", "faulty", "broken"]
"""A short session ends by itself; a deadly one takes its process with it; a stuck one does not end when
it should; an absent one cannot be opened; a faulty one has a mistake of ours; a broken one fails later."""


class ToldSession:
    """Tells a reading when it starts, and a summary when it stops."""

    def __init__(self, kind: Kind, sink: Sink) -> None:
        self.drops: Mapping[str, int] = {"camera": 3}
        self._kind = kind
        self._sink = sink
        self._over = threading.Event()

    def start(self) -> None:
        if self._kind == "deadly":
            os.kill(os.getpid(), signal.SIGKILL)
        self._sink.emit(READING)

    def wait(self, timeout_s: float | None = None) -> bool:
        return self._kind in ("short", "broken") or self._over.wait(timeout_s)

    def stop(self) -> None:
        if self._kind == "broken":
            raise SourceError("the camera burns: put it out")
        if self._kind == "stuck":
            self._over.wait()
        self._sink.emit(END)


def opening() -> OpenStream:
    return opened


def opened(kind: Kind, sink: Sink) -> HostedSession:
    if kind == "absent":
        raise SourceError("there is no camera 7: plug one in")
    if kind == "faulty":
        raise ZeroDivisionError("no\ncamera")
    return ToldSession(kind, sink)


def unable_opening() -> OpenStream:
    raise EngineError("no engine runs here")


def faulty_opening() -> OpenStream:
    raise ZeroDivisionError("no engine")


def deadly_opening() -> OpenStream:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError
