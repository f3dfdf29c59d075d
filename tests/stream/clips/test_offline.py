"""Files, stills and texts through the core, with fake extractors and a fake engine."""

import json
import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from fsrf_live.fsrf.common.errors import MediaError, SourceError
from fsrf_live.stream.clips.job import Job, OfflineMakers
from fsrf_live.stream.clips.offline import BATCH, Offline
from fsrf_live.stream.faults.spec import parse_fault
from fsrf_live.stream.flow.clock import MonotonicClock
from fsrf_live.stream.flow.items import FaceFeatures, Frame, Reason, State, Words
from fsrf_live.stream.flow.records import Event, Reading, Record, Summary, encode
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.speech.recogniser import Recogniser
from tests.doubles.fakes import FakeEngine, FakeFaces, FakeTextEncoder, FakeVoices, face, no_face
from tests.doubles.recognisers import Baffled, Dictation

RATE, BLOCK = 16_000, 1600
NS = 1_000_000_000


class Stills:
    """Everything bright is a face."""

    def extract(self, frame: Frame) -> FaceFeatures:
        return face(frame.time_ns, 0.5) if frame.image.mean() > 100 else no_face(frame.time_ns)

    def close(self) -> None:
        """Nothing is held."""


def offline(recognises: bool = False, engine: FakeEngine | None = None) -> Offline:
    clock = MonotonicClock()
    makers = OfflineMakers(FakeFaces, FakeVoices, Stills, Dictation if recognises else None)
    return Offline(Analyst(engine or FakeEngine(), FakeTextEncoder(), clock), makers, clock)


def analysed(job: Job, recognises: bool = False) -> list[Record]:
    return list(offline(recognises).analyze(job))


