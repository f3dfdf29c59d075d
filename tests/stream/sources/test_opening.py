from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import FsrfError, MediaError, UsageError
from fsrf_live.stream.flow.clock import Epoch, FakeClock
from fsrf_live.stream.sources.opening import open_camera, open_media, open_microphone, open_text
from fsrf_live.stream.sources.source import SourceSpec
from tests.doubles.media import write_sound, write_video

CLOCK = FakeClock()
EPOCH = Epoch(CLOCK)


def made(spec: SourceSpec | None) -> str:
    """What a description says, and what it makes: a fresh source each time, of the same modality and name."""
    assert spec is not None
    source = spec.make()
    assert spec.make() is not source
    assert (source.modality, source.name) == (spec.modality, spec.name)
    return f"{type(source).__name__} {spec.kind} {spec.modality} {spec.name}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_video(tmp_path / "talk.mkv", sound_s=1.0)
    write_video(tmp_path / "film.mp4")
    write_sound(tmp_path / "voice.wav")
    (tmp_path / "talk.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nhello\n")
    return tmp_path


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("0", "Camera device video camera 0"),
        ("HD Webcam", "Camera device video HD Webcam"),
        ("/dev/video2", "Camera device video /dev/video2"),
        ("rtsp://ann:pw@cam/s.mp4", "Camera device video rtsp://…@cam/s.mp4"),
        ("fake", "FakeCamera fake video fake camera"),
    ],
)
def test_cameras(spec: str, expected: str) -> None:
    assert made(open_camera(spec, CLOCK, EPOCH)) == expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("default", "Microphone device audio microphone default"),
        ("3", "Microphone device audio microphone 3"),
        ("USB Audio", "Microphone device audio microphone USB Audio"),
        ("fake", "FakeMicrophone fake audio fake microphone"),
    ],
)
def test_microphones(spec: str, expected: str) -> None:
    assert made(open_microphone(spec, CLOCK, EPOCH)) == expected


def test_files(folder: Path) -> None:
    talk, voice, captions = str(folder / "talk.mkv"), str(folder / "voice.wav"), str(folder / "talk.vtt")
    assert made(open_camera(talk, CLOCK, EPOCH)) == f"VideoFile file video {talk}"
    assert made(open_microphone(talk, CLOCK, EPOCH)) == f"SoundFile file audio {talk}"
    assert made(open_microphone(voice, CLOCK, EPOCH)) == f"SoundFile file audio {voice}"
    assert made(open_text(captions, CLOCK, EPOCH)) == f"CaptionFile file text {captions}"
    assert made(open_text("stdin", CLOCK, EPOCH)) == "StandardInput pipe text standard input"


def test_none_is_none() -> None:
    assert open_camera("none", CLOCK, EPOCH) is None
    assert open_microphone("none", CLOCK, EPOCH) is None
    assert open_text("none", CLOCK, EPOCH) is None


def test_media_with_the_captions_beside_it(folder: Path) -> None:
    media = open_media(folder / "talk.mkv", CLOCK, EPOCH)
    assert media.captions == folder / "talk.vtt"
    assert [made(part).split()[0] for part in (media.video, media.audio, media.text)] == [
        "VideoFile",
        "SoundFile",
        "CaptionFile",
    ]
    alone = open_media(folder / "film.mp4", CLOCK, EPOCH)
    assert (alone.audio, alone.text) == (None, None)
    given = open_media(folder / "film.mp4", CLOCK, EPOCH, captions=folder / "talk.vtt")
    assert given.captions == folder / "talk.vtt"


@pytest.mark.parametrize(
    ("open_it", "name", "error", "complaint"),
    [
        (open_camera, "no.mp4", MediaError, "does not exist"),
        (open_camera, "voice.wav", MediaError, "holds no pictures"),
        (open_microphone, "film.mp4", MediaError, "holds no sound"),
        (open_text, "no.vtt", MediaError, "No such file"),
        (open_text, "talk.mkv", UsageError, "ends in .vtt or .srt"),
    ],
)
def test_wrong_files_are_told_at_once(
    folder: Path, open_it: object, name: str, error: type[FsrfError], complaint: str
) -> None:
    with pytest.raises(error, match=complaint):
        open_it(str(folder / name), CLOCK, EPOCH)  # type: ignore[operator]
