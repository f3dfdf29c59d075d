from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.faults.injection import FaultySource, apply, outages
from fsrf_live.stream.faults.kinds import SPEECH_RMS
from fsrf_live.stream.faults.spec import FaultBoard, parse_fault
from fsrf_live.stream.flow.clock import NS, FakeClock
from fsrf_live.stream.flow.items import Arrival, Frame, Item, Role, Samples, Words, due_ns
from fsrf_live.stream.sources.fake import FakeCamera, FakeMicrophone
from fsrf_live.stream.sources.source import EndOfSource, Source
from tests.doubles.sources import ScriptedSource

SENTENCE = "one two three four five six seven eight nine ten"


def frames(seconds: float) -> list[Item]:
    return [
        Frame(n * NS // 25, np.full((4, 4, 3), 100 + n % 100, np.uint8)) for n in range(round(25 * seconds))
    ]


def blocks(seconds: float) -> list[Item]:
    return [Samples(n * NS // 50, np.full(320, 0.1, np.float32)) for n in range(round(50 * seconds))]


def sentences(seconds: float) -> list[Item]:
    return [Words(n * NS, n * NS + NS // 2, SENTENCE) for n in range(round(seconds))]


def done(items: list[Item], role: Role, specs: Sequence[str]) -> list[Arrival]:
    arrivals = [Arrival(due_ns(item), item) for item in items]
    return list(apply(arrivals, role, [parse_fault(spec) for spec in specs]))


def test_without_a_fault_nothing_changes() -> None:
    items = sentences(5)
    assert [arrival.item for arrival in done(items, "text", [])] == items


def test_unplugged_gives_nothing_for_that_time() -> None:
    arrivals = done(frames(4), "camera", ["camera:unplug@1s+2s"])
    assert len(arrivals) == 50
    assert not [a for a in arrivals if NS <= a.at_ns < 3 * NS]
    faults = [parse_fault("*:unplug@7s"), parse_fault("camera:unplug@1s+2s"), parse_fault("mic:unplug@0s+1s")]
    found = outages("camera", faults)
    assert [(start, end) for start, end, _ in found] == [(NS, 3 * NS), (7 * NS, None)]


def test_frozen_repeats_the_picture_of_that_moment() -> None:
    arrivals = done(frames(3), "camera", ["camera:freeze@1s+1s"])
    marks = [int(a.item.image[0, 0, 0]) for a in arrivals if isinstance(a.item, Frame)]
    assert len(arrivals) == 75
    assert set(marks[25:50]) == {marks[24]}
    assert len(set(marks[50:])) == 25
    assert [a.at_ns for a in arrivals] == [n * NS // 25 for n in range(75)]


@pytest.mark.parametrize("spec", ["camera:freeze", "camera:freeze@0s+9s"])
def test_frozen_from_the_beginning_repeats_the_first_picture(spec: str) -> None:
    arrivals = done(frames(3), "camera", [spec])
    assert {int(a.item.image[0, 0, 0]) for a in arrivals if isinstance(a.item, Frame)} == {100}


def test_black_and_mute() -> None:
    black = done(frames(3), "camera", ["camera:black@1s+1s"])
    muted = done(blocks(3), "mic", ["mic:mute@1s+1s"])
    dark = [a.at_ns for a in black if isinstance(a.item, Frame) and not a.item.image.any()]
    quiet = [a.at_ns for a in muted if isinstance(a.item, Samples) and not a.item.samples.any()]
    assert (dark[0], dark[-1], len(dark)) == (NS, 2 * NS - NS // 25, 25)
    assert len(quiet) == 50


@pytest.mark.parametrize("level_db", [0, 10, 30])
def test_noise_is_so_far_below_usual_speech(level_db: int) -> None:
    arrivals = done(blocks(5), "mic", [f"mic:noise={level_db}dB"])
    noise = np.concatenate([a.item.samples for a in arrivals if isinstance(a.item, Samples)]) - 0.1
    assert 20 * np.log10(SPEECH_RMS / noise.std()) == pytest.approx(level_db, abs=0.2)


def test_late_words_keep_their_times_and_late_sound_does_not() -> None:
    words = done(sentences(3), "text", ["text:lag=2s"])
    sound = done(blocks(1), "mic", ["mic:lag=2s"])
    assert [(a.at_ns, a.item) for a in words] == [(due_ns(w) + 2 * NS, w) for w in sentences(3)]
    assert sound[0].at_ns == NS // 50 + 2 * NS
    assert isinstance(sound[0].item, Samples)
    assert sound[0].item.time_ns == 2 * NS


def test_a_lag_that_ends_leaves_everything_in_order() -> None:
    arrivals = done(sentences(10), "text", ["text:lag=3s@2s+2s"])
    assert len(arrivals) == 10
    assert [a.at_ns for a in arrivals] == sorted(a.at_ns for a in arrivals)


def test_a_device_that_catches_up_skips_what_was_on_its_way() -> None:
    arrivals = done(blocks(6), "mic", ["mic:lag=1s@2s+2s"])
    heard = [a.item for a in arrivals if isinstance(a.item, Samples)]
    assert [a.at_ns for a in arrivals] == sorted(a.at_ns for a in arrivals)
    assert all(next_.time_ns >= block.end_ns for block, next_ in pairwise(heard)), "no sound is doubled"
    assert len(heard) == 6 * 50 - 50, "what had not come in was lost"
    late = [a for a in arrivals if 2 * NS <= a.at_ns < 4 * NS]
    assert late[0].at_ns == pytest.approx(3 * NS, abs=NS // 25), "it begins with nothing for so long"


def test_words_that_lagged_come_at_once_when_the_lag_ends() -> None:
    arrivals = done(sentences(6), "text", ["text:lag=10s@0s+3s"])
    assert [a.item for a in arrivals] == sentences(6)
    assert [a.at_ns for a in arrivals][:4] == [due_ns(sentences(4)[3])] * 4


def test_what_is_on_its_way_is_lost_when_a_device_is_unplugged_though_nothing_comes_in_just_then() -> None:
    arrivals = done(sentences(8)[::4], "text", ["text:lag=2s", "text:unplug@1s+0.5s"])
    assert [a.item for a in arrivals] == sentences(8)[4:5]
    assert done(sentences(1), "text", ["text:lag=2s", "text:unplug@1s+0.5s"]) == []


@pytest.mark.parametrize("order", [1, -1])
def test_what_silences_comes_last_in_whatever_order_faults_are_given(order: int) -> None:
    muted = done(blocks(1), "mic", ["mic:mute", "mic:noise=0dB"][::order])
    black = done(frames(1), "camera", ["camera:black", "camera:freeze"][::order])
    assert not any(a.item.samples.any() for a in muted if isinstance(a.item, Samples))
    assert not any(a.item.image.any() for a in black if isinstance(a.item, Frame))


def test_of_faults_of_one_kind_the_last_one_holds() -> None:
    late = done(sentences(1), "text", ["text:lag=5s", "text:lag=1s"])
    assert late[0].at_ns == due_ns(sentences(1)[0]) + NS


def test_what_a_device_skips_shows_in_its_health() -> None:
    clock = FakeClock()
    board = FaultBoard([parse_fault("mic:lag=1s@1s+2s")])
    source = FaultySource(ScriptedSource(blocks(5), "audio", clock), "mic", board, clock)
    read_all(source, clock, 5)
    assert source.health.drops == pytest.approx(50, abs=1)


def test_dropping_loses_that_share() -> None:
    kept = len(done(blocks(40), "mic", ["*:drop=0.3"]))
    assert kept == pytest.approx(1400, abs=60)
    assert done(blocks(2), "mic", ["*:drop=1"]) == []


def test_a_skewed_clock_runs_away_and_stays_away() -> None:
    arrivals = done(blocks(40), "mic", ["mic:skew=500ppm@0s+20s"])
    last = arrivals[-1].item
    assert isinstance(last, Samples)
    assert (last.time_ns - blocks(40)[-1].time_ns) / 1e6 == pytest.approx(10, abs=0.1)  # type: ignore[union-attr]
    stamps = [a.item.time_ns for a in arrivals if isinstance(a.item, Samples)]
    assert stamps == sorted(stamps)


def test_garbled_words_are_lost_or_scrambled() -> None:
    arrivals = done(sentences(200), "text", ["text:garble=0.4"])
    wrong = 0
    for arrival in arrivals:
        assert isinstance(arrival.item, Words)
        heard = arrival.item.text.split()
        wrong += 10 - sum(word in heard for word in SENTENCE.split())
    assert wrong / 2000 == pytest.approx(0.4, abs=0.07)
    assert arrivals[0].item != arrivals[1].item


def test_the_same_faults_do_the_same_again() -> None:
    specs = ["*:drop=0.3", "mic:noise=5dB"]
    first, again = (done(blocks(2), "mic", specs) for _ in range(2))
    assert [a.at_ns for a in first] == [a.at_ns for a in again]
    assert all(
        np.array_equal(a.item.samples, b.item.samples)
        for a, b in zip(first, again, strict=True)
        if isinstance(a.item, Samples) and isinstance(b.item, Samples)
    )


def read_all(source: Source, clock: FakeClock, seconds: float) -> list[tuple[float, Item | str]]:
    """Read as a capture would, opening again after a failure; errors are written out."""
    out: list[tuple[float, Item | str]] = []
    is_open = False
    while clock.now_ns() < seconds * NS:
        try:
            if not is_open:
                source.open()
                is_open = True
            item = source.read()
            if item is not None:
                out.append((clock.now_ns() / NS, item))
        except SourceError as error:
            out.append((clock.now_ns() / NS, str(error)))
            source.close()
            is_open = False
            clock.advance(0.1)
        except EndOfSource:
            break
    source.close()
    return out


def test_a_live_source_that_is_unplugged_refuses_until_it_is_plugged_in() -> None:
    clock = FakeClock()
    board = FaultBoard([parse_fault("camera:unplug@1s+1s")])
    source = FaultySource(FakeCamera(clock), "camera", board, clock)
    seen = read_all(source, clock, 3)
    errors = [at for at, item in seen if isinstance(item, str)]
    pictures = [at for at, item in seen if isinstance(item, Frame)]
    assert errors[0] == pytest.approx(1.0, abs=0.05)
    assert errors[-1] < 2.0
    assert not [at for at in pictures if 1.0 <= at < 2.0]
    assert pictures[-1] > 2.9
    assert source.name == "fake camera"


def test_live_and_from_a_file_the_same_fault_does_the_same() -> None:
    specs = ["mic:noise=10dB", "mic:drop=0.2@1s+1s", "mic:mute@2s+0.5s"]
    clock = FakeClock()
    board = FaultBoard([parse_fault(spec) for spec in specs])
    scripted = ScriptedSource(blocks(3), "audio", clock)
    live = [item for _, item in read_all(FaultySource(scripted, "mic", board, clock), clock, 5)]
    offline = [arrival.item for arrival in done(blocks(3), "mic", specs)]
    assert len(live) == len(offline)
    for one, other in zip(live, offline, strict=True):
        assert isinstance(one, Samples)
        assert isinstance(other, Samples)
        assert one.time_ns == other.time_ns
        assert np.array_equal(one.samples, other.samples)


def test_a_camera_that_is_frozen_shows_the_same_picture_though_it_is_opened_again() -> None:
    clock = FakeClock()
    board = FaultBoard([parse_fault("camera:freeze@1s+4s")])
    shown: list[tuple[float, bytes]] = []
    for until_s in (3, 6):
        source = FaultySource(FakeCamera(clock), "camera", board, clock)
        seen = read_all(source, clock, until_s)
        shown += [(at, item.image.tobytes()) for at, item in seen if isinstance(item, Frame)]
    assert len({picture for at, picture in shown if 1 <= at < 5}) == 1
    assert len({picture for at, picture in shown if at >= 5}) > 20


def test_a_live_lag_delays_and_is_lost_at_an_unplug() -> None:
    clock = FakeClock()
    board = FaultBoard([parse_fault("mic:lag=1s"), parse_fault("mic:unplug@3s+0.5s")])
    seen = read_all(FaultySource(FakeMicrophone(clock), "mic", board, clock), clock, 6)
    heard = [(at, item.time_ns / NS) for at, item in seen if isinstance(item, Samples)]
    assert heard[0][0] == pytest.approx(1.02, abs=0.11)
    assert not [at for at, _ in heard if 3.0 <= at < 4.5]
    assert heard[-1][0] > 5.8


def test_the_skew_shows_in_the_health() -> None:
    clock = FakeClock()
    board = FaultBoard([parse_fault("mic:skew=200ppm@1s+1s")])
    source = FaultySource(FakeMicrophone(clock), "mic", board, clock)
    assert source.health.drift_ppm is None
    clock.advance(1.5)
    assert source.health.drift_ppm == 200


def test_a_file_with_a_fault_is_judged_like_a_device() -> None:
    clock = FakeClock()
    board = FaultBoard([parse_fault("mic:mute@1s+1s")])

    source = FaultySource(ScriptedSource(blocks(3), "audio", clock), "mic", board, clock)
    assert not source.health.faulty
    clock.advance(1.5)
    assert source.health.faulty


def test_a_file_gives_its_late_items_before_it_ends() -> None:
    clock = FakeClock()
    board = FaultBoard([parse_fault("text:lag=5s")])
    seen = read_all(
        FaultySource(ScriptedSource(sentences(3), "text", clock), "text", board, clock), clock, 60
    )
    assert [at for at, _ in seen] == pytest.approx([5.5, 6.5, 7.5], abs=0.11)
