"""A whole session, put together from what is wanted of it: what its recording costs it, and costs others."""

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import RecordingError
from fsrf_live.stream.flow.clock import FakeClock
from fsrf_live.stream.flow.records import encode
from fsrf_live.stream.flow.sinks import MemorySink, Sink
from fsrf_live.stream.live import composing
from fsrf_live.stream.live.composing import RecordingChoice, compose_session
from fsrf_live.stream.live.opening import Wanted
from fsrf_live.stream.live.session import LiveSession
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.reading.loading import EngineChoice
from fsrf_live.stream.recording.recorded import Recording
from fsrf_live.stream.replay.replay import Replay
from tests.doubles.failing_disk import failures, stalling
from tests.doubles.fakes import FakeEngine, FakeFaces, FakeTextEncoder, FakeVoices
from tests.doubles.waiting import until


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing heavy is loaded."""
    monkeypatch.setattr(
        composing,
        "load_analyst",
        lambda choice, clock, warm_text: Analyst(FakeEngine(), FakeTextEncoder(), clock),
    )
    monkeypatch.setattr(composing, "make_faces", lambda rest: FakeFaces())
    monkeypatch.setattr(composing, "make_voices", lambda rest: FakeVoices())


def composed(folder: Path, sinks: Sequence[Sink]) -> LiveSession:
    return compose_session(
        Wanted("fake", "fake", "none", None),
        EngineChoice("torch", Path("none")),
        lambda: sinks,
        faults=[],
        recording=RecordingChoice(folder),
        duration_s=None,
    )


def descriptors() -> list[Path]:
    return sorted(Path("/proc/self/fd").iterdir())


def said_of(folder: Path) -> str | None:
    """What went wrong with a session that is recorded, from its beginning to its end."""
    try:
        session = composed(folder, [MemorySink()])
        session.start()
        session.stop()
    except RecordingError as error:
        return str(error)
    return None


def test_whatever_fails_is_the_one_line_and_nothing_stays_open(tmp_path: Path) -> None:
    ways = 0
    for disk in failures(tmp_path):
        folder, before = disk.folder / "recording", descriptors()
        with disk.failing():
            said = said_of(folder)
        line = f"cannot record into {folder} (No space left on device): make room"
        assert said == (line if disk.failed else None)
        assert descriptors() == before
        ways += disk.failed
    assert ways > 15


class Successor(MemorySink):
    """Somebody who opens a file after it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.file: int | None = None

    def close(self) -> None:
        self.file = os.open(os.devnull, os.O_RDONLY)


def test_a_recording_that_cannot_begin_closes_nothing_of_anybody_else(tmp_path: Path) -> None:
    sink = Successor()
    (tmp_path / ".recording.json.part").mkdir()
    with pytest.raises(RecordingError, match=r"cannot record into .* \(Is a directory\)"):
        composed(tmp_path, [sink])
    assert sink.file is not None
    os.close(sink.file)  # raises if it was closed


def test_a_disk_that_stalls_delays_no_reading_and_the_recording_replays_to_the_byte(tmp_path: Path) -> None:
    free, memory = threading.Event(), MemorySink()
    free.set()
    disk = stalling(tmp_path / "disk", 1, free)
    folder = disk.folder / "recording"
    with disk.failing():
        session = composed(folder, [memory])
        free.clear()
        session.start()
        assert until(lambda: len(session.snapshot().history) > 4)
        free.set()
        session.stop()
    analyst = Analyst(FakeEngine(), FakeTextEncoder(), FakeClock())
    replayed = [encode(record) for record in Replay(Recording(folder), analyst).run()]
    assert replayed == [encode(record) for record in memory.records]
