"""Where records go."""

import os
from collections import deque
from typing import Protocol, TextIO

from fsrf_live.stream.flow.records import Record, encode


class Sink(Protocol):
    """Takes the records of a session, all from one thread."""

    @property
    def closed(self) -> bool:
        """True once nobody takes records any more; a session without anyone else who looks may end."""

    def emit(self, record: Record) -> None:
        """Take one record."""

    def close(self) -> None:
        """There will be no more."""


class JsonLines:
    """One line of JSON a record, written out at once. A reader that goes away (a broken pipe) is no error."""

    def __init__(self, stream: TextIO, owns: bool = False) -> None:
        """`owns`: close the stream at the end."""
        self._stream = stream
        self._owns = owns
        self._closed = False

    @property
    def closed(self) -> bool:
        """True once the reader has gone."""
        return self._closed

    def emit(self, record: Record) -> None:
        """Write one record; raises OSError where the disk is full."""
        if self._closed:
            return
        try:
            self._stream.write(encode(record) + "\n")
            self._stream.flush()
        except BrokenPipeError:
            self._closed = True
            self._into_the_void()

    def close(self) -> None:
        """Close the stream, where it is ours."""
        if self._owns:
            self._stream.close()

    def _into_the_void(self) -> None:
        """Let what is still buffered go nowhere, for Python would complain of it when it ends."""
        void = os.open(os.devnull, os.O_WRONLY)
        os.dup2(void, self._stream.fileno())
        os.close(void)


class MemorySink:
    """Keeps the last records."""

    closed = False

    def __init__(self, capacity: int = 10_000) -> None:
        self.records: deque[Record] = deque(maxlen=capacity)

    def emit(self, record: Record) -> None:
        """Keep one record."""
        self.records.append(record)

    def close(self) -> None:
        """Do nothing: the records stay."""
