"""Queues between threads: bounded, in order, and open about what they dropped."""

import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.flow.items import Change, Closed, Marked, Opened, Reason, State, VoiceFeatures, Words
from fsrf_live.stream.flow.queues import (
    INBOX_CAPACITY,
    UNREAD,
    Backlog,
    BoundedQueue,
    Inbox,
    InboxItem,
    drop_oldest,
    is_decisive,
    never_drop,
    newest_only,
)
from tests.doubles.fakes import face, voice

LOST = Change(0, "camera", State.LOST, "gone", Reason.LOST)


def words(number: int) -> Words:
    return Words(number, number, "good")


def is_odd(number: int) -> bool:
    return number % 2 == 1


# What goes when a queue is full.


def test_of_pictures_the_newest_alone_is_kept() -> None:
    backlog: Backlog[int] = newest_only()
    assert [backlog.put(number) for number in range(4)] == [None, 0, 1, 2]
    assert (backlog.take(), backlog.take(), backlog.drops) == (3, None, 3)


def test_of_the_others_the_oldest_goes() -> None:
    backlog: Backlog[int] = drop_oldest(2)
    assert [backlog.put(number) for number in range(4)] == [None, None, 0, 1]
    assert (backlog.drain(), backlog.drops) == ([2, 3], 2)


def test_what_must_arrive_never_goes() -> None:
    backlog = never_drop(is_odd, 2)
    assert [backlog.put(number) for number in (1, 2, 4, 3, 5)] == [None, None, 2, 4, None]
    assert (backlog.drain(), backlog.drops) == ([1, 3, 5], 2)


def test_if_all_the_others_must_arrive_the_new_one_goes() -> None:
    backlog = never_drop(is_odd, 1)
    assert [backlog.put(number) for number in (1, 2)] == [None, 2]


def test_a_queue_holds_at_least_one() -> None:
    with pytest.raises(ValueError, match="at least one"):
        drop_oldest(0)


@given(
    st.integers(1, 6),
    st.sampled_from([is_odd, lambda _: False, lambda _: True]),
    st.lists(st.sampled_from(["put", "put", "take", "drain"]), max_size=80),
)
def test_a_queue_is_bounded_ordered_and_open_about_what_it_dropped(
    capacity: int, kept: Callable[[int], bool], calls: list[str]
) -> None:
    backlog = never_drop(kept, capacity)
    put, taken, dropped = 0, [], []
    for call in calls:
        if call == "put":
            gone = backlog.put(put)
            dropped += [] if gone is None else [gone]
            put += 1
        elif call == "take":
            oldest = backlog.take()
            taken += [] if oldest is None else [oldest]
        else:
            taken += backlog.drain()
        left = [number for number in range(put) if number not in (*taken, *dropped)]
        assert len(backlog) == len(left)
        assert len(left) <= max(capacity, sum(kept(number) for number in left))
    taken += backlog.drain()
    assert taken == sorted(taken)
    assert not any(kept(number) for number in dropped)
    assert sorted(taken + dropped) == list(range(put))
    assert backlog.drops == len(dropped)


# Between threads.


def test_a_queue_gives_the_oldest_first_and_counts_its_drops() -> None:
    queue: BoundedQueue[int] = BoundedQueue(drop_oldest(2))
    assert [queue.put(number) for number in range(3)] == [None, None, 0]
    assert (len(queue), queue.drops) == (2, 1)
    assert (queue.take(), queue.drain(), queue.take()) == (1, [2], None)


@pytest.mark.parametrize("wait", [lambda queue: queue.take(10), lambda queue: queue.drain(10)[0]])
def test_a_put_wakes_who_waits(wait: Callable[[BoundedQueue[int]], int]) -> None:
    wake = threading.Event()
    queue: BoundedQueue[int] = BoundedQueue(newest_only(), wake.set)
    got: list[int] = []
    thread = threading.Thread(target=lambda: got.append(wait(queue)))
    thread.start()
    queue.put(1)
    thread.join(5)
    assert got == [1]
    assert wake.is_set()


def test_waiting_for_nothing_ends_after_its_time() -> None:
    queue: BoundedQueue[int] = BoundedQueue(newest_only())
    assert queue.take(0.001) is None
    assert queue.drain(0.001) == []


def test_a_queue_is_finished_once_its_last_item_is_taken() -> None:
    wake = threading.Event()
    queue: BoundedQueue[int] = BoundedQueue(drop_oldest(2), wake.set)
    queue.put(1)
    wake.clear()
    queue.finish()
    assert wake.is_set()
    assert not queue.finished
    assert queue.take(10) == 1
    assert queue.finished
    assert queue.take(10) is None, "a finished queue keeps nobody waiting"


def test_a_finish_wakes_who_waits() -> None:
    queue: BoundedQueue[int] = BoundedQueue(newest_only())
    got: list[int | None] = []
    thread = threading.Thread(target=lambda: got.append(queue.take(10)))
    thread.start()
    queue.finish()
    thread.join(5)
    assert got == [None]


# The inbox of the core.


def test_everything_comes_out_of_the_inbox_in_order_once() -> None:
    inbox = Inbox()
    items: list[InboxItem] = [face(1), Change(2, "mic", State.LIVE, None, None), face(3)]
    for item in items:
        inbox.put(item)
    assert inbox.take_all(0.0) == items
    assert inbox.take_all(0.0) == []


@given(st.lists(st.sampled_from(["change", "opened", "closed", "marked"]), max_size=20))
def test_a_full_inbox_loses_features_but_never_a_change_a_boundary_or_a_marker(kinds: list[str]) -> None:
    made: dict[str, InboxItem] = {
        "change": LOST,
        "opened": Opened(0),
        "closed": Closed(0, 1, 2, 1),
        "marked": Marked(0, "stimulus", "key"),
    }
    inbox, decisive = Inbox(), [made[kind] for kind in kinds]
    for item in decisive:
        inbox.put(item)
    for time_ns in range(INBOX_CAPACITY + 9):
        inbox.put(voice(time_ns))
    assert len(inbox) == INBOX_CAPACITY
    assert inbox.drops == 9 + len(decisive)
    kept = inbox.take_all(0.0)
    assert [item for item in kept if is_decisive(item)] == decisive
    hops = [item.time_ns for item in kept if isinstance(item, VoiceFeatures)]
    assert hops == list(range(9 + len(decisive), INBOX_CAPACITY + 9)), "the oldest go"


def test_there_is_room_for_words_until_too_many_wait_to_be_read() -> None:
    inbox = Inbox()
    for number in range(UNREAD):
        assert inbox.wait_for_room(0.0)
        inbox.put(words(number))
    assert not inbox.wait_for_room(0.0)
    inbox.take_all(0.0)
    assert not inbox.wait_for_room(0.0)
    inbox.keep(UNREAD - 1)
    assert inbox.wait_for_room(0.0)


def test_words_that_are_passed_over_wait_no_longer() -> None:
    inbox = Inbox()
    for number in range(UNREAD):
        inbox.put(words(number))
    for time_ns in range(INBOX_CAPACITY):
        inbox.put(face(time_ns))
    assert inbox.wait_for_room(0.0)
