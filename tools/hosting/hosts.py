"""Runs live streams in processes, any of which may die at any moment: it loses its own streams, and no other.

hosts = StreamHosts(opening, processes=None)
hosts.start("door", spec)
for news in hosts.news(1.0): ...
hosts.stop("door")
hosts.close()
"""

import os
import signal
import threading
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.tools.hosting.host import host_streams
from fsrf_live.tools.hosting.messages import (
    LAST_NEWS,
    HostedNews,
    HostOpening,
    LeaveHost,
    StartStream,
    StopStream,
    StreamLost,
)
from fsrf_live.tools.hosting.nursery import Nursery

_PATIENCE_S = 10.0
"""A host that is told to leave ends its sessions, which takes them some seconds at most."""


class _Host:
    """A process, and the streams that it has."""

    def __init__(self, pid: int, pipe: Connection) -> None:
        self.pid, self.pipe = pid, pipe
        # A handle, since the number of a process that has died may be another's by now.
        self._handle = os.pidfd_open(self.pid)
        self.streams: set[str] = set()
        self._leaves_at_s = 0.0

    def kill(self) -> None:
        """End it in the middle of whatever it does; its pipe says so."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def leave(self) -> None:
        """Let it end."""
        with suppress(OSError):  # it has ended already
            self.pipe.send(LeaveHost())
        self.pipe.close()
        self._leaves_at_s = time.monotonic() + _PATIENCE_S

    def has_left(self, *, waits: bool) -> bool:
        """Whether it has ended; it is killed if it takes too long. With `waits` it has."""
        left_s = self._leaves_at_s - time.monotonic()
        if not wait([self._handle], max(0.0, left_s) if waits else 0.0):
            if left_s > 0:
                return False
            self.kill()
        os.close(self._handle)
        return True


class StreamHosts:
    """One thread asks for `news`, and closes; everything else may be called from any thread."""

    def __init__(self, opening: HostOpening, processes: int | None) -> None:
        """Load what streams share; at most so many processes take streams in turn, None: one for each stream.

        Raises what the opening raises, and EngineError if its process dies.
        """
        self._opening = opening
        self._most = processes
        self._nursery = Nursery(opening, host_streams)
        self._begins, self._lock = threading.Lock(), threading.Lock()
        self._hosts: list[_Host] = []
        self._leaving: list[_Host] = []
        self._by_name: dict[str, _Host] = {}
        self._woken, self._wake = Pipe(duplex=False)

    @property
    def streams(self) -> Collection[str]:
        """The names of the streams that have not ended."""
        with self._lock:
            return tuple(self._by_name)

    @property
    def processes(self) -> Mapping[int, Collection[str]]:
        """The names of the streams of each process by its number; the one that forks them has none."""
        with self._lock:
            return {self._nursery.pid: (), **{host.pid: tuple(host.streams) for host in self._hosts}}

    def start(self, name: str, spec: Any) -> None:
        """Begin a stream, where there are fewest; news tells what becomes of it.

        Raises UsageError if there is one of this name, OSError if no process can be begun. If the one that
        they are forked from has died, another one is begun first, which may raise as at first; news of the
        other streams comes meanwhile.
        """
        with self._begins:
            if name in self.streams:
                raise UsageError(f"there is a stream {name!r} already: stop it first, or choose another name")
            while not self._place(name, spec):
                host = self._forked()
                with self._lock:
                    self._hosts.append(host)

    def stop(self, name: str) -> None:
        """Ask a stream to end; nothing happens if there is none of this name."""
        with self._lock, suppress(KeyError, OSError):
            self._by_name[name].pipe.send(StopStream(name))

    def kill(self, name: str) -> None:
        """End the process of a stream that hangs, with all its streams; news tells each as lost."""
        with self._lock, suppress(KeyError):
            self._by_name[name].kill()

    def news(self, timeout_s: float) -> list[HostedNews]:
        """What has happened since the last call; waits up to `timeout_s` for something."""
        with self._lock:
            self._leaving = [host for host in self._leaving if not host.has_left(waits=False)]
            hosts = {host.pipe: host for host in self._hosts}
        news: list[HostedNews] = []
        for ready in wait([*hosts, self._woken], timeout_s):
            assert isinstance(ready, Connection)
            if ready is self._woken:
                ready.recv()
            else:
                news += self._heard(hosts[ready])
        return news

    def close(self) -> None:
        """End all streams and processes; what they still have to say is not heard."""
        with self._lock:
            for host in self._hosts:
                host.leave()
            for host in [*self._leaving, *self._hosts]:
                host.has_left(waits=True)
            self._hosts, self._leaving, self._by_name = [], [], {}
            self._nursery.close()
            self._woken.close()
            self._wake.close()

    def _place(self, name: str, spec: Any) -> bool:
        """Give a stream to a process without any, or to the one with the fewest if there may be no more.

        False if there is none such.
        """
        with self._lock:
            host = min(self._hosts, key=lambda host: len(host.streams), default=None)
            if host is None or (host.streams and (self._most is None or len(self._hosts) < self._most)):
                return False
            host.streams.add(name)
            self._by_name[name] = host
            with suppress(OSError):  # it has just died: news tells
                host.pipe.send(StartStream(name, spec))
            self._wake.send(None)
            return True

    def _forked(self) -> _Host:
        try:
            pid, pipe = self._nursery.fork()
        except OSError:
            self._nursery.close()
            self._nursery = Nursery(self._opening, host_streams)
            pid, pipe = self._nursery.fork()
        return _Host(pid, pipe)

    def _heard(self, host: _Host) -> list[HostedNews]:
        """One piece of news, or the loss of all streams of a host that has died."""
        try:
            news: HostedNews = host.pipe.recv()
        except (EOFError, OSError):
            return self._lost(host)
        if isinstance(news, LAST_NEWS):
            self._forget(host, news.name)
        return [news]

    def _lost(self, host: _Host) -> list[HostedNews]:
        with self._lock:
            names = sorted(host.streams)
            for name in names:
                del self._by_name[name]
            self._let_go(host)
        return [StreamLost(name, "its process died") for name in names]

    def _forget(self, host: _Host, name: str) -> None:
        """A stream is over; a process without any is let go, with its memory."""
        with self._lock:
            host.streams.discard(name)
            self._by_name.pop(name, None)
            if not host.streams:
                self._let_go(host)

    def _let_go(self, host: _Host) -> None:
        host.leave()
        self._hosts.remove(host)
        self._leaving.append(host)
