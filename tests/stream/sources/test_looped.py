"""A file that is played again and again."""

from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import MediaError
from fsrf_live.stream.flow.clock import NS, Epoch, FakeClock
from fsrf_live.stream.flow.items import Frame, Item, Samples, Words
from fsrf_live.stream.sources.opening import MediaSources, open_media
from fsrf_live.stream.sources.source import Source, SourceSpec
from tests.doubles.media import write_still, write_video

STARTS_NS = 5 * NS


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds, ten pictures a second, with a caption that is over at the end of the first."""
    path = write_video(tmp_path_factory.mktemp("clip") / "clip.mkv", [n / 10 for n in range(20)], sound_s=2.0)
    path.with_suffix(".vtt").write_text("WEBVTT\n\n00:00.200 --> 00:01.000\nhow nice\n")
    return path


def opened(spec: SourceSpec | None) -> Source:
    assert spec is not None
    source = spec.make()
    source.open()
    return source


def looped(clip: Path, clock: FakeClock) -> MediaSources:
    return open_media(clip, clock, Epoch(clock), loop=True)


def until_s(seconds: float, source: Source, clock: FakeClock) -> list[Item]:
    """What comes up to this moment of the session."""
    items = []
    while clock.now_ns() < STARTS_NS + seconds * NS:
        item = source.read()
        items += [] if item is None else [item]
    return items


def starts_s(items: list[Item]) -> list[float]:
    times = [item.start_ns if isinstance(item, Words) else item.time_ns for item in items]
    return [round((time - STARTS_NS) / NS, 2) for time in times]


def test_pictures_come_round_after_round_without_a_gap(clip: Path) -> None:
    clock = FakeClock(STARTS_NS)
    source = opened(looped(clip, clock).video)
    frames = until_s(7.0, source, clock)
    period_s = looped(clip, clock).info.duration_s
    assert period_s is not None
    assert starts_s(frames)[20:22] == [round(period_s, 2), round(period_s + 0.1, 2)]
    assert 68 <= len(frames) <= 71
    assert source.health.drops == 0
    first, second = frames[0], frames[20]
    assert isinstance(first, Frame)
    assert isinstance(second, Frame)
    assert (first.image == second.image).all()


def test_sound_and_captions_keep_step_with_the_pictures(clip: Path) -> None:
    clock = FakeClock(STARTS_NS)
    period_s = looped(clip, clock).info.duration_s
    assert period_s is not None
    words = until_s(3 * period_s, opened(looped(clip, clock).text), clock)
    assert starts_s(words) == [pytest.approx(0.2 + n * period_s, abs=0.011) for n in range(3)]
    clock = FakeClock(STARTS_NS)
    blocks = until_s(3 * period_s, opened(looped(clip, clock).audio), clock)
    rounds = [at for at in starts_s(blocks) if min(at % period_s, period_s - at % period_s) < 0.006]
    assert len(rounds) == 3
    heard = sum(len(b.samples) for b in blocks if isinstance(b, Samples))
    assert heard == pytest.approx(3 * period_s * 16_000, rel=0.01)


def test_opened_again_it_joins_the_round_that_plays_now(clip: Path) -> None:
    clock = FakeClock(STARTS_NS)
    source = opened(looped(clip, clock).video)
    source.read()
    source.close()
    clock.advance(5.0)
    source.open()
    assert starts_s(until_s(5.2, source, clock))[0] == pytest.approx(5.05, abs=0.1)


def test_after_a_sleep_it_goes_on_in_the_present_round(clip: Path) -> None:
    clock = FakeClock(STARTS_NS)
    source = opened(looped(clip, clock).audio)
    until_s(1.0, source, clock)
    clock.advance(100.0)
    assert starts_s(until_s(101.3, source, clock))[-1] == pytest.approx(101.2, abs=0.2)


def test_captions_longer_than_the_clip_are_cut_off_at_its_end(clip: Path, tmp_path: Path) -> None:
    late = tmp_path / "late.vtt"
    late.write_text("WEBVTT\n\n00:00.200 --> 00:01.000\nhow nice\n\n00:30.000 --> 00:31.000\nnever\n")
    clock = FakeClock(STARTS_NS)
    media = open_media(clip, clock, Epoch(clock), late, loop=True)
    words = until_s(40.0, opened(media.text), clock)
    assert {item.text for item in words if isinstance(item, Words)} == {"how nice"}
    assert len(words) >= 18


def test_what_has_no_length_cannot_be_looped(tmp_path: Path) -> None:
    clock = FakeClock()
    with pytest.raises(MediaError, match="how long it lasts"):
        open_media(write_still(tmp_path / "still.png"), clock, Epoch(clock), loop=True)


@pytest.mark.parametrize("part", ["video", "audio", "text"])
def test_each_part_gives_a_fresh_source_with_the_name_of_its_file(clip: Path, part: str) -> None:
    spec: SourceSpec = getattr(looped(clip, FakeClock()), part)
    assert spec.make() is not spec.make()
    assert spec.make().name == spec.name == str(clip if part != "text" else clip.with_suffix(".vtt"))
