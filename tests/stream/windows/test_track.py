"""The items of one modality that wait for their window."""

from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.flow.items import FaceFeatures
from fsrf_live.stream.windows.track import Counts, Track
from tests.doubles.fakes import face


def filled(*times_ns: int, capacity: int = 8) -> Track[FaceFeatures]:
    track: Track[FaceFeatures] = Track(capacity)
    for time_ns in times_ns:
        track.push(face(time_ns), closed_ns=0, refuse=False)
    return track


def times(items: tuple[FaceFeatures, ...]) -> list[int]:
    return [item.time_ns for item in items]


def test_a_window_uses_what_lies_in_it_and_nothing_twice() -> None:
    track = filled(1, 2, 3, 4, 5)
    assert times(track.between(2, 4)) == [2, 3]
    assert times(track.use(2, 4)) == [2, 3]
    assert track.use(2, 4) == ()
    assert track.counts == Counts(pushed=5, used=2, unused=1, held=2)


def test_what_is_out_of_order_or_unwanted_is_refused() -> None:
    track = filled(5)
    assert not track.push(face(5), closed_ns=0, refuse=False)
    assert not track.push(face(4), closed_ns=0, refuse=False)
    assert not track.push(face(6), closed_ns=0, refuse=True)
    assert track.counts == Counts(pushed=4, refused=3, held=1)
    assert track.last_ns == 5


def test_what_comes_for_a_closed_window_is_late_and_still_counts_for_the_order() -> None:
    track = filled()
    assert not track.push(face(9), closed_ns=10, refuse=False)
    assert (track.counts.late, track.last_ns) == (1, 9)


def test_of_too_many_the_oldest_goes() -> None:
    track = filled(1, 2, 3, capacity=2)
    assert times(track.between(0, 9)) == [2, 3]
    assert track.counts == Counts(pushed=3, overflow=1, held=2)


def test_what_was_lost_though_a_window_could_have_used_it() -> None:
    assert Counts(pushed=9, used=1, late=1, refused=2, overflow=3, unused=2).dropped == 6


@given(
    st.lists(
        st.tuples(st.sampled_from(["push", "use", "forget"]), st.integers(0, 30), st.integers(0, 30)),
        max_size=60,
    )
)
def test_the_parts_sum_to_what_was_pushed(calls: list[tuple[str, int, int]]) -> None:
    track, closed_ns = filled(capacity=4), 0
    for call, one, other in calls:
        if call == "push":
            track.push(face(one), closed_ns, refuse=other < 3)
        elif call == "use":
            start_ns, closed_ns = closed_ns, max(closed_ns, one)
            assert all(start_ns <= item.time_ns < closed_ns for item in track.use(start_ns, closed_ns))
        else:
            track.forget(min(one, other))
        c = track.counts
        assert c.pushed == c.used + c.late + c.refused + c.overflow + c.unused + c.held
        assert c.held == len(track.between(0, 99)) <= 4
