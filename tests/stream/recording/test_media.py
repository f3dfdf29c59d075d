"""Raw media as they are written and read: real Matroska files, cut anywhere."""

import itertools
import random
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsrf_live.fsrf.common.errors import MediaError, RecordingError
from fsrf_live.stream.flow.items import Frame, Item, Samples, Words, start_ns
from fsrf_live.stream.recording.media import CAPTIONS, MEDIA, MediaWriter, recorded_sound
from fsrf_live.stream.sources.captions import read_captions
from fsrf_live.stream.sources.decoding import decode_frames, decode_samples, probe
from tests.doubles.media import picture, write_video

ORIGIN_NS = 123_456_789_012_345
MS = 1_000_000


def frame(at_ms: float, number: int = 3, width: int = 64, height: int = 48) -> Frame:
    return Frame(ORIGIN_NS + round(at_ms * MS), picture(number, width, height))


def block(at_ms: float, seed: int = 0, samples: int = 320) -> Samples:
    noise = np.random.default_rng(seed).uniform(-1, 1, samples).astype(np.float32)
    return Samples(ORIGIN_NS + round(at_ms * MS), noise)


def written(folder: Path, items: Sequence[Item], *, close: bool = True) -> Path:
    folder.mkdir(exist_ok=True)
    writer = MediaWriter(folder, ORIGIN_NS, size=(64, 48), sound=True)
    for item in items:
        writer.write(item)
    if close:
        writer.close()
    return folder / MEDIA


def conversation(seconds: float = 2.0) -> list[Item]:
    """25 pictures and 50 blocks a second, in order of time."""
    pictures: list[Item] = [frame(40 * n, n) for n in range(round(25 * seconds))]
    sound: list[Item] = [block(20 * n, n) for n in range(round(50 * seconds))]
    return sorted([*pictures, *sound], key=start_ns)


def picture_times_ms(path: Path) -> list[int]:
    return [round(picture.time_ns / MS) for picture in decode_frames(path)]


