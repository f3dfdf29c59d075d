import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.flow.items import Frame, Words
from fsrf_live.stream.flow.queues import Latest, Ring

IMAGE = np.zeros((1, 1, 3), np.uint8)


def frame(number: int) -> Frame:
    return Frame(number, IMAGE)


def word(number: int) -> Words:
    return Words(10 * number, 10 * number + 5, str(number))


def test_latest_keeps_the_newest_and_counts_the_others() -> None:
    channel: Latest[Frame] = Latest()
    for number in range(5):
        channel.put(frame(number))
    assert len(channel) == 1
    newest = channel.take()
    assert newest is not None
    assert newest.time_ns == 4
    assert channel.take() is None
    assert channel.drops == 4


@given(st.integers(1, 8), st.lists(st.booleans(), max_size=80))
def test_ring_is_bounded_ordered_and_open_about_what_it_dropped(capacity: int, puts: list[bool]) -> None:
    ring: Ring[Words] = Ring(capacity)
    put = 0
    taken = []
    for is_put in puts:
        if is_put:
            ring.put(word(put))
            put += 1
        elif (item := ring.take()) is not None:
            taken.append(int(item.text))
        assert len(ring) <= capacity
    taken += [int(item.text) for item in ring.drain()]
    assert taken == sorted(set(taken))
    assert len(taken) + ring.drops == put


def test_a_ring_holds_at_least_one() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Ring(0)


@pytest.mark.parametrize("make", [lambda wake: Latest(wake), lambda wake: Ring(4, wake)])
def test_a_put_wakes_who_waits(make: object) -> None:
    wake = threading.Event()
    channel = make(wake)  # type: ignore[operator]
    got: list[Words | None] = []
    thread = threading.Thread(target=lambda: got.append(channel.take(10)))
    thread.start()
    channel.put(word(1))
    thread.join(5)
    assert got == [word(1)]
    assert wake.is_set()
    assert channel.take(0.001) is None
