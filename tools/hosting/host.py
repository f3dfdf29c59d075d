"""Hosts streams: sessions by name, which end by themselves, on request, or with the pipe of the requests."""

import os
import threading
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection

from fsrf_live.fsrf.common.errors import FsrfError
from fsrf_live.stream.flow.records import Record
from fsrf_live.tools.hosting.messages import (
    HostedNews,
    HostedSession,
    LeaveHost,
    OpenStream,
    StartStream,
    StopStream,
    StreamEnded,
    StreamFailed,
    StreamHealth,
    StreamRecord,
)

_LOOK_S = 0.1
"""How soon a session sees that it is to stop."""
_HEALTH_S = 1.0
_OPENS_S = 60.0
"""How long a stream may take to open, which loads an engine on a GPU: it is told to be loading meanwhile."""


class Mouthpiece:
    """Says news through a pipe, from any thread; once nobody listens, it is `gone`."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self.gone = threading.Event()

    def tell(self, news: HostedNews) -> None:
        """Say it; waits if the other side is slow, which is why sinks stand behind queues."""
        try:
            with self._lock:
                self._pipe.send(news)
        except OSError:
            self.gone.set()


class PipeSink:
    """The sink of a hosted session."""

    def __init__(self, name: str, mouthpiece: Mouthpiece) -> None:
        self._name = name
        self._mouthpiece = mouthpiece

    @property
    def closed(self) -> bool:
        """True once nobody listens any more."""
        return self._mouthpiece.gone.is_set()

    def emit(self, record: Record) -> None:
        """Say it."""
        self._mouthpiece.tell(StreamRecord(self._name, record))

    def close(self) -> None:
        """Nothing to release."""


def host_streams(pipe: Connection, open_stream: OpenStream) -> None:
    """Do what comes through the pipe until it is told to leave; then every session has ended too.

    If the pipe ends without that, whoever asked is dead. The process ends then in the middle of whatever it
    does: nobody hears its sessions any more, and others may wait for their devices.
    """
    mouthpiece = Mouthpiece(pipe)
    halts: dict[str, threading.Event] = {}
    opening: dict[str, float] = {}
    threads: list[threading.Thread] = []
    while True:
        try:
            if not pipe.poll(_HEALTH_S):
                _tell_loading(opening, mouthpiece)
                continue
            wanted = pipe.recv()
        except (EOFError, OSError):
            os._exit(0)
        if isinstance(wanted, LeaveHost):
            break
        if isinstance(wanted, StopStream):
            halts[wanted.name].set()
        elif isinstance(wanted, StartStream):
            halt = halts[wanted.name] = threading.Event()
            opening[wanted.name] = time.monotonic()
            threads = [thread for thread in threads if thread.is_alive()]
            life = (wanted, open_stream, mouthpiece, halt, opening)
            threads.append(threading.Thread(target=_live, args=life, name="stream", daemon=True))
            threads[-1].start()
    mouthpiece.gone.set()
    for thread in threads:
        thread.join()


def _tell_loading(opening: Mapping[str, float], mouthpiece: Mouthpiece) -> None:
    for name, since_s in list(opening.items()):
        if time.monotonic() - since_s < _OPENS_S:
            mouthpiece.tell(StreamHealth(name, {"state": "loading"}))


def _live(
    wanted: StartStream,
    open_stream: OpenStream,
    mouthpiece: Mouthpiece,
    halt: threading.Event,
    opening: dict[str, float],
) -> None:
    """The life of one stream; whatever goes wrong in it is its own. It is `opening` until it is open."""
    try:
        try:
            session = open_stream(wanted.spec, PipeSink(wanted.name, mouthpiece))
        finally:
            opening.pop(wanted.name)
        mouthpiece.tell(_run(wanted.name, session, mouthpiece, halt))
    except FsrfError as error:
        mouthpiece.tell(StreamFailed(wanted.name, str(error)))
    except Exception as error:  # noqa: BLE001 - the edge of a thread: the other streams go on
        reason = f"internal error, {type(error).__name__}: {error}"
        mouthpiece.tell(StreamFailed(wanted.name, " ".join(reason.split())))


def _run(name: str, session: HostedSession, mouthpiece: Mouthpiece, halt: threading.Event) -> StreamEnded:
    try:
        session.start()
        told_s = time.monotonic() - _HEALTH_S
        while not (session.wait(_LOOK_S) or halt.is_set() or mouthpiece.gone.is_set()):
            if time.monotonic() - told_s >= _HEALTH_S:
                told_s = time.monotonic()
                mouthpiece.tell(StreamHealth(name, session.health()))
    finally:
        session.stop()
    return StreamEnded(name, dict(session.drops))