def readings(records: list[Record], final: bool = True) -> list[Reading]:
    return [record for record in records if isinstance(record, Reading) and record.final >= final]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds: a bright picture, a tone from 1 s to 3 s and from 4 s to 5 s."""
    import av

    path = tmp_path_factory.mktemp("clips") / "clip.mkv"
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        for index in range(60):
            image = np.full((48, 64, 3), 120 + index, np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        samples = tone(6.0, (1.0, 3.0), (4.0, 5.0))
        for start in range(0, len(samples), BLOCK):
            part = np.ascontiguousarray(samples[None, start : start + BLOCK])
            block = av.AudioFrame.from_ndarray(part, format="s16", layout="mono")
            block.sample_rate, block.pts, block.time_base = RATE, start, Fraction(1, RATE)
            container.mux(audio.encode(block))
        container.mux(audio.encode(None))
    return path


def tone(seconds: float, *loud: tuple[float, float]) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    time_s = np.arange(round(seconds * RATE)) / RATE
    level = np.full(len(time_s), 0.01)
    for start, end in loud:
        level[(time_s >= start) & (time_s < end)] = 0.5
    return np.asarray(32767 * level * np.sin(2 * np.pi * 200 * time_s), np.int16)


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "sound.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(tone(4.0, (1.0, 2.0)).tobytes())
    return path


@pytest.fixture
def picture(tmp_path: Path) -> Callable[[int], Path]:
    def make(grey: int) -> Path:
        import cv2

        path = tmp_path / f"{grey}.png"
        cv2.imwrite(str(path), np.full((32, 32, 3), grey, np.uint8))
        return path

    return make


def test_a_clip_gives_its_utterances_and_one_summary(clip: Path) -> None:
    records = analysed(Job(clip))
    spoken = [r for r in readings(records) if r.modalities["audio"].state == "present"]
    assert [(round(r.start_s, 1), round(r.end_s, 1)) for r in spoken] == [(0.7, 3.0), (3.7, 5.0)]
    assert all(r.modalities["video"].state == "present" for r in spoken)
    assert all(r.latency_ms.wait == 600 for r in spoken)
    assert isinstance(records[-1], Summary)
    assert records[-1].duration_s == pytest.approx(6.0, abs=0.1)
    assert [r for r in records if isinstance(r, Summary)] == [records[-1]]


def test_the_same_clip_gives_the_same_bytes(clip: Path) -> None:
    def told() -> list[str]:
        lines = []
        for record in analysed(Job(clip, captions=[Words(NS, 3 * NS, "good")])):
            values = json.loads(encode(record))
            values.pop("latency_ms", None)
            lines.append(json.dumps(values))
        return lines

    assert told() == told()


def test_captions_belong_to_what_is_said_when(clip: Path) -> None:
    captions = [Words(NS, 3 * NS, "good"), Words(4 * NS, 5 * NS, "bad")]
    texts = {r.window: r.text for r in readings(analysed(Job(clip, captions=captions)))}
    assert [text for _, text in sorted(texts.items()) if text] == ["good", "bad"]


def test_a_text_without_times_is_what_is_said_in_the_clip(clip: Path) -> None:
    assert any(r.text == "good" for r in readings(analysed(Job(clip, text="good"))))


def test_speech_is_recognised_where_nothing_else_says_what_is_said(clip: Path) -> None:
    records = analysed(Job(clip), recognises=True)
    revised = [r for r in readings(records) if r.text]
    assert [r.text for r in revised] == ["good", "good"]
    assert not any(r.text for r in readings(analysed(Job(clip, captions=[Words(0, 1, "")]), recognises=True)))


def test_what_is_left_out_is_disabled(clip: Path) -> None:
    records = analysed(Job(clip, text="good", without=frozenset(("audio", "text"))))
    for reading in readings(records):
        assert reading.modalities["audio"].reason is Reason.DISABLED
        assert reading.modalities["text"].reason is Reason.DISABLED
        assert reading.end_s - reading.start_s <= 3.0
    assert len(readings(records)) == 2


def test_nothing_left_is_a_summary_that_says_so(clip: Path) -> None:
    (summary,) = analysed(Job(clip, without=frozenset(("audio", "video"))))
    assert isinstance(summary, Summary)
    assert (summary.score, summary.reason) == (None, "there was nothing to read")


def test_a_rehearsed_fault_does_what_it_does_live(clip: Path) -> None:
    records = analysed(Job(clip, faults=[parse_fault("mic:unplug@2s")]))
    states = [(round(r.time_s, 1), r.state) for r in records if isinstance(r, Event) and r.source == "mic"]
    assert (2.0, State.LOST) in states
    first, *rest = readings(records)
    assert first.end_s == pytest.approx(2.0, abs=0.05)
    assert rest
    assert all(r.modalities["audio"].reason is Reason.LOST for r in rest)


def test_an_utterance_of_which_nothing_is_understood_is_unclear_in_its_next_revision(clip: Path) -> None:
    baffled = Offline(
        Analyst(FakeEngine(), FakeTextEncoder(), MonotonicClock()),
        OfflineMakers(FakeFaces, FakeVoices, Stills, Baffled),
        MonotonicClock(),
    )
    newest = {reading.window: reading for reading in readings(list(baffled.analyze(Job(clip))))}
    spoken = [r.modalities["text"] for r in newest.values() if r.modalities["audio"].state != "missing"]
    assert [(text.state, text.reason) for text in spoken] == [("missing", Reason.UNCLEAR)] * 2


def test_recognised_words_suffer_the_faults_of_the_text(clip: Path) -> None:
    late = analysed(Job(clip, faults=[parse_fault("text:unplug@4.5s")]), recognises=True)
    assert {r.window: bool(r.text) for r in readings(late) if r.modalities["audio"].state == "present"} == {
        0: True,
        1: False,
    }
    assert any(isinstance(r, Event) and (r.source, r.state) == ("text", State.LOST) for r in late)


def test_recognised_words_are_lost_with_the_microphone_but_for_those_that_were_said(clip: Path) -> None:
    records = analysed(Job(clip, faults=[parse_fault("mic:unplug@2s+3.5s")]), recognises=True)
    said, unheard, *_ = {r.window: r for r in readings(records)}.values()
    assert said.end_s == pytest.approx(2.0, abs=0.05)
    assert unheard.end_s - unheard.start_s == pytest.approx(3.0)
    assert (said.text, unheard.text) == ("good", "")
    assert unheard.modalities["text"].reason is Reason.LOST
    states = [r.state for r in records if isinstance(r, Event) and r.source == "text"]
    assert states == [State.LIVE, State.LOST, State.LIVE]


def test_sound_alone(sound: Path) -> None:
    (reading,) = readings(analysed(Job(sound)))
    assert reading.modalities["video"].reason is Reason.ABSENT
    assert (round(reading.start_s, 1), round(reading.end_s, 1)) == (0.7, 2.0)


def test_a_still_picture(picture: Callable[[int], Path]) -> None:
    reading, summary = analysed(Job(picture(200), text="good"))
    assert isinstance(reading, Reading)
    assert reading.score == pytest.approx(1.6)
    assert isinstance(summary, Summary)
    assert summary.score == pytest.approx(1.6)
    (dark, _) = analysed(Job(picture(20)))
    assert isinstance(dark, Reading)
    assert dark.modalities["video"].reason is Reason.NO_FACE


def test_text_alone_and_captions_alone() -> None:
    reading, summary = analysed(Job(text="good"))
    assert isinstance(reading, Reading)
    assert (reading.text, reading.final) == ("good", True)
    assert isinstance(summary, Summary)
    assert summary.score == pytest.approx(1.1)
    captions = [Words(i * NS, (i + 1) * NS, "good" if i % 2 else "bad") for i in range(2 * BATCH)]
    assert len(readings(analysed(Job(captions=captions)))) == 2 * BATCH


GERMAN = "Das war wirklich ein guter Tag für uns alle."


def test_text_in_a_language_that_is_not_read_is_missing_for_that(clip: Path) -> None:
    jobs = [Job(text=GERMAN), Job(captions=[Words(0, NS, GERMAN)]), Job(clip, text=GERMAN)]
    for job in jobs:
        *_, reading = readings(analysed(job))
        text = reading.modalities["text"]
        assert (reading.text, text.state, text.reason) == (GERMAN, "missing", Reason.LANGUAGE)
    (taken,) = readings(analysed(Job(text=GERMAN, language="en")))
    assert taken.modalities["text"].state == "present"


def test_a_long_text_is_read_to_its_end() -> None:
    text = "This was good. " * 20 + "That was bad. " * 60
    told = readings(analysed(Job(text=text)))
    assert " ".join(reading.text for reading in told) == text.strip()
    assert all(len(reading.text.split()) <= 60 for reading in told)
    (summary,) = offline().manifest([Job(text=text)])
    assert summary.windows == len(told) > 4
    assert summary.score == pytest.approx(np.mean([reading.score for reading in told]))


def test_a_long_text_is_spread_over_the_clip_that_it_is_said_in(clip: Path) -> None:
    text = " ".join(["soon"] * 40) + "\n" + " ".join(["late"] * 40)
    told = {reading.window: reading.text for reading in readings(analysed(Job(clip, text=text)))}
    assert [set(said.split()) for _, said in sorted(told.items()) if said] == [{"soon"}, {"late"}]


def test_a_long_text_is_read_beside_the_picture_that_it_is_of(picture: Callable[[int], Path]) -> None:
    told = readings(analysed(Job(picture(200), text="It was good. " * 40)))
    assert len(told) > 2
    assert {reading.modalities["video"].state for reading in told} == {"present"}


def test_an_empty_text_has_nothing_to_say() -> None:
    (summary,) = analysed(Job(text="  "))
    assert isinstance(summary, Summary)
    assert summary.score is None


def test_what_is_no_media_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MediaError):
        analysed(Job(tmp_path / "missing.mp4"))


def test_a_manifest_gives_a_summary_a_row_in_order_and_goes_on_after_an_error(
    clip: Path, tmp_path: Path
) -> None:
    engine = FakeEngine()
    rows: list[Job | MediaError] = [Job(text="good") for _ in range(BATCH + 3)]
    rows += [
        Job(tmp_path / "missing.mp4"),
        Job(clip),
        MediaError("row makes no sense"),
        Job(text="bad"),
        Job(),
    ]
    summaries = list(offline(engine=engine).manifest(rows))
    assert [summary.row for summary in summaries] == list(range(1, len(rows) + 1))
    failed = {summary.row: summary.error for summary in summaries if summary.error}
    assert list(failed) == [BATCH + 4, BATCH + 6]
    assert "does not exist" in str(failed[BATCH + 4])
    assert failed[BATCH + 6] == "row makes no sense"
    assert summaries[0].score == pytest.approx(1.1)
    assert summaries[-2].score == pytest.approx(-0.9)
    assert summaries[-1].reason == "there was nothing to read"
    assert engine.runs[:2] == [BATCH, 3]


def test_a_recogniser_that_cannot_be_had_costs_the_words_and_one_line(
    clip: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def missing() -> Recogniser:
        raise SourceError("no speech model for en is on this machine")

    makers = OfflineMakers(FakeFaces, FakeVoices, Stills, missing)
    clock = MonotonicClock()
    hears = Offline(Analyst(FakeEngine(), FakeTextEncoder(), clock), makers, clock)
    summaries = list(hears.manifest([Job(clip), Job(clip)]))
    assert [summary.error for summary in summaries] == [None, None]
    assert all(summary.windows for summary in summaries)
    assert [record.getMessage() for record in caplog.records] == [
        "no speech model for en is on this machine; going on without words"
    ]