def test_sound_comes_back_bit_for_bit_at_its_own_times(tmp_path: Path) -> None:
    blocks = [block(0, 1, 1600), block(100.3, 2), block(120.4, 3), block(900.2, 4, 17)]
    back = list(recorded_sound(written(tmp_path, blocks)))
    assert [b.samples.tobytes() for b in back] == [b.samples.tobytes() for b in blocks]
    assert all(abs(b.time_ns - a.time_ns) <= MS // 2 for a, b in zip(blocks, back, strict=True))


def test_pictures_come_back_as_they_were(tmp_path: Path) -> None:
    pictures = [frame(40 * n, n) for n in range(5)]
    back = list(decode_frames(written(tmp_path, pictures)))
    assert [round(b.time_ns / MS) for b in back] == [0, 40, 80, 120, 160]
    for given_one, got in zip(pictures, back, strict=True):
        assert np.abs(given_one.image.astype(int) - got.image).max() <= 4


def test_a_camera_may_return_with_another_size(tmp_path: Path) -> None:
    sizes = [(64, 48), (33, 17), (320, 240)]
    media = written(tmp_path, [frame(40 * n, 3, *size) for n, size in enumerate(sizes)])
    assert [(f.image.shape[1], f.image.shape[0]) for f in decode_frames(media)] == sizes


def test_any_program_reads_it_and_finds_its_way(tmp_path: Path) -> None:
    media = written(tmp_path, conversation())
    info = probe(media)
    assert (info.video, info.audio) == (True, True)
    assert info.duration_s == pytest.approx(2.0, abs=0.05)
    with av.open(str(media)) as container:
        container.seek(1_500_000)
        first = next(container.decode(video=0))
        assert first.time == pytest.approx(1.5, abs=0.3)
        assert first.is_corrupt is False


def test_words_lie_beside_it_as_captions(tmp_path: Path) -> None:
    said = [
        Words(ORIGIN_NS - 5 * MS, ORIGIN_NS + 900 * MS, "how\nnice"),
        Words(ORIGIN_NS + 1_000 * MS, ORIGIN_NS + 2_000 * MS, "", 0.0),
        Words(ORIGIN_NS + 3_723_004 * MS, ORIGIN_NS + 3_723_500 * MS, "a <b> & --> c"),
    ]
    written(tmp_path, [block(0), *said])
    cues = read_captions(tmp_path / CAPTIONS)
    assert [(w.start_ns // MS, w.end_ns // MS, w.text) for w in cues] == [
        (0, 900, "how nice"),
        (3_723_004, 3_723_500, "a <b> & --> c"),
    ]


def test_what_is_out_of_order_is_left_out_and_counted(tmp_path: Path) -> None:
    writer = MediaWriter(tmp_path, ORIGIN_NS, size=None, sound=True)
    for item in (block(-1), block(20), block(20), block(10), frame(30), block(40)):
        writer.write(item)
    writer.close()
    assert writer.left_out == 4
    assert [round((b.time_ns - ORIGIN_NS) / MS) for b in recorded_sound(tmp_path / MEDIA)] == [20, 40]


@settings(max_examples=30, deadline=None)
@given(
    heard=st.lists(st.sampled_from([0, 0, 0, 0, 60, 700, 12_000]), max_size=25),
    seen=st.lists(st.sampled_from([33, 33, 34, 67, 5_000]), max_size=12),
)
def test_gaps_stay_gaps(tmp_path_factory: pytest.TempPathFactory, heard: list[int], seen: list[int]) -> None:
    """Whatever goes missing in between, each item comes back at its own time, and nothing in between."""
    sound_ms = [20 * n + sum(heard[:n]) for n in range(len(heard) + 1)]
    seen_ms = [sum(seen[:n]) for n in range(len(seen) + 1)]
    items: list[Item] = [*map(block, sound_ms), *map(frame, seen_ms)]
    media = written(tmp_path_factory.mktemp("gaps"), sorted(items, key=start_ns))
    assert [round((b.time_ns - ORIGIN_NS) / MS) for b in recorded_sound(media)] == sound_ms
    assert picture_times_ms(media) == seen_ms
    covered_ns = [(b.time_ns, b.end_ns) for b in decode_samples(media)]
    for before, after in itertools.pairwise(sound_ms):
        if after - before > 60:
            middle_ns = (before + after + 20) * MS // 2
            assert not any(start_ns <= middle_ns < end_ns for start_ns, end_ns in covered_ns)


def test_a_file_that_was_never_closed_says_so_and_lacks_a_moment(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    media = written(tmp_path / "whole", conversation(3.0), close=False)
    assert probe(media).duration_s is None
    assert picture_times_ms(media)[-1] >= 2_600
    assert "was never closed: its video ends at 2." in caplog.text
    caplog.clear()
    assert list(recorded_sound(media))[-1].time_ns >= ORIGIN_NS + 2_600 * MS
    assert "was never closed" in caplog.text


def test_cut_anywhere_its_whole_part_is_read(tmp_path: Path) -> None:
    media = written(tmp_path, conversation())
    data = media.read_bytes()
    sound = [b.samples.tobytes() for b in recorded_sound(media)]
    pictures = [f.image.tobytes() for f in decode_frames(media)]
    chance = random.Random(5)
    for size in [*(chance.randrange(len(data)) for _ in range(200)), 0, 1, 700, len(data) - 1]:
        cut = tmp_path / "cut.mkv"
        cut.write_bytes(data[:size])
        try:
            heard = [b.samples.tobytes() for b in recorded_sound(cut)]
            seen = [f.image.tobytes() for f in decode_frames(cut)]
        except MediaError:
            assert size < 1_500
            continue
        assert heard == sound[: len(heard)]
        assert seen == pictures[: len(seen)]
        share = size / len(data)
        assert len(seen) / len(pictures) >= share - 0.35
        assert len(heard) / len(sound) >= share - 0.35


def test_sound_of_others_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="was not written by"):
        list(recorded_sound(write_video(tmp_path / "clip.mkv", sound_s=1.0)))
    with closing(MediaWriter(tmp_path, ORIGIN_NS, size=(64, 48), sound=False)) as writer:
        writer.write(frame(0))
    with pytest.raises(RecordingError, match="holds no sound"):
        list(recorded_sound(tmp_path / MEDIA))
