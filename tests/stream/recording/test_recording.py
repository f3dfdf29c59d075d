"""Recordings: what is kept, and what cannot be done."""

import errno
import fcntl
import json
import os
import random
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from fsrf_live.fsrf.common.errors import RecordingError
from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.stream.flow.clock import NS, FakeClock
from fsrf_live.stream.flow.items import Change, State, Words
from fsrf_live.stream.flow.records import Event, Marker, Reading, Record, Summary, encode
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.recording.chunks import pack, unpack
from fsrf_live.stream.recording.media import CAPTIONS, MEDIA
from fsrf_live.stream.recording.recorded import Recording
from fsrf_live.stream.recording.recording import HEADER, LOCK, RECORDS, VERSION, Recorder, chunk_name
from fsrf_live.stream.replay.replay import Replay
from tests.doubles.fakes import FakeEngine, FakeTextEncoder
from tests.doubles.sessions import Session, recorded

KILLED = """
import os, signal, sys
from pathlib import Path
from tests.doubles.sessions import Session
session = Session(Path(sys.argv[1]))
session.play(float(sys.argv[2]))
os.kill(os.getpid(), signal.SIGKILL)
"""


def analyst() -> Analyst:
    return Analyst(FakeEngine(), FakeTextEncoder(), FakeClock())


def replayed(folder: Path) -> list[Record]:
    return list(Replay(Recording(folder), analyst()).run())


def lines(records: list[Record]) -> list[str]:
    return [encode(record) for record in records]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Record]]:
    folder = tmp_path_factory.mktemp("recordings") / "original"
    return folder, recorded(folder)


def test_a_recording_is_a_header_the_records_and_a_chunk_a_second(
    original: tuple[Path, list[Record]],
) -> None:
    folder, records = original
    names = sorted(path.name for path in folder.iterdir())
    assert names[:3] == [HEADER, LOCK, RECORDS]
    assert names[3:] == [chunk_name(number) for number in range(len(names) - 3)]
    assert 10 <= len(names) - 3 <= 14
    assert (folder / RECORDS).read_text().splitlines() == lines(records)
    assert json.loads((folder / HEADER).read_text())["version"] == VERSION


def test_a_replay_is_the_original_byte_for_byte(original: tuple[Path, list[Record]]) -> None:
    folder, records = original
    replay = Replay(Recording(folder), analyst())
    assert lines(list(replay.run())) == lines(records)
    assert replay.differing == 0
    assert replay.agreeing >= 20


def test_words_while_somebody_speaks_are_replayed_byte_for_byte(tmp_path: Path) -> None:
    records = recorded(tmp_path / "asr", recognises=True)
    partial = [r.text for r in records if isinstance(r, Reading) and not r.final and r.text]
    assert partial[:1] == ["a"]
    assert lines(replayed(tmp_path / "asr")) == lines(records)


def test_markers_are_replayed_byte_for_byte_in_their_place(tmp_path: Path) -> None:
    session = Session(tmp_path / "marked")
    for name in ("stimulus 1", "stimulus 2"):
        session.play(1.5)
        session.mark(name)
    session.play(1.0)
    session.mark("rating", -1.5)
    session.end()
    told = [(r.time_s, r.name, r.rating) for r in session.records if isinstance(r, Marker)]
    assert told == [(1.5, "stimulus 1", None), (3.0, "stimulus 2", None), (4.0, "rating", -1.5)]
    assert lines(replayed(tmp_path / "marked")) == lines(session.records)
    assert lines(Recording(tmp_path / "marked").records()) == lines(session.records)


def test_what_the_engine_now_says_otherwise_is_given_and_counted(original: tuple[Path, list[Record]]) -> None:
    folder, records = original

    class Gloomy(FakeEngine):
        def __init__(self) -> None:
            super().__init__()
            self.prior.score[:] -= 1

    replay = Replay(Recording(folder), Analyst(Gloomy(), FakeTextEncoder(), FakeClock()))
    assert lines(list(replay.run())) != lines(records)
    assert replay.differing > 0


def test_a_replay_keeps_time_at_any_speed(original: tuple[Path, list[Record]]) -> None:
    folder, records = original
    clock = FakeClock()
    at_twice = list(Replay(Recording(folder), analyst()).run(clock, speed=2.0))
    assert lines(at_twice) == lines(records)
    assert clock.now_ns() / 1e9 == pytest.approx(6.0, abs=0.1)


