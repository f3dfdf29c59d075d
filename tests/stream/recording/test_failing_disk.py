"""A session whose recording cannot be written on: for every call that may fail."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fsrf_live.fsrf.common.errors import RecordingError
from fsrf_live.stream.flow.clock import FakeClock
from fsrf_live.stream.flow.records import Record, Summary, encode
from fsrf_live.stream.live.journal import Journal
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.recording.queued import QueuedRecorder
from fsrf_live.stream.recording.recorded import Recording
from fsrf_live.stream.recording.recording import LOCK, Recorder
from fsrf_live.stream.replay.replay import Replay
from tests.doubles.failing_disk import FailingDisk, failures
from tests.doubles.fakes import FakeEngine, FakeTextEncoder
from tests.doubles.sessions import Session, at_once

SECONDS = 3.2
Writes = Callable[[Recorder], Journal]


@pytest.fixture(params=[at_once, QueuedRecorder])
def writes(request: pytest.FixtureRequest) -> Writes:
    """In the thread that records, or in one of its own."""
    made: Writes = request.param
    return made


def play(folder: Path, writes: Writes) -> tuple[list[Record], str | None]:
    """Record a session: what it answered, and what went wrong."""
    try:
        session = Session(folder, writes=writes)
    except RecordingError as error:
        return [], str(error)
    session.play(SECONDS)
    try:
        session.end()
    except RecordingError as error:
        return session.records, str(error)
    return session.records, None


def kept(folder: Path) -> tuple[list[str], list[Record]]:
    """The lines and the replay of what is left of a recording; nothing if it is none."""
    try:
        recording = Recording(folder)
    except RecordingError:
        return [], []
    analyst = Analyst(FakeEngine(), FakeTextEncoder(), FakeClock())
    return [encode(record) for record in recording.records()], list(Replay(recording, analyst).run())


def said_in(record: Record) -> dict[str, Any]:
    """A record without its latency, which is measured anew if the recorded one was lost."""
    said: dict[str, Any] = json.loads(encode(record))
    said.pop("latency_ms", None)
    return said


def check(disk: FailingDisk, answered: list[Record], said: str | None) -> None:
    """One line, the summary, and of the recording all that was there before."""
    folder = disk.folder / "recording"
    assert (said is not None) == disk.failed
    assert said is None or said == f"cannot record into {folder} (No space left on device): make room"
    assert not answered or isinstance(answered[-1], Summary), "a session has its summary"
    lines, replayed = kept(folder)
    told = [encode(record) for record in answered]
    assert lines == told[: len(lines)], "no half record is accepted"
    seen = [said_in(record) for record in replayed if not isinstance(record, Summary)]
    expected = [said_in(record) for record in answered]
    assert seen[:-1] == expected[: max(0, len(seen) - 1)], "the last window is closed where it ends"
    assert not list(folder.glob(".*")), "no part of a file is left"
    if not disk.failed:
        assert lines == told


def test_whatever_fails_the_session_goes_on_to_its_summary_and_the_recording_is_whole_so_far(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, writes: Writes
) -> None:
    ways = 0
    for disk in failures(tmp_path):
        with disk.failing():
            answered, said = play(disk.folder / "recording", writes)
        check(disk, answered, said)
        ways += disk.failed
    assert ways > 40
    assert "damaged" not in caplog.text


def test_after_a_failure_the_folder_is_free(tmp_path: Path, writes: Writes) -> None:
    for disk in failures(tmp_path):
        with disk.failing():
            play(disk.folder / "recording", writes)
        folder = disk.folder / "recording"
        if not folder.is_dir() or {path.name for path in folder.iterdir()} <= {LOCK}:
            Recorder(folder).close()
