"""The sessions of a worker: each in a process of its own, forked from one that has loaded what they share.

Nothing is loaded when a stream is taken, so that it goes on soon.
"""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

from fsrf_live.fsrf.common.errors import FsrfError
from fsrf_live.stream.flow.records import values_of
from fsrf_live.stream.flow.threads import name_this_thread
from fsrf_live.tools.fleet.core.catalogue import Stamp
from fsrf_live.tools.hosting.hosts import StreamHosts
from fsrf_live.tools.hosting.messages import HostedNews, StreamEnded, StreamHealth, StreamRecord

SESSION_LEAVES_S = 5.0
"""How long a session may take to release its devices."""
_LISTEN_S, _LOOK_S = 0.2, 0.02

Word = Literal["record", "health", "ended", "failed"]
HearSession = Callable[[str, Stamp, Word, Mapping[str, Any]], None]
"""Takes the name and the epoch of a session, and what is said of it."""


class Crew:
    """Not thread-safe, but `heard` is called in threads of its own."""

    def __init__(self, hosts: StreamHosts, heard: HearSession) -> None:
        """Streams of `hosts` are named after epochs: one that has still to end is in nobody's way."""
        self._hosts, self._heard = hosts, heard
        self._epochs: dict[str, Stamp] = {}
        self._killed_at_s: dict[str, float] = {}
        self._over = threading.Event()
        # If the process that sessions are forked from has died, another one loads for seconds: the worker
        # must be heard meanwhile.
        self._orders = ThreadPoolExecutor(1, "sessions")
        self._listener = threading.Thread(target=self._listen, name="crew", daemon=True)
        self._listener.start()

    def begin(self, name: str, epoch: Stamp, spec: str) -> None:
        """Begin a session; what is said of it is heard under this name and epoch."""
        self.halt(name)
        self._epochs[name] = epoch
        self._orders.submit(self._begin, _hosted(name, epoch), spec)

    def halt(self, name: str) -> None:
        """End a session, if there is one; nothing more is heard of it."""
        epoch = self._epochs.pop(name, None)
        if epoch is not None:
            hosted = _hosted(name, epoch)
            self._killed_at_s[hosted] = time.monotonic() + SESSION_LEAVES_S
            self._orders.submit(self._hosts.stop, hosted)

    def kill_late(self) -> None:
        """Kill those that should have ended long ago; call it now and then."""
        now_s = time.monotonic()
        for hosted in [each for each, at_s in self._killed_at_s.items() if now_s >= at_s]:
            del self._killed_at_s[hosted]
            self._orders.submit(self._hosts.kill, hosted)

    def close(self) -> None:
        """End all; sessions have released their devices then, or were killed."""
        for name in list(self._epochs):
            self.halt(name)
        self._orders.shutdown()
        until_s = time.monotonic() + SESSION_LEAVES_S
        while self._hosts.streams and time.monotonic() < until_s:
            time.sleep(_LOOK_S)
        for hosted in self._hosts.streams:
            self._hosts.kill(hosted)
        self._over.set()
        self._listener.join()

    # In the threads of the crew.

    def _begin(self, hosted: str, spec: str) -> None:
        try:
            self._hosts.start(hosted, spec)
        except (FsrfError, OSError) as error:
            self._say(hosted, "failed", {"reason": str(error)})

    def _listen(self) -> None:
        name_this_thread("crew")
        while not self._over.is_set():
            for news in self._hosts.news(_LISTEN_S):
                self._take(news)

    def _take(self, news: HostedNews) -> None:
        if isinstance(news, StreamRecord):
            self._say(news.name, "record", values_of(news.record))
        elif isinstance(news, StreamHealth):
            self._say(news.name, "health", news.said)
        elif isinstance(news, StreamEnded):
            self._say(news.name, "ended", {})
        else:
            self._say(news.name, "failed", {"reason": news.reason})

    def _say(self, hosted: str, word: Word, said: Mapping[str, Any]) -> None:
        told, _, name = hosted.partition("/")
        epoch = self._epochs.get(name)
        if epoch is not None and str(epoch) == told:
            self._heard(name, epoch, word, said)


def _hosted(name: str, epoch: Stamp) -> str:
    """What a session is called among the streams of its hosts; no epoch has a slash."""
    return f"{epoch}/{name}"