def test_killed_at_any_moment_it_loses_a_second_at_most(tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, "-c", KILLED, str(folder), "7.3"], env=environment, check=False)
    assert run.returncode == -9
    session = Session()
    session.play(6.2)
    told = lines(session.records)
    assert lines(replayed(folder))[: len(told)] == told
    assert isinstance(replayed(folder)[-1], Summary)


def test_cut_anywhere_its_whole_part_is_replayed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "short"
    records = recorded(folder, 3.5)
    whole = [line for line in lines(records) if '"type":"summary"' not in line]
    chance = random.Random(7)
    files = [path for path in sorted(folder.iterdir()) if path.name not in (LOCK, HEADER)]
    for turn in range(200):
        victim = chance.choice(files)
        torn = tmp_path / str(turn)
        shutil.copytree(folder, torn)
        size = chance.randrange(victim.stat().st_size)
        with (torn / victim.name).open("r+b") as file:
            file.truncate(size)
        for later in [path for path in torn.glob("steps-*.npz") if path.name > victim.name]:
            if victim.suffix == ".npz":
                later.unlink()
        answers = replayed(torn)
        said = [line for line in lines(answers) if '"type":"summary"' not in line]
        kept = [strip(line) for line in said]
        assert len(kept) <= len(whole)
        assert kept[:-1] == [strip(line) for line in whole][: max(0, len(kept) - 1)]
        if victim.suffix == ".npz":
            assert "damaged" in caplog.text
        caplog.clear()


def strip(line: str) -> str:
    """A line without its latency, which is measured anew where the recorded one is torn off."""
    record = json.loads(line)
    record.pop("latency_ms", None)
    return json.dumps(record)


def test_a_session_that_ended_before_its_engine_was_loaded_is_replayed_as_it_was(tmp_path: Path) -> None:
    session = Session(tmp_path / "early", loaded=False)
    session.play(2.0)
    assert session.end().reason == "the engine was not loaded yet"
    assert lines(replayed(tmp_path / "early")) == lines(session.records)


