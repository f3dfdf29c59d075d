"""Faults that need raw sound, laid over a recording that has it."""

import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fsrf_live.fsrf.common.errors import MediaError, RecordingError, UsageError
from fsrf_live.stream.faults.spec import parse_fault
from fsrf_live.stream.flow.clock import NS, FakeClock
from fsrf_live.stream.flow.items import ROLES, Change, Reason, Samples, State, VoiceFeatures, Words
from fsrf_live.stream.flow.records import Event, Reading, Record, Summary, encode
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.flow.sinks import MemorySink
from fsrf_live.stream.live.core import Core
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.recording.chunks import Mark, Operation, Step
from fsrf_live.stream.recording.media import MEDIA
from fsrf_live.stream.recording.media_recorder import MediaRecorder
from fsrf_live.stream.recording.recorded import Recording
from fsrf_live.stream.recording.recording import Recorder
from fsrf_live.stream.replay.relisten import Ears, Rehearing
from fsrf_live.stream.replay.replay import Replay
from tests.conftest import REPOSITORY
from tests.doubles.decided import Decider
from tests.doubles.fakes import FakeEngine, FakeTextEncoder, FakeVoices
from tests.doubles.sessions import EPOCH_NS, Quick

SECONDS = 5.0
SPOKEN = (1.0, 3.0)
BLOCK_NS = 20_000_000
GOLDEN = REPOSITORY / "tests" / "golden" / "recordings"


class Hears:
    """A recogniser that understands one loud word an utterance, and how loud it was at most."""

    name = "ears"
    languages = frozenset(["en"])

    def __init__(self) -> None:
        self.heard: list[Samples] = []
        self.closed = False

    def transcribe(self, samples: NDArray[np.float32], start_ns: int, *, draft: bool = False) -> list[Words]:
        self.heard.append(Samples(start_ns, samples))
        text = "good" if np.abs(samples).max() < 0.5 else "noise"
        return [Words(start_ns, self.heard[-1].end_ns, text)]

    def close(self) -> None:
        self.closed = True


def sound() -> list[Samples]:
    """Somebody speaks from the first to the third second."""
    blocks = []
    for at_ns in range(EPOCH_NS, EPOCH_NS + round(SECONDS * NS), BLOCK_NS):
        loud = SPOKEN[0] * NS <= at_ns - EPOCH_NS < SPOKEN[1] * NS
        chance = np.random.default_rng(at_ns % 2**32)
        level = 0.3 if loud else 0.01
        blocks.append(Samples(at_ns, chance.uniform(-level, level, 320).astype(np.float32)))
    return blocks


def recorded(
    folder: Path, *, recognises: bool = False, seconds: float = SECONDS, media_s: float = SECONDS
) -> list[Record]:
    """A session that hears the sound for so long; its media end after `media_s`."""
    clock, inbox, memory = FakeClock(EPOCH_NS), Quick(), MemorySink()
    recorder = Recorder(folder, media=True, recognises=recognises)
    media, voices, decider = MediaRecorder(folder, clock), FakeVoices(), Decider(WindowSettings())
    core = Core(inbox, frozenset({"audio", "text"}), WindowSettings(), clock, [memory], recorder)
    core.epoch_ns = EPOCH_NS
    core.analyst = Analyst(FakeEngine(), FakeTextEncoder(), clock)
    for role in ROLES[1:]:
        for item in decider.push(Change(EPOCH_NS, role, State.LIVE, None, None)):
            inbox.put(item)
    for block in sound()[: round(seconds * NS) // BLOCK_NS]:
        if block.end_ns <= EPOCH_NS + media_s * NS:
            media.put(block)
        for voice in voices.push(block):
            for decided in decider.push(voice):
                inbox.put(decided)
        if block.end_ns == EPOCH_NS + 4 * NS:
            inbox.put(Words(EPOCH_NS + NS, EPOCH_NS + 3 * NS, "good day"))
        clock.advance(0.02)
        core.turn()
    core.finish()
    core.close()
    over = threading.Event()
    over.set()
    media.run(frozenset({"audio", "text"}), over)
    return list(memory.records)


def replayed(folder: Path, *faults: str, recogniser: Hears | None = None) -> list[Record]:
    analyst = Analyst(FakeEngine(), FakeTextEncoder(), FakeClock())
    ears = Ears(FakeVoices, lambda _: recogniser or Hears())
    return list(Replay(Recording(folder), analyst, [parse_fault(f) for f in faults], ears).run())


def finals(records: list[Record]) -> list[Reading]:
    newest = {r.window: r for r in records if isinstance(r, Reading) and r.final}
    return list(newest.values())


def heard(faults: list[str], steps: list[Step]) -> list[Step]:
    parsed = [parse_fault(fault) for fault in faults]
    return list(Rehearing(sound(), FakeVoices(), None, WindowSettings(), parsed).steps(steps))


def steps_of_a_session() -> list[Step]:
    voices = FakeVoices()
    live = Change(EPOCH_NS, "mic", State.LIVE, None, None)
    steps: list[Step] = [Mark(Operation.EPOCH, EPOCH_NS), live]
    for block in sound():
        steps += [*voices.push(block), Mark(Operation.ADVANCE, block.end_ns)]
    return steps


def told(steps: list[Step]) -> list[tuple[object, ...]]:
    return [
        (s.time_ns, s.vector.tobytes(), s.speech, s.silent) if isinstance(s, VoiceFeatures) else (s,)
        for s in steps
    ]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Record]]:
    folder = tmp_path_factory.mktemp("reheard") / "original"
    return folder, recorded(folder)


