"""Items on their way from a source that lags."""

from fsrf_live.stream.faults.delay import Delayed
from fsrf_live.stream.flow.items import Words


def taken(late: Delayed[Words] | Delayed[str], now_ns: int) -> list[tuple[int, Words | str]]:
    found: list[tuple[int, Words | str]] = []
    while (item := late.take(now_ns)) is not None:
        found.append(item)
    return found


def test_items_come_when_they_are_due_and_in_their_order() -> None:
    late: Delayed[str] = Delayed()
    assert late.next_ns is None
    late.put(10, 5, "first")
    late.put(12, 5, "second")
    assert late.next_ns == 15
    assert taken(late, 14) == []
    assert taken(late, 15) == [(15, "first")]
    assert taken(late, 99) == [(17, "second")]
    assert late.skipped == 0


def test_an_item_of_a_device_is_lost_if_a_later_one_would_overtake_it() -> None:
    late: Delayed[str] = Delayed()
    late.put(10, 5, "in time")
    late.put(20, 100, "overtaken")
    late.put(30, 0, "prompt")
    assert taken(late, 999) == [(15, "in time"), (30, "prompt")]
    assert late.skipped == 1


def test_words_that_would_be_overtaken_come_along_in_their_order() -> None:
    late: Delayed[Words] = Delayed()
    first, second, third = (Words(n, n + 1, "said") for n in range(3))
    late.put(10, 100, first)
    late.put(20, 100, second)
    late.put(30, 0, third)
    assert taken(late, 30) == [(30, first), (30, second), (30, third)]
    assert late.skipped == 0


def test_what_is_on_its_way_can_be_forgotten() -> None:
    late: Delayed[str] = Delayed()
    late.put(0, 1, "gone")
    late.clear()
    assert taken(late, 999) == []
