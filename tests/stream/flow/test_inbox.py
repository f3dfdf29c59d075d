"""What the threads hand to the core."""

from fsrf_live.stream.flow.items import Change, Reason, State, Words
from fsrf_live.stream.flow.queues import INBOX_CAPACITY, UNREAD, Inbox, Op
from tests.doubles.fakes import face


def test_everything_comes_out_in_order_once() -> None:
    inbox = Inbox()
    ops: list[Op] = [face(1), Change(2, "mic", State.LIVE, None, None), face(3)]
    for op in ops:
        inbox.put(op)
    assert inbox.take_all(0.0) == ops
    assert inbox.take_all(0.0) == []


def test_when_it_is_full_the_oldest_feature_goes_but_never_a_change_of_state() -> None:
    inbox = Inbox()
    change = Change(0, "camera", State.LOST, "gone", Reason.LOST)
    inbox.put(change)
    for time_ns in range(INBOX_CAPACITY + 9):
        inbox.put(face(time_ns))
    assert len(inbox) == INBOX_CAPACITY
    assert inbox.drops == 10
    kept = inbox.take_all(0.0)
    assert kept[0] == change
    assert getattr(kept[1], "time_ns", None) == 10


def test_there_is_room_for_words_until_too_many_wait_to_be_read() -> None:
    inbox = Inbox()
    for moment_ns in range(UNREAD):
        assert inbox.wait_for_room(0.0)
        inbox.put(Words(moment_ns, moment_ns, "good"))
    assert not inbox.wait_for_room(0.0)
    inbox.take_all(0.0)
    assert not inbox.wait_for_room(0.0)
    inbox.keep(UNREAD - 1)
    assert inbox.wait_for_room(0.0)


def test_words_that_are_passed_over_wait_no_longer() -> None:
    inbox = Inbox()
    for moment_ns in range(UNREAD):
        inbox.put(Words(moment_ns, moment_ns, "good"))
    for time_ns in range(INBOX_CAPACITY):
        inbox.put(face(time_ns))
    assert inbox.wait_for_room(0.0)
