"""Which frames are worth looking at."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.slots import Slots


def test_the_first_frame_of_each_tenth_is_wanted() -> None:
    slots, wanted = Slots(10.0), []
    for time_ns in range(0, NS, NS // 25):
        if slots.free(time_ns):
            slots.take(time_ns)
            wanted.append(time_ns // (NS // 10))
    assert wanted == list(range(10))


@given(st.floats(0.5, 60), st.lists(st.integers(0, 10**12), min_size=1))
def test_a_slot_that_was_taken_last_is_not_free_and_every_other_one_is(
    rate_hz: float, times: list[int]
) -> None:
    slots, length_ns = Slots(rate_hz), round(1e9 / rate_hz)
    assert slots.free(times[0])
    for time_ns, next_ns in pairwise(times):
        slots.take(time_ns)
        assert slots.free(next_ns) == (next_ns // length_ns != time_ns // length_ns)
