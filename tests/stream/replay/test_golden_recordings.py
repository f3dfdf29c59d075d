"""Old recordings stay readable: tests/golden/recordings was made by `tests.doubles.sessions`, 4 s long."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from fsrf_live.engines.common.contract import ModelConfig
from fsrf_live.fsrf.common.errors import RecordingError
from fsrf_live.stream.flow.clock import FakeClock
from fsrf_live.stream.flow.items import VoiceFeatures
from fsrf_live.stream.flow.records import Reading, Summary, encode
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.recording.chunks import REASONS
from fsrf_live.stream.recording.recorded import Recording
from fsrf_live.stream.replay.replay import Replay
from tests.conftest import REPOSITORY
from tests.doubles.fakes import FakeEngine, FakeTextEncoder

CONFIG = FakeEngine().config
GOLDEN = REPOSITORY / "tests" / "golden" / "recordings"


def replay(folder: Path) -> Replay:
    return Replay(Recording(folder), Analyst(FakeEngine(), FakeTextEncoder(), FakeClock()))


WHOLE = pytest.mark.parametrize("name", ["whole", "bounded", "stepped", "marked", "wordless"])
"""Of version 1, whose boundaries are decided again, of version 3, which stores them, and of versions 4 to 6.

These also store the wall clock, which was set an hour forward in the middle of the session; the last two
have markers.
"""


@WHOLE
def test_a_whole_one_is_replayed_byte_for_byte(name: str) -> None:
    lines = [encode(record) for record in replay(GOLDEN / name).run()]
    assert lines == (GOLDEN / name / "records.jsonl").read_text().splitlines()


@WHOLE
def test_the_same_answers_come_without_the_recorded_ones(name: str, tmp_path: Path) -> None:
    shutil.copytree(GOLDEN / name, tmp_path / "bare")
    (tmp_path / "bare" / "records.jsonl").unlink()
    fresh = [record for record in replay(tmp_path / "bare").run() if isinstance(record, Reading)]
    whole = [record for record in replay(GOLDEN / name).run() if isinstance(record, Reading)]
    assert [(r.window, r.revision, r.final, r.text) for r in fresh] == [
        (r.window, r.revision, r.final, r.text) for r in whole
    ]
    assert [r.score for r in fresh] == pytest.approx([r.score for r in whole], abs=6e-4)


def test_records_of_old_versions_tell_no_wall_clock_and_new_ones_the_recorded_one() -> None:
    assert {record.time for name in ("whole", "bounded") for record in replay(GOLDEN / name).run()} == {None}
    times = [
        record.time for name in ("stepped", "marked", "wordless") for record in replay(GOLDEN / name).run()
    ]
    assert all(time is not None and time.clock_ns is None for time in times)


def test_the_torn_one_is_replayed_as_far_as_it_goes(caplog: pytest.LogCaptureFixture) -> None:
    records = list(replay(GOLDEN / "torn").run())
    assert "is torn" in caplog.text
    assert "is replayed up to it" in caplog.text
    assert isinstance(records[-1], Summary)
    assert 2.5 < records[-1].duration_s < 4.0


def test_until_version_5_every_voice_was_speech() -> None:
    assert Recording(GOLDEN / "marked").windows.wordless_s == 0


def test_until_version_6_every_voice_sounded_like_speech() -> None:
    steps = [step for step in Recording(GOLDEN / "wordless").steps() if isinstance(step, VoiceFeatures)]
    assert {step.speechlike for step in steps} == {0.0}


def test_the_newer_one_is_refused_in_one_line() -> None:
    with pytest.raises(RecordingError, match="version 99, not 7"):
        replay(GOLDEN / "newer")


@pytest.mark.parametrize(
    ("modality", "config"),
    [
        ("audio", replace(CONFIG, audio=replace(CONFIG.audio, width=999))),
        ("video", replace(CONFIG, video=replace(CONFIG.video, width=999))),
    ],
)
def test_features_of_another_version_are_refused_in_one_line(modality: str, config: ModelConfig) -> None:
    engine = FakeEngine()
    engine.config = config
    other = Replay(Recording(GOLDEN / "whole"), Analyst(engine, FakeTextEncoder(), FakeClock()))
    with pytest.raises(RecordingError, match=f"whole was .* whose {modality} features .* wants 999: .* anew"):
        list(other.run())


def test_where_media_were_recorded_they_are_the_way_out() -> None:
    engine = FakeEngine()
    engine.config = ModelConfig()
    heard = Replay(Recording(GOLDEN / "heard"), Analyst(engine, FakeTextEncoder(), FakeClock()))
    with pytest.raises(RecordingError, match=r"or run 'fsrf analyze .*heard/media.mkv'$"):
        list(heard.run())


def test_the_places_of_reasons_are_part_of_the_format() -> None:
    names = [reason.value for reason in REASONS]
    assert names[:5] == ["disabled", "absent", "lost", "stalled", "frozen"]
    assert names[5:8] == ["black", "silent", "no_face"]
    assert names[8:] == ["no_speech", "pending", "language", "unclear", "too_small", "covered"]
