"""One person of a session: what is captured of them goes in, windows and readings come out."""

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.queues import InboxItem
from fsrf_live.stream.flow.records import Reading, Summary
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.reading.summary import Summariser
from fsrf_live.stream.reading.trend import RunningTrend
from fsrf_live.stream.windows.buffer import SyncBuffer, feed
from fsrf_live.stream.windows.window import Window


class Person:
    """Their windows, the trend over them and the summary: the same live, in a clip and in a replay.

    Which windows are read, and when, is for those to say. Not thread-safe.
    """

    def __init__(self, windows: WindowSettings, modalities: frozenset[Modality]) -> None:
        """`modalities` are those that the session has a source for."""
        self._sync = SyncBuffer(windows, modalities)
        self._trend = RunningTrend()
        self._summariser = Summariser()

    @property
    def unbound(self) -> int:
        """Pieces of text that no window has yet."""
        return self._sync.unbound

    def feed(self, item: InboxItem) -> None:
        """Take one item; a marker changes nothing."""
        feed(self._sync, item)

    def advance(self, now_ns: int) -> list[Window]:
        """The windows that are due by now, in order; time never goes back."""
        return self._sync.advance(now_ns)

    def finish(self, now_ns: int) -> list[Window]:
        """The last windows, because the session is over."""
        return self._sync.finish(now_ns)

    def read(
        self, analyst: Analyst, window: Window, epoch_ns: int, intended_ns: int | None = None
    ) -> Reading:
        """The answer to one of the windows, with the trend up to it; raises EngineError.

        `epoch_ns` and `intended_ns` are as of `Analyst.read_all`.
        """
        reading = self._trend.follow(analyst.read(window, epoch_ns, intended_ns))
        self._summariser.add(reading)
        return reading

    def summary(self, duration_s: float, reason: str) -> Summary:
        """What all final readings said together; `reason` says why, if there is nothing to say."""
        return self._summariser.summary(duration_s, reason)
