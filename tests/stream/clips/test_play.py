"""Files in media time, with faults and supervision."""

from collections.abc import Iterator

import numpy as np

from fsrf_live.stream.clips.play import Moment, play
from fsrf_live.stream.faults.spec import parse_fault
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import Arrival, Frame, Reason, Samples, State, Words, due_ns


def pictures(seconds: float, rate_hz: int = 10) -> Iterator[Arrival]:
    for i in range(round(seconds * rate_hz)):
        image = np.full((16, 16, 3), 50 + i % 200, np.uint8)
        yield Arrival(i * NS // rate_hz, Frame(i * NS // rate_hz, image))


def sound(seconds: float) -> Iterator[Arrival]:
    for i in range(round(seconds * 50)):
        block = Samples(i * 20_000_000, np.full(320, 0.1 + 0.001 * (i % 7), np.float32))
        yield Arrival(due_ns(block), block)


def changes(steps: list[Moment], source: str) -> list[tuple[float, State, Reason | None]]:
    return [
        (round(c.time_ns / NS, 2), c.state, c.cause)
        for step in steps
        for c in step.changes
        if c.source == source
    ]


def run(*faults: str, seconds: float = 10.0) -> list[Moment]:
    streams = {"camera": pictures(seconds), "mic": sound(seconds)}
    return list(play(streams, [parse_fault(fault) for fault in faults]))  # type: ignore[arg-type]


def test_items_come_in_order_of_time_and_files_end() -> None:
    steps = run(seconds=2.0)
    assert [step.at_ns for step in steps] == sorted(step.at_ns for step in steps)
    assert sum(isinstance(step.item, Frame) for step in steps) == 20
    assert sum(isinstance(step.item, Samples) for step in steps) == 100
    assert changes(steps, "camera") == [(0.0, State.LIVE, None), (1.9, State.ENDED, Reason.ABSENT)]
    assert changes(steps, "mic")[-1] == (2.0, State.ENDED, Reason.ABSENT)


def test_an_unplugged_camera_is_lost_at_once_and_live_again_with_its_first_picture() -> None:
    steps = run("camera:unplug@3s+2s")
    assert changes(steps, "camera")[1:4] == [
        (3.0, State.LOST, Reason.LOST),
        (5.0, State.RECONNECTING, Reason.LOST),
        (5.0, State.LIVE, None),
    ]
    assert not any(isinstance(s.item, Frame) and 3 * NS <= s.at_ns < 5 * NS for s in steps)
    assert sum(isinstance(step.item, Samples) for step in steps) == 500


def test_an_unplugged_camera_stays_lost_while_the_sound_goes_on() -> None:
    states = changes(run("camera:unplug@3s"), "camera")
    assert [state for _, state, _ in states] == [State.LIVE, State.LOST, State.ENDED]


def test_a_frozen_picture_is_noticed_after_a_second_and_not_passed_on() -> None:
    steps = run("camera:freeze@3s+3s")
    (at_s, state, cause) = changes(steps, "camera")[1]
    assert (state, cause) == (State.STALLED, Reason.FROZEN)
    assert 3.9 <= at_s <= 4.2
    assert changes(steps, "camera")[2][1] is State.LIVE
    assert 68 <= sum(isinstance(step.item, Frame) for step in steps) <= 72


def test_a_muted_microphone_is_silent_after_half_a_second() -> None:
    steps = run("mic:mute@3s+3s")
    (at_s, state, cause) = changes(steps, "mic")[1]
    assert (state, cause) == (State.STALLED, Reason.SILENT)
    assert 3.4 <= at_s <= 3.7


def test_a_fault_beyond_the_end_changes_nothing() -> None:
    plain, faulty = run(seconds=2.0), run("camera:unplug@50s+2s", seconds=2.0)
    assert [(s.at_ns, s.changes) for s in faulty] == [(s.at_ns, s.changes) for s in plain]


def test_captions_do_not_stall() -> None:
    words = [Arrival(9 * NS, Words(8 * NS, 9 * NS, "late"))]
    steps = list(play({"text": words, "camera": pictures(10.0)}))
    assert [state for _, state, _ in changes(steps, "text")] == [State.LIVE, State.ENDED]
    assert any(isinstance(step.item, Words) for step in steps)