def test_seconds_count_from_the_moment_that_was_set_last_before_sources_began(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    recorder.begin(frozenset(MODALITIES), WindowSettings())
    recorder.epoch(NS)  # as a session of files does when it begins to load, and when it has loaded
    recorder.advance(2 * NS)
    recorder.advance(3 * NS)
    assert Recording(tmp_path).epoch_ns() is None
    recorder.epoch(4 * NS)
    recorder.op(Change(4 * NS, "mic", State.LIVE, None, None))
    recorder.finish(5 * NS)
    recorder.close()
    assert Recording(tmp_path).epoch_ns() == 4 * NS


def test_a_missing_chunk_ends_the_replay_with_a_warning(
    original: tuple[Path, list[Record]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(original[0], tmp_path / "holed")
    (tmp_path / "holed" / chunk_name(3)).unlink()
    replay = Replay(Recording(tmp_path / "holed"), analyst())
    answers = list(replay.run())
    assert "steps-000003.npz is missing" in caplog.text
    assert replay.differing == 0, "what its end cuts short is not held against what was recorded"
    assert max(r.end_s for r in answers if isinstance(r, Reading)) <= 4.1


def test_a_recording_is_never_overwritten(original: tuple[Path, list[Record]]) -> None:
    before = (original[0] / RECORDS).read_bytes()
    with pytest.raises(RecordingError, match="never overwritten"):
        Recorder(original[0])
    assert (original[0] / RECORDS).read_bytes() == before


@pytest.mark.parametrize("name", [MEDIA, CAPTIONS])
def test_media_that_lie_there_are_never_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(RecordingError, match="never overwritten"):
        Recorder(tmp_path, media=True)
    assert (tmp_path / name).read_text() == "mine"


def test_two_cannot_record_into_one_folder(tmp_path: Path) -> None:
    first = Recorder(tmp_path / "one")
    with pytest.raises(RecordingError, match="another process is recording"):
        Recorder(tmp_path / "one")
    first.close()


def test_of_a_recording_that_never_began_nothing_is_left(tmp_path: Path) -> None:
    Recorder(tmp_path / "new" / "below").close()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note").write_text("kept")
    Recorder(tmp_path / "mine").close()
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["note"]


def test_a_folder_that_cannot_be_one_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(RecordingError, match="cannot record into"):
        Recorder(tmp_path / "file" / "below")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_disk_without_locks_is_told_at_once_and_nothing_stays_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(lock: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    before = sorted(Path("/proc/self/fd").iterdir())
    with pytest.raises(RecordingError, match=r"cannot record into .* \(No locks available\)"):
        Recorder(tmp_path)
    assert sorted(Path("/proc/self/fd").iterdir()) == before


def test_closed_twice_it_closes_nothing_of_anybody_else(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    recorder.close()
    with (tmp_path / "other").open("w") as other:  # has the number of what was closed
        recorder.close()
        other.write("mine")
    assert (tmp_path / "other").read_text() == "mine"


def test_a_full_disk_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(tmp_path / "full")

    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    recorder.advance(0)
    with pytest.raises(RecordingError, match=r"No space left on device\): make room"):
        recorder.advance(2_000_000_000)
    monkeypatch.undo()
    assert [path.name for path in (tmp_path / "full").iterdir()] == [LOCK]
    recorder.close()


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "no recording"),
        ("{", "damaged"),
        ('{"format": "other"}', "not of a recording"),
        ('{"format": "fsrf-recording", "version": 99}', "version 99, not 7"),
        ('{"format": "fsrf-recording", "version": 1}', "damaged"),
        (
            '{"format": "fsrf-recording", "version": 1, "modalities": ["video"], "windows": {}}',
            "nothing to replay",
        ),
        (
            '{"format": "fsrf-recording", "version": 4, "modalities": [], "windows": {}, "media": 5}',
            "damaged",
        ),
        (
            '{"format": "fsrf-recording", "version": 1, "modalities": ["video"], "windows": {"hold_s": ""}}',
            "damaged",
        ),
        (
            '{"format": "fsrf-recording", "version": 1, "modalities": ["video"], "windows": {"fixed_s": 0}}',
            "damaged",
        ),
        (
            '{"format": "fsrf-recording", "version": 3, "modalities": [], "windows": {"words_every_s": 0}}',
            "nothing to replay",
        ),
        (
            '{"format": "fsrf-recording", "version": 3, "modalities": [], "windows": {"words_every_s": -1}}',
            "damaged",
        ),
    ],
)
def test_what_is_no_recording_is_one_clear_line(tmp_path: Path, header: str | None, message: str) -> None:
    if header is not None:
        (tmp_path / HEADER).write_text(header)
    with pytest.raises(RecordingError, match=message):
        Recording(tmp_path)


def test_what_cannot_be_read_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / HEADER).mkdir()
    with pytest.raises(RecordingError, match=f"{HEADER} cannot be read"):
        Recording(tmp_path)


def test_events_are_in_it(original: tuple[Path, list[Record]]) -> None:
    events = [record for record in Recording(original[0]).records() if isinstance(record, Event)]
    assert [event.source for event in events] == ["camera", "mic", "text", "camera", "camera"]


def test_words_are_kept_with_all_that_is_known_of_them() -> None:
    words = [
        Words(1, 2, "gut", 0.5, "de"),
        Words(1, 2, "good", 0.25, "en", spoken_to_ns=3),
        Words(1, 2, "good day", 0.25, "en", agreed=1),
        Words(1, 2, "good day", 0.3, "en", confidences=(0.25, 0.35)),
        Words(4, 5, "so"),
        Words(6, 7, "", 0.0),
    ]
    assert unpack(pack([*words])) == words


@pytest.mark.parametrize("fields", [3, 5, 6])
def test_words_of_older_chunks_end_with_what_was_known_then(fields: int) -> None:
    stored = [1, 2, "good day", 0.25, "en", None][:fields]
    chunk = BytesIO(pack([Words(1, 2, "good day")]))
    with np.load(chunk) as arrays:
        older = {**arrays, "texts": np.frombuffer(json.dumps([stored]).encode(), np.uint8)}
    np.savez(older_chunk := BytesIO(), **older)
    (words,) = unpack(older_chunk.getvalue())
    assert isinstance(words, Words)
    assert words.said == [(word, 0.25 if fields > 3 else 1.0) for word in ("good", "day")]
