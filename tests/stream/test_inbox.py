"""What the threads hand to the core."""

from stream.inbox import CAPACITY, Inbox, Op
from stream.items import Reason, State
from stream.supervision import Change
from tests.stream.fakes import face


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
    for time_ns in range(CAPACITY + 9):
        inbox.put(face(time_ns))
    assert len(inbox) == CAPACITY
    assert inbox.drops == 10
    kept = inbox.take_all(0.0)
    assert kept[0] == change
    assert getattr(kept[1], "time_ns", None) == 10