def test_what_is_heard_again_without_a_change_is_what_was_heard_and_comes_when_it_came() -> None:
    steps = steps_of_a_session()
    assert told(heard(["mic:noise=200dB"], steps)) == told(steps)


def test_what_was_not_heard_then_is_not_heard_now() -> None:
    """As where the sound began before everything was loaded, or came too fast for a while."""
    steps = steps_of_a_session()
    heard_then = [s for n, s in enumerate(steps) if isinstance(s, Mark) or not (n < 90 or 200 < n < 300)]
    assert told(heard(["mic:noise=200dB"], heard_then)) == told(heard_then)


def test_noise_is_heard_while_it_lasts() -> None:
    voices = [
        s for s in heard(["mic:noise=0dB@4s+0.5s"], steps_of_a_session()) if isinstance(s, VoiceFeatures)
    ]
    speech_s = [(v.time_ns - EPOCH_NS) / NS for v in voices if v.speech]
    assert [round(at_s, 2) for at_s in speech_s] == [
        *(round(1.0 + 0.04 * n, 2) for n in range(50)),
        *(round(3.96 + 0.04 * n, 2) for n in range(13)),
    ]


def test_a_skewed_clock_runs_away() -> None:
    voices = [s for s in heard(["mic:skew=5000ppm"], steps_of_a_session()) if isinstance(s, VoiceFeatures)]
    ahead_ms = [(v.time_ns - EPOCH_NS - n * 40_000_000) / 1e6 for n, v in enumerate(voices)]
    assert ahead_ms[0] == pytest.approx(0, abs=0.2)
    assert ahead_ms[-1] == pytest.approx(25, abs=0.5)


def test_a_replay_with_nothing_to_hear_answers_as_the_session_did(
    original: tuple[Path, list[Record]],
) -> None:
    folder, records = original
    again = finals(replayed(folder, "mic:noise=200dB"))
    assert [(r.window, r.text, r.label) for r in again] == [
        (r.window, r.text, r.label) for r in finals(records)
    ]
    assert [r.score for r in again] == pytest.approx([r.score for r in finals(records)], abs=1e-3)
    assert [r.end_s for r in again] == pytest.approx([r.end_s for r in finals(records)], abs=2e-3)


def test_noise_over_a_replay_is_taken_for_speech(original: tuple[Path, list[Record]]) -> None:
    folder, records = original
    assert [round(r.end_s, 1) for r in finals(records)] == [3.0]
    noisy = finals(replayed(folder, "mic:noise=0dB"))
    assert noisy[-1].end_s == pytest.approx(SECONDS, abs=0.1)
    assert noisy[0].text == "good day"


