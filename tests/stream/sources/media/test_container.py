"""Names are those of files, tracks are those that are meant, and heads are not believed blindly."""

import os
import re
from pathlib import Path

import numpy as np
import pytest

from fsrf_live.fsrf.common.errors import MediaError, UsageError
from fsrf_live.stream.sources.decoding import decode_frames, decode_samples, probe, probe_whole
from fsrf_live.stream.sources.media.container import Tracks, wave_goes_on
from fsrf_live.stream.sources.subtitles import read_subtitles
from tests.doubles.inputs import SENTENCE, Workshop, add_subtitles

NAMES = [
    "2024-01-02T10:30:00.mp4",
    "http:talk.mp4",
    "concat:a|b.mp4",
    "file:talk.mp4",
    "talk%03d.mp4",
    "talk [final].mp4",
    "-talk.mp4",
    "\x1b[31mtalk.mp4",
    "talk?*.mp4",
    "Gespräch 谈.mp4",
    "pipe:0",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_that_of_a_file(workshop: Workshop, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(workshop.clip("talk.mp4", images=workshop.smile[:10]).read_bytes())
    assert len(list(decode_frames(tmp_path / name))) == 10


@pytest.mark.parametrize("name", ["a%d.png", "a[0-9].png"])
def test_a_pattern_is_the_name_of_one_picture(workshop: Workshop, tmp_path: Path, name: str) -> None:
    for other in (name, "a1.png", "a2.png"):
        (tmp_path / other).write_bytes(workshop.still("face.png").read_bytes())
    assert len(list(decode_frames(tmp_path / name))) == 1


def test_what_looks_like_an_address_is_not_asked_for() -> None:
    with pytest.raises(MediaError, match="looks like an address"):
        probe("http://127.0.0.1:9/talk.mp4")


def test_a_file_cannot_have_an_address_opened(tmp_path: Path) -> None:
    names = {"list.m3u8": "#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"}
    names["list.ffconcat"] = "ffconcat version 1.0\nfile http://127.0.0.1:9/a.mp4\n"
    names["call.sdp"] = (
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=a\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9000 RTP/AVP 0\n"
    )
    for name, text in names.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(MediaError):
            probe(tmp_path / name)


def test_a_pipe_is_refused_in_one_line(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(MediaError, match="is a pipe"):
        probe(tmp_path / "pipe.mp4")


def test_the_default_track_is_read_and_the_others_are_named(workshop: Workshop) -> None:
    path = workshop.two_pictures("pictures.mkv")
    assert next(decode_frames(path)).image.mean() > 30
    (line,) = probe(path).others
    assert "of 2 tracks of pictures (1, 2 default) number 2 is read" in line
    first = Tracks(1, None, None)
    assert next(decode_frames(path, tracks=first)).image.mean() < 20
    assert probe(path, first).others == ()


def test_so_is_the_default_sound(workshop: Workshop) -> None:
    path = workshop.two_sounds("sounds.mkv")
    loudest = {
        track: max(np.abs(b.samples).max() for b in decode_samples(path, tracks=Tracks(None, track, None)))
        for track in (None, 1, 2)
    }
    assert loudest[1] < 0.01 < loudest[2] == loudest[None]


@pytest.mark.parametrize(
    ("tracks", "option"),
    [(Tracks(3, None, None), "--video-track 3"), (Tracks(None, 1, None), "--audio-track 1")],
)
def test_a_track_that_is_not_there_is_refused(workshop: Workshop, tracks: Tracks, option: str) -> None:
    with pytest.raises(UsageError, match=option):
        probe(workshop.two_pictures("pictures.mkv"), tracks)


def test_english_subtitles_are_read_or_those_asked_for(workshop: Workshop) -> None:
    path = add_subtitles(workshop.clip("film.mkv"), [("deu", "Es war furchtbar."), ("eng", SENTENCE)])
    read = {n: [w.text for w in read_subtitles(path, Tracks(None, None, n))] for n in (None, 1, 2)}
    assert read == {None: [SENTENCE], 1: ["Es war furchtbar."], 2: [SENTENCE]}
    (words,) = read_subtitles(path, Tracks(None, None, 2))
    assert (words.end_ns - words.start_ns) / 1e9 == pytest.approx(2.0)
    assert read_subtitles(workshop.clip("film.mkv"), Tracks(None, None, None)) == []
    with pytest.raises(UsageError, match="--subtitle-track 3"):
        read_subtitles(path, Tracks(None, None, 3))


def test_a_wav_whose_head_tells_too_little_is_read_to_its_end(
    workshop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    voice = workshop.voice[None]
    short = workshop.wave("short.wav", voice, told=voice.size // 2)
    right = workshop.wave("right.wav", voice)
    tagged = workshop.wave("tagged.wav", voice)
    tagged.write_bytes(tagged.read_bytes() + b"TAG\x01" + b"\0" * 124)
    assert [wave_goes_on(path) for path in (short, right, tagged)] == [True, False, False]
    lengths = [sum(len(block.samples) for block in decode_samples(path)) for path in (short, right)]
    assert lengths == [voice.size, voice.size]
    assert caplog.text.count("its head tells too short a length") == 1


@pytest.mark.parametrize("jump_s", [100.0, 3600.0])
@pytest.mark.parametrize("ending", ["mkv", "mp4"])
def test_a_jump_costs_nothing_and_is_said_once(
    workshop: Workshop, caplog: pytest.LogCaptureFixture, jump_s: float, ending: str
) -> None:
    path = workshop.jumping(f"jump.{ending}", jump_s)
    times = [frame.time_ns / 1e9 for frame in decode_frames(path)]
    assert len(times) == 150
    assert times[-1] == pytest.approx(5.96, abs=0.2)
    assert len(re.findall(r"its time stamps jump at (?:2\.9|3\.0) s", caplog.text)) == 1
    assert probe_whole(path).duration_s == pytest.approx(6.0, abs=0.2)


@pytest.mark.parametrize("second_s", [0.0, 3600.0])
def test_joined_streams_are_read_to_the_end(
    workshop: Workshop, caplog: pytest.LogCaptureFixture, second_s: float
) -> None:
    path = workshop.joined(f"joined{second_s:.0f}.ts", second_s)
    frames, blocks = list(decode_frames(path)), list(decode_samples(path))
    assert len(frames) == 150
    assert frames[-1].time_ns / 1e9 == pytest.approx(6.0, abs=0.3)
    assert blocks[-1].time_ns / 1e9 == pytest.approx(5.1, abs=0.3)
    assert caplog.text.count("its time stamps jump") == 1
    late = list(decode_frames(path, 4.0))
    assert (late[0].time_ns, len(late)) == (
        next(f.time_ns for f in frames if f.time_ns >= 4e9),
        len([f for f in frames if f.time_ns >= 4e9]),
    )


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [("a.h264", "libx264", 15), ("a.h264", "libx264", 30), ("a.hevc", "libx265", 25)],
)
def test_pictures_without_stamps_come_at_the_rate_that_the_file_tells(
    workshop: Workshop, name: str, codec: str, rate: int
) -> None:
    path = workshop.clip(name, codec, rate=rate)
    times = [frame.time_ns / 1e9 for frame in decode_frames(path)]
    assert times == pytest.approx([number / rate for number in range(75)], abs=1e-3)
    assert probe_whole(path).duration_s == pytest.approx(75 / rate, abs=0.1)


@pytest.mark.parametrize("name", ["late.mkv", "late.mp4", "late.ts"])
def test_a_file_that_begins_late_begins_at_zero(
    workshop: Workshop, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    path = workshop.clip(name, start_s=10.0, sound=True)
    frames = list(decode_frames(path))
    assert len(frames) == 75
    assert frames[0].time_ns / 1e9 == pytest.approx(0.0, abs=0.1)
    assert probe_whole(path).duration_s == pytest.approx(3.0, abs=0.2)
    assert caplog.text == ""


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png", "a.avif"])
def test_animations_are_clips(workshop: Workshop, name: str) -> None:
    path = workshop.animation(name)
    times = [frame.time_ns / 1e9 for frame in decode_frames(path)]
    assert times == pytest.approx([0.0, 0.2, 0.4, 0.6, 0.8], abs=0.01)
    assert not probe(path).still
    assert probe_whole(path).duration_s == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(
    ("name", "codec"), [("one.mp4", "libx264"), ("one.mkv", "ffv1"), ("one.avi", "mpeg4")]
)
def test_a_clip_of_one_picture_is_a_still(workshop: Workshop, name: str, codec: str) -> None:
    path = workshop.clip(name, codec, images=workshop.smile[:1])
    assert probe(path).still
    assert len(list(decode_frames(path))) == 1
