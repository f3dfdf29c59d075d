"""Which words belong to which window."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.flow.items import Words
from fsrf_live.stream.windows.transcript import MOST_WORDS, Transcript
from fsrf_live.stream.windows.window import Span, overlap


def holding(*spans: tuple[int, int]) -> Transcript:
    transcript = Transcript()
    for start, end in spans:
        transcript.push(Words(start, end, f"{start}-{end}"))
    return transcript


def texts(words: tuple[Words, ...]) -> list[str]:
    return [each.text for each in words]


def test_a_window_that_closes_takes_the_words_in_it_in_order() -> None:
    transcript = holding((6, 9), (1, 4), (20, 25))
    assert texts(transcript.take((0, 10), [])) == ["1-4", "6-9"]
    assert len(transcript) == 1


def test_an_open_window_shows_what_it_would_have_and_binds_nothing() -> None:
    transcript = holding((6, 14))
    assert texts(transcript.so_far((0, 10), [])) == ["6-14"]
    assert len(transcript) == 1


def test_words_over_a_pause_belong_to_the_window_that_they_overlap_most() -> None:
    assert texts(holding((8, 15)).take((10, 20), closed=[(0, 10)])) == ["8-15"]
    assert texts(holding((4, 12)).take((10, 20), closed=[(0, 10)])) == []


def test_words_that_reach_further_behind_a_window_than_into_it_wait_for_the_next() -> None:
    assert texts(holding((8, 13)).take((0, 10), [])) == []
    assert texts(holding((8, 12)).take((0, 10), [])) == ["8-12"]


def test_late_words_go_to_a_closed_window_once_no_other_can_have_a_better_claim() -> None:
    transcript = holding((2, 8), (12, 18))
    closed = [(0, 10), (11, 20)]
    assert transcript.settle(closed, until_ns=7) == {}
    found = transcript.settle(closed, until_ns=20)
    assert {index: texts(words) for index, words in found.items()} == {0: ["2-8"], 1: ["12-18"]}
    assert len(transcript) == 0


def test_words_between_two_windows_go_to_the_later_one() -> None:
    transcript = holding((12, 14))
    assert transcript.settle([(0, 10)], until_ns=20) == {}
    assert transcript.settle([], until_ns=20) == {}
    assert texts(transcript.take((15, 30), closed=[(0, 10)])) == ["12-14"]


def test_words_that_nothing_can_take_any_more_are_forgotten_and_counted() -> None:
    transcript = holding((1, 5), (6, 9))
    transcript.forget(before_ns=9)
    assert (len(transcript), transcript.unused) == (1, 1)


def test_of_too_many_words_the_oldest_go() -> None:
    transcript = holding(*((n, n + 1) for n in range(MOST_WORDS + 2)))
    assert (len(transcript), transcript.overflow) == (MOST_WORDS, 2)
    assert texts(transcript.take_all())[0] == "2-3"
    assert len(transcript) == 0


# Whatever is said, and however late it comes.

WINDOWS = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 10)), min_size=1, max_size=6).map(
    lambda pairs: [
        (end - length, end)
        for end, (_, length) in zip(accumulate(gap + length for gap, length in pairs), pairs, strict=True)
    ]
)
"""Windows that follow each other, some with a gap between them."""
SPOKEN = st.lists(
    st.tuples(st.integers(0, 90), st.integers(1, 30), st.integers(0, 6)).map(
        lambda drawn: (Words(drawn[0], drawn[0] + drawn[1], "good"), drawn[2])
    ),
    max_size=12,
)
"""Words, and how many windows are closed when they come."""


@given(WINDOWS, SPOKEN)
def test_words_are_bound_once_and_to_a_window_that_they_overlap_most(
    windows: list[Span], spoken: list[tuple[Words, int]]
) -> None:
    transcript, bound = Transcript(), []
    for index, span in enumerate([*windows, None]):
        for words, closed in spoken:
            if min(closed, len(windows)) == index:
                transcript.push(words)
        if span is not None:
            shown = transcript.so_far(span, windows[:index])
            taken = transcript.take(span, windows[:index])
            assert set(taken) <= set(shown), "what a window takes, it showed while it was open"
            bound += [(words, span) for words in taken]
    for at, late in transcript.settle(windows, until_ns=1000).items():
        bound += [(words, windows[at]) for words in late]
    left = transcript.take_all()
    assert len(bound) + len(left) == len(spoken)
    for words, span in bound:
        shares = [overlap((words.start_ns, words.end_ns), window) for window in windows]
        if max(shares) > 0:
            assert overlap((words.start_ns, words.end_ns), span) == max(shares)
    for words in left:
        assert all(overlap((words.start_ns, words.end_ns), window) <= 0 for window in windows)
