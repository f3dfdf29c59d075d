"""Streams that all play the same, by their numbers, as `fsrf profile` measures them."""

from collections.abc import Iterator, Mapping
from typing import Any

from fsrf_live.fsrf.common.errors import EngineError
from fsrf_live.stream.flow.records import Record
from fsrf_live.tools.hosting.hosts import StreamHosts
from fsrf_live.tools.hosting.messages import (
    HostedNews,
    StreamEnded,
    StreamFailed,
    StreamHealth,
    StreamLost,
    StreamRecord,
)

_LISTEN_S = 0.5


class NumberedStreams:
    """Not thread-safe."""

    def __init__(self, hosts: StreamHosts, spec: Any) -> None:
        self._hosts = hosts
        self._spec = spec
        self._drops: dict[str, int] = {}
        self._ended = False

    @property
    def processes(self) -> int:
        """How many processes have streams."""
        return sum(1 for streams in self._hosts.processes.values() if streams)

    def start(self, stream: int) -> None:
        """Begin one."""
        self._hosts.start(str(stream), self._spec)

    def records(self, timeout_s: float) -> Iterator[tuple[int, Record]]:
        """What has come since the last call; raises EngineError if a stream failed or was lost."""
        for news in self._hosts.news(timeout_s):
            if isinstance(news, StreamRecord):
                yield int(news.name), news.record
            elif not isinstance(news, StreamHealth):
                self._end(news)

    def has_ended(self) -> bool:
        """Whether any has ended by itself."""
        return self._ended

    def stop(self) -> Mapping[str, int]:
        """End all; gives what they dropped, together."""
        for name in self._hosts.streams:
            self._hosts.stop(name)
        while self._hosts.streams:
            for _ in self.records(_LISTEN_S):
                pass
        return self._drops

    def _end(self, news: HostedNews) -> None:
        if isinstance(news, StreamFailed | StreamLost):
            raise EngineError(f"stream {int(news.name) + 1}: {news.reason}")
        if isinstance(news, StreamEnded):
            self._ended = True
            for name, count in news.drops.items():
                self._drops[name] = self._drops.get(name, 0) + count
