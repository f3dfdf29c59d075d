from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import MediaError
from fsrf_live.stream.flow.clock import NS, Epoch, FakeClock
from fsrf_live.stream.flow.items import Frame, Item, Samples
from fsrf_live.stream.sources.decoding import decode_frames, decode_samples
from fsrf_live.stream.sources.files import SoundFile, VideoFile
from fsrf_live.stream.sources.source import EndOfSource, Source
from tests.doubles.media import write_video


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clip")
    return write_video(folder / "clip.mkv", [n / 25 for n in range(75)], sound_s=3.0)


def played(source: Source, clock: FakeClock) -> list[tuple[int, Item]]:
    """Read to the end: each item with the moment at which it came."""
    out = []
    try:
        while True:
            item = source.read()
            if item is not None:
                out.append((clock.now_ns(), item))
    except EndOfSource:
        return out


def test_live_and_offline_give_the_same_at_their_moments(clip: Path) -> None:
    clock = FakeClock(5 * NS)
    epoch = Epoch(clock)
    video = VideoFile(clip, clock, epoch)
    video.open()
    seen = played(video, clock)
    assert [item.time_ns - 5 * NS for _, item in seen if isinstance(item, Frame)] == [
        frame.time_ns for frame in decode_frames(clip)
    ]
    assert all(at == item.time_ns for at, item in seen if isinstance(item, Frame))


def test_sound_comes_when_it_has_been_heard(clip: Path) -> None:
    clock = FakeClock(5 * NS)
    sound = SoundFile(clip, clock, Epoch(clock))
    sound.open()
    seen = played(sound, clock)
    assert len(seen) == len(list(decode_samples(clip)))
    assert all(at == item.end_ns for at, item in seen if isinstance(item, Samples))


def test_both_play_from_the_same_moment(clip: Path) -> None:
    clock = FakeClock(NS)
    epoch = Epoch(clock)
    first, second = VideoFile(clip, clock, epoch), SoundFile(clip, clock, epoch)
    first.open()
    clock.advance(0.2)
    second.open()
    block = second.read()
    assert isinstance(block, Samples)
    assert block.time_ns - NS < 5_000_000


@pytest.mark.parametrize("kind", [VideoFile, SoundFile])
def test_opened_again_it_goes_on_where_the_time_is(
    clip: Path, kind: type[VideoFile] | type[SoundFile]
) -> None:
    clock = FakeClock()
    source = kind(clip, clock, Epoch(clock))
    source.open()
    assert source.read() is not None
    source.close()
    clock.advance(2.0)
    source.open()
    item = source.read()
    while item is None:
        item = source.read()
    assert item.time_ns / NS == pytest.approx(2.05, abs=0.1)
    source.close()


def test_pictures_that_this_machine_is_too_slow_for_are_left_out_and_counted(clip: Path) -> None:
    clock = FakeClock()
    video = VideoFile(clip, clock, Epoch(clock))
    video.open()
    times = []
    try:
        while True:
            frame = video.read()
            if frame is not None:
                times.append(frame.time_ns)
                clock.advance(0.3)
    except EndOfSource:
        pass
    assert len(times) + video.health.drops == 75
    assert len(times) < 25
    assert times == sorted(times)


@pytest.mark.parametrize("kind", [VideoFile, SoundFile])
def test_a_file_that_has_gone_is_an_error(tmp_path: Path, kind: type[VideoFile] | type[SoundFile]) -> None:
    clock = FakeClock()
    source = kind(tmp_path / "gone.mp4", clock, Epoch(clock))
    source.open()
    with pytest.raises(MediaError, match="does not exist"):
        source.read()
    source.close()


def test_a_read_never_waits_longer_than_100_ms(clip: Path) -> None:
    clock = FakeClock(10 * NS)
    epoch = Epoch(clock)
    epoch.fix(12 * NS)
    video = VideoFile(clip, clock, epoch)
    video.open()
    assert video.read() is None
    assert clock.now_ns() == 10 * NS + NS // 10
