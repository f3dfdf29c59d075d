import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.data.text_clean import as_recognised, letters_and_digits, unescape, untokenise


@pytest.mark.parametrize(
    ("treebank", "typed"),
    [
        ("It 's a film , is n't it ?", "It's a film, isn't it?"),
        ("You ca n't , and wo n't , `` like '' it .", "You can't, and won't, \"like\" it."),
        ("The boys ' film ( from '98 ) -- fine !", "The boys' film (from '98) -- fine!"),
        ("they 've said they 'll go ; I 'd not", "they've said they'll go; I'd not"),
        ("-LRB- sic -RRB-", "(sic)"),
    ],
)
def test_treebank_text_reads_as_people_type_it(treebank: str, typed: str) -> None:
    assert untokenise(treebank) == typed


@pytest.mark.parametrize(
    ("scraped", "seen"),
    [
        ("this &amp; that", "this & that"),
        ("this &amp;amp; that", "this & that"),
        (r"don\u2019t", "don\u2019t"),
        ('so ""good"" ', 'so "good"'),
    ],
)
def test_scraped_text_is_unescaped(scraped: str, seen: str) -> None:
    assert unescape(scraped) == seen


def test_texts_are_compared_by_letters_and_digits_alone() -> None:
    assert letters_and_digits("It 's No. 1 -- `` isn't '' it ?") == letters_and_digits(
        'Its no.1 - "isn\'t" it'
    )


class Spared(random.Random):
    """Draws the lowest rate of errors."""

    def uniform(self, a: float, b: float) -> float:
        return a


def test_a_perfect_recogniser_loses_case_punctuation_and_figures_alone() -> None:
    assert as_recognised("Isn't it GREAT?! 5 stars \u2014 buy-now :)", Spared()) == (
        "isn't it great five stars buy now"
    )


@given(st.text(alphabet="abc .,!'AZ\u2019", max_size=80), st.integers(0, 50))
def test_recognised_text_has_no_case_nor_punctuation_and_keeps_a_word(text: str, seed: int) -> None:
    heard = as_recognised(text, random.Random(seed))
    assert heard == heard.lower()
    assert all(c.isalnum() or c in " '" for c in heard)
    assert bool(heard) == any(c.isalnum() for c in text)


def test_a_recogniser_errs_in_some_words_and_the_seed_says_which() -> None:
    text = "the film was so good that we saw it three times in one week and told all of our friends " * 5
    truth = as_recognised(text, Spared()).split()
    wrong = []
    for seed in range(40):
        heard = as_recognised(text, random.Random(seed)).split()
        assert heard == as_recognised(text, random.Random(seed)).split()
        wrong.append(sum(word not in truth for word in heard) + abs(len(truth) - len(heard)))
    assert min(wrong) == 0
    assert 0.01 < sum(wrong) / (40 * len(truth)) < 0.15
