"""Stamps of packets become one time that goes on, and what needs no mending is left as it is."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.sources.media.stamps import APART_NS, BACK_NS, StampMender

GAP_NS = 10 * NS
Packet = tuple[int, int, int]
"""Track, stamp in ns, length in ns."""


def part(
    begin_s: float, seconds: float, tracks: Sequence[tuple[int, float]] = ((0, 0.04), (1, 0.02))
) -> list[Packet]:
    """Packets of a recording in the order of their stamps, for each track with the length of its packets."""
    packets = [
        (track, round((begin_s + number * step_s) * NS), round(step_s * NS))
        for track, step_s in tracks
        for number in range(round(seconds / step_s))
    ]
    return sorted(packets, key=lambda packet: packet[1])


def mended(packets: Iterable[Packet], gap_ns: int | None = GAP_NS) -> tuple[list[tuple[int, int]], list[int]]:
    """Each packet's track and mended time, and when something was mended."""
    mender = StampMender(gap_ns)
    times = [(track, stamp + mender.shift_of(track, stamp, length)) for track, stamp, length in packets]
    return times, mender.jumps


@pytest.mark.parametrize("second_s", [0.0, 2.0, 3600.0, -3.0, 1e5])
def test_recordings_that_were_joined_go_on_where_the_first_ended(second_s: float) -> None:
    times, jumps = mended([*part(0.0, 5.0), *part(second_s, 5.0)])
    whole, none = mended(part(0.0, 10.0))
    assert jumps == [5 * NS]
    assert none == []
    assert [time for time in times if time[0] == 0] == [time for time in whole if time[0] == 0]
    assert [time for time in times if time[0] == 1] == [time for time in whole if time[0] == 1]


def test_a_packet_of_the_first_part_that_comes_after_the_join_stays_in_the_first() -> None:
    packets = [*part(0.0, 5.0), *part(3600.0, 5.0)]
    last_picture = max(n for n, packet in enumerate(packets[:375]) if packet[0] == 0)
    packets.insert(380, packets.pop(last_picture))
    times, jumps = mended(packets)
    assert len(jumps) == 1
    assert sorted(times) == sorted(mended(part(0.0, 10.0))[0])


def test_a_gap_that_a_recorder_may_leave_is_no_jump() -> None:
    packets = [*part(0.0, 2.0), *part(9.0, 2.0)]
    times, jumps = mended(packets)
    assert jumps == []
    assert times == [(track, stamp) for track, stamp, _ in packets]


def test_a_track_that_pauses_while_another_goes_on_is_no_jump() -> None:
    packets = sorted(
        [*part(0.0, 1.0, [(0, 0.04)]), *part(40.0, 1.0, [(0, 0.04)]), *part(0.0, 41.0, [(1, 0.02)])],
        key=lambda p: p[1],
    )
    assert mended(packets)[1] == []


def test_a_packet_that_fills_an_hour_is_not_believed_to_last_so_long() -> None:
    packets = [(0, 0, NS), (0, NS, 3600 * NS), (0, 3601 * NS, NS)]
    times, jumps = mended(packets)
    assert [time for _, time in times] == [0, NS, NS]
    assert jumps == [NS]


def test_a_recording_of_ours_may_have_any_gap() -> None:
    packets = [*part(0.0, 1.0), *part(5000.0, 1.0)]
    assert mended(packets, None) == ([(track, stamp) for track, stamp, _ in packets], [])


stamps = st.lists(
    st.tuples(st.integers(0, 2), st.integers(-(10**15), 10**15), st.integers(0, 10 * NS)), max_size=60
)


@given(stamps)
def test_time_never_jumps_whatever_the_stamps_are(packets: list[Packet]) -> None:
    ends: dict[int, int] = {}
    lasts: dict[int, int] = {}
    times, _ = mended(packets)
    for (track, time), (_, _, length) in zip(times, packets, strict=True):
        assert time >= lasts.get(track, time) - BACK_NS - APART_NS
        assert time <= max([0, *ends.values()]) + GAP_NS
        lasts[track] = time
        ends[track] = max(ends.get(track, time), time + length)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9 * NS)), max_size=60))
def test_stamps_that_go_on_are_left_alone(steps: list[tuple[int, int]]) -> None:
    now_ns, packets = 0, []
    for track, step in steps:
        now_ns += step
        packets.append((track, now_ns, 0))
    times, jumps = mended(packets)
    assert jumps == []
    assert times == [(track, stamp) for track, stamp, _ in packets]
