"""`fsrf_live.listen`: a live session as an object to iterate over, with or without asyncio."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from fsrf_live.engines.common.contract import Engine
from fsrf_live.fsrf.common.aliases import FileName
from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.markers import RATING
from fsrf_live.stream.flow.records import Record, Summary
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.flow.sinks import RecordQueue, Sink, open_sinks
from fsrf_live.stream.flow.snapshot import Snapshot
from fsrf_live.stream.live.composing import RecordingChoice, compose_session
from fsrf_live.stream.live.opening import ASR, Wanted
from fsrf_live.stream.live.session import LiveSession
from fsrf_live.stream.reading.loading import checked_choice
from fsrf_live.stream.sources.added import SourceMaker
from fsrf_live.stream.speech.recogniser import Recogniser

Compose = Callable[[Callable[[], Sequence[Sink]]], LiveSession]
"""Puts a session together, given what opens its sinks."""


def listen(
    camera: str | SourceMaker | None = None,
    mic: str | SourceMaker | None = None,
    text: str | SourceMaker | None = None,
    media: FileName | None = None,
    *,
    recognise: Callable[[], Recogniser] | None = None,
    language: str | None = None,
    engine: str | Engine = "auto",
    checkpoint: FileName | None = None,
    faults: Sequence[str] = (),
    windows: WindowSettings | None = None,
    record: FileName | None = None,
    sinks: Sequence[str | Sink] = (),
    duration_s: float | None = None,
) -> "Session":
    """Follow a camera, a microphone and text live, or play a file in real time.

        with fsrf_live.listen(camera="0", mic="default") as session:
            for record in session:
                print(record)

        async with fsrf_live.listen(media="talk.mp4") as session:
            async for record in session:
                print(record)

    `camera`, `mic`, `text`, `language` and `faults`, and their defaults, are as in ``fsrf live``; a source
    may also be what makes one of yours, given the clock that must stamp its items. `recognise` loads a
    recogniser of yours. `record` is a folder to record to. Each of `sinks` gets the records in a thread of
    its own: a sink of yours, or ``"jsonl:a.jsonl"``. The session ends after `duration_s`, or with its media.

    Nothing is opened before ``with``, which raises what is wrong: UsageError, SourceError, MediaError,
    CheckpointError or RecordingError, all of them `FsrfError`.
    """
    text, file = text or (ASR if recognise else None), Path(media) if media else None
    wanted = Wanted(camera, mic, text, file, language=language, recogniser=recognise)
    recording = RecordingChoice(record)

    def compose(opener: Callable[[], Sequence[Sink]]) -> LiveSession:
        choice = checked_choice(engine, checkpoint, language=language)
        return compose_session(
            wanted, choice, opener, faults=faults, recording=recording, duration_s=duration_s, windows=windows
        )

    return Session(compose, sinks)


class Session:
    """A live session: use it by ``with`` or ``async with``, and iterate over its records.

    Records come in order; the last one is the `Summary`. A loop that is too slow for them delays no reading:
    the oldest records that wait are dropped, and counted in `drops`. What fails in the session comes out of
    the loop. One thread, or one task, iterates; every other method may be called from any thread.
    """

    def __init__(self, compose: Compose, sinks: Sequence[str | Sink]) -> None:
        self._compose = compose
        self._sinks = sinks
        self._queue = RecordQueue(self._notify)
        self._live: LiveSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()

    @property
    def drops(self) -> dict[str, int]:
        """What was lost so far because something was too slow: of sources, features, readings, records."""
        return self._begun().drops

    def snapshot(self) -> Snapshot:
        """Everything that a person should see now: sources and their states, the reading, latencies."""
        return self._begun().snapshot()

    def cut(self, modality: Modality) -> None:
        """Take a modality out until it is restored; its device is released."""
        self._begun().cut(modality)

    def restore(self, modality: Modality) -> None:
        """Undo `cut`."""
        self._begun().restore(modality)

    def mark(self, name: str) -> float:
        """Name this moment, as when a stimulus is shown; gives its seconds since the session began.

        The record is a `Marker`. Raises UsageError if that is no name (control characters, more than 1024
        bytes), or the session is over.
        """
        return self._begun().mark(name, "python")

    def rate(self, rating: float) -> float:
        """Say what you think of the person from this moment on, on the scale of scores; gives its seconds.

        The record is a `Marker` with this rating. Raises UsageError as `mark` does.
        """
        return self._begun().mark(RATING, "python", rating=rating)

    def stop(self) -> Summary | None:
        """End the session and release its devices. Raises, once, what went wrong in it.

        Records that are still waiting can be iterated over afterwards, until the session is left.
        """
        return self._begun().stop()

    def __enter__(self) -> "Session":
        self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(quietly=error is not None)

    def __iter__(self) -> "Session":
        return self

    def __next__(self) -> Record:
        self._begun()  # raises: without a session there would never be any record
        record = self._queue.wait()
        if record is None:
            self.stop()
            raise StopIteration
        return record

    async def __aenter__(self) -> "Session":
        self._loop = asyncio.get_running_loop()
        beginning = asyncio.ensure_future(asyncio.to_thread(self._begin))
        try:
            await asyncio.shield(beginning)
        except asyncio.CancelledError:  # the thread goes on, so what it begins must be ended
            await asyncio.wait([beginning])
            if beginning.exception() is None:
                await asyncio.to_thread(self._end, quietly=True)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._end, quietly=error is not None)

    def __aiter__(self) -> "Session":
        return self

    async def __anext__(self) -> Record:
        while True:
            self._news.clear()  # before looking: what comes after the look sets it again
            over = self._queue.over
            record = self._queue.take()
            if record is not None:
                return record
            if over:
                await asyncio.to_thread(self.stop)
                raise StopAsyncIteration
            self._begun()
            await self._news.wait()

    def _begun(self) -> LiveSession:
        if self._live is None:
            raise UsageError("this session has not begun: use it by 'with' or 'async with'")
        return self._live

    def _begin(self) -> None:
        if self._live is not None:
            raise UsageError("this session has begun already: make another one with listen()")
        self._live = self._compose(lambda: open_sinks([self._queue, *self._sinks]))
        self._live.start()

    def _end(self, *, quietly: bool) -> None:
        """Stop, and take no more records; `quietly`: an error of the caller's is on its way already."""
        self._queue.leave()
        with contextlib.suppress(Exception) if quietly else contextlib.nullcontext():
            self.stop()

    def _notify(self) -> None:
        """Wake the task that iterates; called by the core."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits in it
                self._loop.call_soon_threadsafe(self._news.set)
