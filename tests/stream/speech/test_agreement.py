"""What two answers in a row agree on."""

from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.speech.agreement import agreement

TEXTS = st.lists(st.sampled_from(["and", "And,", "so", "so...", "my", "-", "1961"]), max_size=6).map(" ".join)


def test_words_agree_up_to_the_first_that_is_heard_differently() -> None:
    assert agreement("and so my fellow man", "And so, my fellow Americans, ask") == 4
    assert agreement("", "and so") == 0
    assert agreement("and so", "") == 0


def test_case_and_signs_are_no_difference_but_a_sign_alone_is_a_word() -> None:
    assert agreement("that's 'it'", "Thats it!") == 2
    assert agreement("- so", "so") == 0


@given(TEXTS, TEXTS, TEXTS)
def test_what_agrees_are_the_first_words_of_both(one: str, other: str, more: str) -> None:
    agreed = agreement(one, other)
    assert agreed == agreement(other, one)
    assert agreed <= min(len(one.split()), len(other.split()))
    assert agreement(one, f"{one} {more}") == len(one.split())
