"""What each viewer has still to be told, and how much one may ask."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

import pytest

from fsrf_live.stream.flow.clock import FakeClock
from fsrf_live.stream.flow.pace import BURST, PER_SECOND
from fsrf_live.stream.page.viewers import KEPT, MOST_VIEWERS, MOST_WAITING, Viewer, Viewers


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def viewers(clock: FakeClock) -> Viewers:
    return Viewers(clock, lambda records: ("hello", f"[{','.join(records)}]"))


def joined(viewers: Viewers) -> Viewer:
    viewer = viewers.join()
    assert viewer is not None
    return viewer


def now(work: Coroutine[Any, Any, str | None]) -> str | None:
    """What comes without waiting."""
    return asyncio.run(asyncio.wait_for(work, 20))


def test_who_joins_is_greeted_and_told_what_has_been(viewers: Viewers) -> None:
    viewers.tell_record('{"a":1}')
    viewers.tell_status("how it stood")
    viewers.tell_status("how it stands")
    late = joined(viewers)
    hello, past, status = (now(late.next()) for _ in range(3))
    assert (hello, past, status) == ("hello", '[{"a":1}]', "how it stands")


def test_all_are_told_in_order(viewers: Viewers) -> None:
    both = [joined(viewers), joined(viewers)]
    for message in ("one", "two"):
        viewers.tell_record(message)
    for viewer in both:
        assert [now(viewer.next()) for _ in range(4)][2:] == ["one", "two"]


def test_who_waits_is_woken(viewers: Viewers) -> None:
    async def wait() -> str | None:
        viewer = joined(viewers)
        for _ in range(2):
            await viewer.next()
        waiting = asyncio.create_task(viewer.next())
        await asyncio.sleep(0)
        assert not waiting.done()
        viewers.tell_status("news")
        return await waiting

    assert now(wait()) == "news"


def test_what_is_kept_for_later_is_bounded(viewers: Viewers) -> None:
    for number in range(KEPT + 5):
        viewers.tell_record(str(number))
    late = joined(viewers)
    now(late.next())
    assert json.loads(now(late.next()) or "") == list(range(5, KEPT + 5))


def test_there_is_room_for_so_many_and_again_once_one_has_left(viewers: Viewers) -> None:
    first, *_ = [joined(viewers) for _ in range(MOST_VIEWERS)]
    assert viewers.join() is None
    viewers.leave(first)
    assert len(viewers) == MOST_VIEWERS - 1
    assert viewers.join() is not None


def test_one_that_missed_something_is_told_nothing_more_and_the_others_all(viewers: Viewers) -> None:
    slow, fast = joined(viewers), joined(viewers)
    for number in range(MOST_WAITING):
        viewers.tell_record(str(number))
        now(fast.next())
    assert slow.behind
    assert now(slow.next()) is None
    assert not fast.behind


def test_at_the_end_what_is_left_is_told_and_then_nothing(viewers: Viewers) -> None:
    viewer = joined(viewers)
    viewers.tell_record("the summary")
    viewers.end()
    assert [now(viewer.next()) for _ in range(4)][2:] == ["the summary", None]
    assert now(joined(viewers).next()) is not None


def test_so_much_may_be_asked_at_once_and_more_after_a_while(viewers: Viewers, clock: FakeClock) -> None:
    viewer = joined(viewers)
    assert [viewer.may_ask() for _ in range(BURST + 1)] == [True] * BURST + [False]
    clock.advance(1.0)
    assert [viewer.may_ask() for _ in range(PER_SECOND + 1)] == [True] * PER_SECOND + [False]
    clock.advance(3600.0)
    assert sum(viewer.may_ask() for _ in range(2 * BURST)) == BURST
