"""What passes between whoever runs streams and the processes that host them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from fsrf_live.stream.flow.records import Record
from fsrf_live.stream.flow.sinks import Sink


@dataclass(frozen=True, slots=True)
class StartStream:
    """Begin a stream; `spec` is for what opens it."""

    name: str
    spec: Any


@dataclass(frozen=True, slots=True)
class StopStream:
    """End a stream; its summary still comes."""

    name: str


@dataclass(frozen=True, slots=True)
class LeaveHost:
    """End all streams, and the process: without it they end at once when the pipe does."""


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """A record of a stream."""

    name: str
    record: Record


@dataclass(frozen=True, slots=True)
class StreamHealth:
    """How a stream fares, once a second; `said` as its session has it."""

    name: str
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StreamEnded:
    """The last of a stream that ended, by itself or because it was told to; `drops` as of its session."""

    name: str
    drops: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StreamFailed:
    """The last of a stream that could not be opened, or was ended by a mistake: why, in one line."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class StreamLost:
    """The last of a stream whose process died."""

    name: str
    reason: str


HostedNews = StreamRecord | StreamHealth | StreamEnded | StreamFailed | StreamLost
LAST_NEWS = StreamEnded, StreamFailed, StreamLost
"""After one of these nothing more comes from a stream, and its name is free."""


class HostedSession(Protocol):
    """What a host needs of a session."""

    @property
    def drops(self) -> Mapping[str, int]:
        """What was lost so far because something was too slow."""

    def start(self) -> None:
        """Begin."""

    def health(self) -> Mapping[str, Any]:
        """How it fares, for JSON; asked once it has begun."""

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until it is over by itself; True once it is."""

    def stop(self) -> Any:
        """End it; raises what ended it by mistake."""


OpenStream = Callable[[Any, Sink], HostedSession]
"""Puts a session together from a spec, with a sink that takes its records; raises FsrfError."""
HostOpening = Callable[[], OpenStream]
"""Loads what all streams share, in a process without threads, and leaves none behind; raises FsrfError.

It is sent to that process, so it must be possible to pickle it.
"""
