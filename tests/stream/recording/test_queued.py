"""A recording behind a queue: the disk may stall, and the session does not."""

import threading
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import RecordingError
from fsrf_live.stream.flow.clock import FakeClock
from fsrf_live.stream.flow.records import Record, Summary, encode
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.recording import recording
from fsrf_live.stream.recording.queued import QueuedRecorder
from fsrf_live.stream.recording.recorded import Recording
from fsrf_live.stream.recording.recording import Recorder
from fsrf_live.stream.replay.replay import Replay
from tests.doubles.failing_disk import stalling
from tests.doubles.fakes import FakeEngine, FakeTextEncoder
from tests.doubles.sessions import Session
from tests.doubles.waiting import until

SECONDS = 3.2
impatient = partial(QueuedRecorder, close_within_s=0.0)


def lines(records: list[Record]) -> list[str]:
    return [encode(record) for record in records]


def replayed(folder: Path) -> list[str]:
    analyst = Analyst(FakeEngine(), FakeTextEncoder(), FakeClock())
    return lines(list(Replay(Recording(folder), analyst).run()))


def is_written() -> bool:
    return until(lambda: "recorder" not in {thread.name for thread in threading.enumerate()})


def test_whichever_call_stalls_all_is_read_meanwhile_and_the_recording_replays_to_the_byte(
    tmp_path: Path,
) -> None:
    alone = Session()
    alone.play(SECONDS)
    for number in count(1):
        free = threading.Event()
        free.set()
        disk = stalling(tmp_path / str(number), number, free)
        with disk.failing():
            session = Session(disk.folder / "recording", writes=QueuedRecorder)
            free.clear()
            session.play(SECONDS)
            assert lines(session.records) == lines(alone.records)
            free.set()
            session.end()
        assert replayed(disk.folder / "recording") == lines(session.records)
        if not disk.failed:
            break
    assert number > 20


def test_a_recording_is_the_same_files_whoever_writes_them(tmp_path: Path) -> None:
    for session in (Session(tmp_path / "one"), Session(tmp_path / "other", writes=QueuedRecorder)):
        session.play(SECONDS)
        session.end()
    one, other = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "other")
    )
    assert len(one) > 6
    assert one == other


def test_what_is_never_closed_is_there_to_the_last_second(tmp_path: Path) -> None:
    session, alone = Session(tmp_path / "killed", writes=QueuedRecorder), Session()
    session.play(7.3)
    alone.play(6.2)
    told = lines(alone.records)
    assert until(lambda: replayed(tmp_path / "killed")[: len(told)] == told)
    session.end()


def test_a_disk_that_takes_nothing_for_a_minute_ends_the_recording_and_not_the_session(
    tmp_path: Path,
) -> None:
    free = threading.Event()
    free.set()
    disk = stalling(tmp_path / "disk", 1, free)
    folder = disk.folder / "recording"
    with disk.failing():
        session = Session(folder, writes=impatient)
        free.clear()
        session.play(50)
        assert session.core.problem is None
        session.play(60)
        said = f"cannot record into {folder} (the disk takes too long): name a folder on a faster one"
        assert str(session.core.problem) == said
        with pytest.raises(RecordingError, match="the disk takes too long"):
            session.end()
        free.set()
        assert is_written()
    told = lines(session.records)
    assert isinstance(session.records[-1], Summary)
    kept = lines(list(Recording(folder).records()))
    assert 20 < len(kept) < len(told)
    assert kept == told[: len(kept)]
    again = replayed(folder)[:-2]  # the last window is closed where it ends
    assert len(again) > 20
    assert again == told[: len(again)]


def test_a_session_does_not_wait_for_long_for_its_disk_and_says_so(tmp_path: Path) -> None:
    free = threading.Event()
    free.set()
    disk = stalling(tmp_path / "disk", 1, free)
    with disk.failing():
        session = Session(disk.folder / "recording", writes=impatient)
        free.clear()
        session.play(SECONDS)
        with pytest.raises(RecordingError, match="the disk takes too long"):
            session.end()
        assert isinstance(session.records[-1], Summary)
        free.set()
        assert is_written()
    assert replayed(disk.folder / "recording") == lines(session.records), "it was left behind, and went on"


def test_a_mistake_in_the_thread_that_writes_is_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(steps: object) -> bytes:
        raise ValueError("a step of no kind")

    monkeypatch.setattr(recording, "pack", broken)
    session = Session(tmp_path / "broken", writes=QueuedRecorder)
    session.play(0.5)
    with pytest.raises(ValueError, match="a step of no kind"):
        session.end()
    with pytest.raises(RecordingError, match="holds a recording already"):  # it is not held any more
        Recorder(tmp_path / "broken")


def test_a_session_that_never_begins_lets_its_folder_go(tmp_path: Path) -> None:
    recorder = QueuedRecorder(Recorder(tmp_path))
    recorder.close()
    recorder.close()
    Recorder(tmp_path).close()
