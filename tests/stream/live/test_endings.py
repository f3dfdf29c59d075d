"""Each way in which a session ends by itself: then nothing is captured or written, though nobody stops it."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from fsrf_live.engines.common.contract import Inputs, Outputs
from fsrf_live.fsrf.common.errors import EngineError, RecordingError
from fsrf_live.stream.flow.clock import MonotonicClock
from fsrf_live.stream.flow.items import FaceFeatures, Frame, Item, Samples, VoiceFeatures
from fsrf_live.stream.flow.records import Reading, Record
from fsrf_live.stream.flow.sinks import MemorySink
from fsrf_live.stream.live.parts import Makers, Sources
from fsrf_live.stream.live.session import LiveSession
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.recording.media_recorder import MediaRecorder
from fsrf_live.stream.recording.queued import QueuedRecorder
from fsrf_live.stream.recording.recording import Recorder
from fsrf_live.stream.sources.fake import FakeCamera, FakeMicrophone
from fsrf_live.stream.sources.source import Source
from tests.doubles.fakes import FakeEngine, FakeFaces, FakeTextEncoder, FakeVoices
from tests.doubles.sources import ScriptedSource, spec_of
from tests.doubles.waiting import until


class Held:
    """A source that is among `held` while it is open."""

    def __init__(self, source: Source, held: list[Source]) -> None:
        self._source, self._held = source, held
        self.modality, self.name, self.health = source.modality, source.name, source.health

    def open(self) -> None:
        self._held.append(self)
        self._source.open()

    def read(self) -> Item | None:
        return self._source.read()

    def close(self) -> None:
        self._held.remove(self)
        self._source.close()


class Silent(FakeCamera):
    """Somebody who could write."""

    modality = "text"

    def read(self) -> None:
        super().read()


class Left(MemorySink):
    """Its reader goes away with the first record."""

    def emit(self, record: Record) -> None:
        super().emit(record)
        self.closed = True


class Blocked(MemorySink):
    """Cannot write."""

    def emit(self, record: Record) -> None:
        raise OSError(28, "No space left on device")


class Full(Recorder):
    """Has no room for an answer."""

    def record(self, record: Record) -> None:
        if isinstance(record, Reading):
            raise self.refused("No space left on device", "make room")
        super().record(record)


class Confused(FakeEngine):
    """Has a mistake in it."""

    def run(self, inputs: Inputs) -> Outputs:
        raise ValueError("no such tensor")


class Blinded(FakeFaces):
    """As well."""

    def extract(self, frame: Frame) -> list[FaceFeatures]:
        raise ValueError("no such landmark")


class Deafened(FakeVoices):
    """As well."""

    def push(self, samples: Samples) -> list[VoiceFeatures]:
        raise ValueError("no such band")


def unloaded() -> NoReturn:
    raise EngineError("no engine runs this checkpoint")


class Begun:
    """What a session is put together from: devices that go on for ever, all recorded into a folder."""

    def __init__(self, folder: Path) -> None:
        self.clock = clock = MonotonicClock()
        self.folder = folder
        self.held: list[Source] = []
        self.sources = Sources(
            camera=spec_of(lambda: Held(FakeCamera(clock), self.held)),
            mic=spec_of(lambda: Held(FakeMicrophone(clock), self.held)),
        )
        self.makers = Makers(lambda: Analyst(FakeEngine(), FakeTextEncoder(), clock), FakeFaces, FakeVoices)
        self.duration_s: float | None = None
        self.sinks: list[MemorySink] = []
        self.make_recorder: type[Recorder] | None = Recorder

    def session(self) -> LiveSession:
        recorder = None if self.make_recorder is None else self.make_recorder(self.folder, media=True)
        return LiveSession(
            self.sources,
            self.makers,
            self.clock,
            self.sinks,
            journal=None if recorder is None else QueuedRecorder(recorder),
            media=MediaRecorder(self.folder, self.clock),
            duration_s=self.duration_s,
        )


def its_time_is_up(begun: Begun) -> None:
    begun.duration_s = 0.5


def its_camera_ends_and_nobody_writes(begun: Begun) -> None:
    clock, held = begun.clock, begun.held
    begun.sources = Sources(
        camera=spec_of(lambda: Held(ScriptedSource([], "video", clock), held)),
        text=spec_of(lambda: Held(Silent(clock), held)),
    )


def its_reader_leaves(begun: Begun) -> None:
    begun.sinks, begun.make_recorder = [Left()], None


def a_sink_fails(begun: Begun) -> None:
    begun.sinks = [Blocked()]


def its_recording_fails(begun: Begun) -> None:
    begun.make_recorder = Full


def no_engine_can_be_loaded(begun: Begun) -> None:
    begun.makers = replace(begun.makers, analyst=unloaded)


def its_core_fails(begun: Begun) -> None:
    clock = begun.clock
    begun.makers = replace(begun.makers, analyst=lambda: Analyst(Confused(), FakeTextEncoder(), clock))


def who_reads_faces_fails(begun: Begun) -> None:
    begun.makers = replace(begun.makers, faces=Blinded)


def who_hears_voices_fails(begun: Begun) -> None:
    begun.makers = replace(begun.makers, voices=Deafened)


@pytest.mark.parametrize(
    "way",
    [
        its_time_is_up,
        its_camera_ends_and_nobody_writes,
        its_reader_leaves,
        a_sink_fails,
        its_recording_fails,
        no_engine_can_be_loaded,
        its_core_fails,
        who_reads_faces_fails,
        who_hears_voices_fails,
    ],
)
def test_after_its_end_every_source_is_closed_and_no_file_grows(
    tmp_path: Path, way: Callable[[Begun], None]
) -> None:
    before, begun = set(threading.enumerate()), Begun(tmp_path)
    way(begun)
    session = begun.session()
    session.start()
    assert session.wait(20)
    assert until(lambda: begun.held == [])
    assert until(lambda: set(threading.enumerate()) <= before), "no thread is left that could write"
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    with suppress(EngineError, OSError, RecordingError, ValueError):
        session.stop()
    assert {path.name: path.stat().st_size for path in tmp_path.iterdir()} == sizes