def test_the_same_faults_give_the_same_again(original: tuple[Path, list[Record]]) -> None:
    faults = ("mic:noise=5dB@1s+2s", "mic:skew=900ppm", "*:drop=0.2", "mic:unplug@4s+0.5s")
    once, again = replayed(original[0], *faults), replayed(original[0], *faults)
    assert [encode(record) for record in once] == [encode(record) for record in again]
    lost = [r.time_s for r in once if isinstance(r, Event) and r.state is State.LOST]
    assert lost == [pytest.approx(4.0, abs=0.05)]


def test_a_source_that_was_not_there_cannot_fail(original: tuple[Path, list[Record]]) -> None:
    events = [r for r in replayed(original[0], "*:unplug@1s+1s") if isinstance(r, Event)]
    assert {event.source for event in events} == {"mic", "text"}


def test_words_that_were_recognised_are_recognised_again(tmp_path: Path) -> None:
    recorded(tmp_path / "asr", recognises=True)
    hears = Hears()
    assert finals(replayed(tmp_path / "asr", "mic:noise=200dB", recogniser=hears))[0].text == "good"
    assert len(hears.heard) == 1
    assert hears.closed
    assert finals(replayed(tmp_path / "asr", "mic:noise=-10dB@2s+1s"))[0].text == "noise"


def test_an_utterance_ends_with_its_microphone() -> None:
    steps = steps_of_a_session()
    gone = next(n for n, s in enumerate(steps) if isinstance(s, Mark) and s.at_ns >= EPOCH_NS + 2 * NS)
    lost = Change(EPOCH_NS + 2 * NS, "mic", State.LOST, "unplugged", Reason.LOST)
    hears = Hears()
    rehearing = Rehearing(sound(), FakeVoices(), hears, WindowSettings(), [parse_fault("mic:noise=200dB")])
    words = [s for s in rehearing.steps([*steps[: gone + 1], lost]) if isinstance(s, Words)]
    assert [w.text for w in words] == ["good"]
    assert words[0].end_ns == pytest.approx(EPOCH_NS + 2 * NS, abs=50_000_000)


def test_media_that_end_early_end_the_replay_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorded(tmp_path / "short", media_s=2.0)
    records = replayed(tmp_path / "short", "mic:noise=200dB")
    assert "ends early" in caplog.text
    assert isinstance(records[-1], Summary)
    assert records[-1].duration_s == pytest.approx(3.0, abs=0.1)
    assert replayed(tmp_path / "short")[-1] != records[-1]


def test_torn_media_are_used_as_far_as_they_go(
    original: tuple[Path, list[Record]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(original[0], tmp_path / "torn")
    media = tmp_path / "torn" / MEDIA
    with media.open("r+b") as file:
        file.truncate(media.stat().st_size // 2)
    records = replayed(tmp_path / "torn", "mic:noise=200dB")
    assert "ends early" in caplog.text
    assert isinstance(records[-1], Summary)
    assert 2.0 < records[-1].duration_s < 4.5


def test_media_that_are_gone_are_told_in_one_line(
    original: tuple[Path, list[Record]], tmp_path: Path
) -> None:
    shutil.copytree(original[0], tmp_path / "gone")
    (tmp_path / "gone" / MEDIA).unlink()
    with pytest.raises(RecordingError, match=r"media\.mkv is missing, though"):
        replayed(tmp_path / "gone", "mic:noise=10dB")
    assert isinstance(replayed(tmp_path / "gone")[-1], Summary)
    (tmp_path / "gone" / MEDIA).write_bytes(b"\x00" * 5000)
    with pytest.raises(MediaError, match="cannot be read as media"):
        replayed(tmp_path / "gone", "mic:noise=10dB")


def test_recordings_of_the_third_version_stay_readable() -> None:
    """tests/golden/recordings/heard was made by `recorded`, 1.4 s long."""
    records = replayed(GOLDEN / "heard")
    assert [encode(r) for r in records] == (GOLDEN / "heard" / "records.jsonl").read_text().splitlines()
    again = replayed(GOLDEN / "heard", "mic:noise=200dB")
    assert [r.score for r in finals(again)] == pytest.approx([r.score for r in finals(records)], abs=1e-3)
    assert finals(records)


def test_a_recording_of_the_first_version_has_no_media() -> None:
    with pytest.raises(UsageError, match="record with --record-media"):
        replayed(GOLDEN / "whole", "mic:skew=100ppm")
