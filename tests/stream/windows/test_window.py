"""Spans of windows."""

from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.windows.window import overlap

spans = st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda pair: (min(pair), max(pair)))


def test_two_spans_overlap_by_what_they_share_and_a_gap_is_negative() -> None:
    assert overlap((0, 10), (6, 20)) == 4
    assert overlap((0, 10), (10, 20)) == 0
    assert overlap((0, 10), (13, 20)) == -3


@given(spans, spans)
def test_an_overlap_is_as_long_as_the_moments_that_both_have(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    both = set(range(*one)) & set(range(*other))
    assert overlap(one, other) == overlap(other, one)
    assert max(0, overlap(one, other)) == len(both)
