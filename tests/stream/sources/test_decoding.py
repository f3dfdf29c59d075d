import logging
from pathlib import Path

import numpy as np
import pytest

from fsrf_live.fsrf.common.errors import MediaError
from fsrf_live.stream.sources.decoding import decode_frames, decode_samples, probe
from tests.doubles.media import truncated, write_sound, write_still, write_video


def heard(path: Path, start_s: float = 0.0) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.concatenate([block.samples for block in decode_samples(path, start_s)])


@pytest.mark.parametrize(
    ("name", "rate_hz", "layout"),
    [
        ("low.wav", 8_000, "mono"),
        ("high.flac", 96_000, "mono"),
        ("stereo.wav", 44_100, "stereo"),
        ("cinema.wav", 48_000, "7.1"),
        ("film.m4a", 48_000, "5.1"),
    ],
)
def test_any_sound_becomes_mono_16_khz(tmp_path: Path, name: str, rate_hz: int, layout: str) -> None:
    path = write_sound(tmp_path / name, 1.0, rate_hz, layout)
    samples = heard(path)
    assert len(samples) == pytest.approx(16_000, abs=1200)
    assert samples.dtype == np.float32
    assert 0.4 < np.abs(samples).max() <= 1.0
    spectrum = np.abs(np.fft.rfft(samples[:16_000]))
    assert abs(int(spectrum.argmax()) - 440) <= 2
    assert list(decode_frames(path)) == []


def test_blocks_follow_each_other_without_a_gap(tmp_path: Path) -> None:
    blocks = list(decode_samples(write_sound(tmp_path / "a.flac", 2.0, 44_100)))
    steps = np.diff([block.time_ns for block in blocks])
    assert np.all(np.abs(steps - 20_000_000) < 10)
    assert blocks[0].time_ns < 3_000_000


def test_pictures_keep_their_own_times(tmp_path: Path) -> None:
    times_s = [0.0, 0.04, 0.5, 0.52, 2.0]
    frames = list(decode_frames(write_video(tmp_path / "vfr.mkv", times_s)))
    assert [frame.time_ns / 1e9 for frame in frames] == pytest.approx(times_s, abs=0.002)
    assert {frame.image.shape for frame in frames} == {(48, 64, 3)}
    assert frames[0].image.dtype == np.uint8


def test_pictures_are_as_they_were_drawn(tmp_path: Path) -> None:
    frame = next(decode_frames(write_still(tmp_path / "p.png")))
    assert frame.image[0, 0].tolist() == [70, 70, 70]
    assert frame.image[-1, 0].tolist() == [140, 140, 140]


def test_a_large_picture_is_made_smaller(tmp_path: Path) -> None:
    assert next(decode_frames(write_still(tmp_path / "p.png", (2560, 1440)))).image.shape == (720, 1280, 3)


def test_one_pixel_is_a_picture_too(tmp_path: Path) -> None:
    assert next(decode_frames(write_still(tmp_path / "p.png", (1, 1)))).image.shape == (1, 1, 3)
    assert len(list(decode_frames(write_video(tmp_path / "v.mkv", size=(1, 1))))) == 25


def test_what_is_in_a_file(tmp_path: Path) -> None:
    both = probe(write_video(tmp_path / "both.mp4", sound_s=1.0))
    video = probe(write_video(tmp_path / "video.mp4"))
    audio = probe(write_sound(tmp_path / "audio.wav"))
    still = probe(write_still(tmp_path / "still.png"))
    assert (both.video, both.audio, both.still) == (True, True, False)
    assert (video.video, video.audio, video.still) == (True, False, False)
    assert (audio.video, audio.audio, audio.still) == (False, True, False)
    assert (still.video, still.audio, still.still) == (True, False, True)
    assert both.duration_s == pytest.approx(1.0, abs=0.1)


def test_decoding_may_begin_in_the_middle(tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.mkv", [n / 25 for n in range(100)], sound_s=4.0)
    frames = list(decode_frames(path, 3.0))
    blocks = list(decode_samples(path, 3.0))
    assert frames[0].time_ns / 1e9 == pytest.approx(3.0, abs=0.041)
    assert len(frames) == 25
    assert blocks[0].time_ns / 1e9 == pytest.approx(3.0, abs=0.1)


def test_a_file_that_was_cut_off_gives_what_it_has_and_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = truncated(write_video(tmp_path / "v.mkv", [n / 25 for n in range(150)], sound_s=6.0), 0.5)
    with caplog.at_level(logging.WARNING):
        frames, samples = list(decode_frames(path)), heard(path)
    assert 60 < len(frames) < 90
    assert 2 < len(samples) / 16_000 < 4
    assert "its video ends at" in caplog.text
    assert "its audio ends at" in caplog.text


def test_damage_in_the_middle_costs_that_part(tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.mkv", [n / 25 for n in range(100)])
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 40] = b"\xff" * 40
    path.write_bytes(data)
    assert len(list(decode_frames(path))) > 40


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("missing.mp4", None, "does not exist"),
        ("empty.mp4", b"", "is empty"),
        ("letter.mp4", b"Dear Sir or Madam,\n" * 500, "cannot be read as media"),
    ],
)
def test_no_media(tmp_path: Path, name: str, content: bytes | None, complaint: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    for look in (probe, lambda p: list(decode_frames(p)), lambda p: list(decode_samples(p))):
        with pytest.raises(MediaError, match=complaint) as caught:
            look(path)
        assert "\n" not in str(caught.value)


def test_a_folder_is_no_media(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be read as media"):
        probe(tmp_path)


def test_an_mp4_without_its_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="is the file whole"):
        probe(truncated(write_video(tmp_path / "v.mp4"), 0.6))
