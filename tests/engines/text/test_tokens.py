"""Which word each token is of, and texts of which some words are not clear."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.engines.text.tokens import HIDDEN, encode_clear, load_tokenizer, token_words
from fsrf_live.fsrf.common.aliases import Floats, Mask
from fsrf_live.fsrf.data.text_clean import clean_text

LENGTH = 64
TOKENIZER = load_tokenizer(LENGTH)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("good day", [0, 1]),
        ("  good \n day ", [0, 1]),
        ("It wasn't unputdownable.", [0, 1, 1, 1, 2, 2, 2, 2, 2]),
        ("oh \U0001f62d no", [0, 1, 1, 1, 2]),
        ("so \u200b nice", [0, 2]),
        ("na\u00efve idea", [0, 1]),
        ("", []),
    ],
)
def test_tokens_are_of_the_words_in_which_they_lie(text: str, places: list[int]) -> None:
    assert token_words(TOKENIZER, text) == places


@given(st.lists(st.text(min_size=1, max_size=8).filter(lambda word: len(word.split()) == 1), max_size=6))
def test_each_word_has_the_tokens_that_it_has_alone(words: list[str]) -> None:
    alone = [len(TOKENIZER.encode(clean_text(word)).ids) - 2 for word in words]
    places = token_words(TOKENIZER, " ".join(words))
    assert places == [place for place, tokens in enumerate(alone) for _ in range(tokens)][:LENGTH]


def test_of_a_long_text_only_what_is_encoded_has_words() -> None:
    assert token_words(TOKENIZER, "good " * 100) == list(range(LENGTH))


class Beside:
    """An encoder whose vector of each token is the number of hidden ones in its text."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, texts: list[str]) -> tuple[Floats, Mask]:
        self.texts = texts
        ids = [TOKENIZER.encode(text).ids[1:-1] for text in texts]
        mask = np.array([[slot < len(row) for slot in range(LENGTH)] for row in ids])
        hidden = np.array([row.count(TOKENIZER.token_to_id(HIDDEN)) for row in ids], np.float32)
        return np.where(mask, hidden[:, None], np.float32(0))[..., None], mask


def test_words_that_are_not_clear_are_masked_out_and_hidden_from_half_of_what_the_others_say() -> None:
    beside = Beside()
    vectors, mask = encode_clear(beside, TOKENIZER, "good unputdownable day", [True, False, True])
    assert beside.texts == ["good unputdownable day", f"good {' '.join([HIDDEN] * 4)} day"]
    assert mask[:7].tolist() == [True, *[False] * 4, True, False]
    assert vectors[:7, 0].tolist() == [2.0, *[0.0] * 4, 2.0, 0.0]


def test_of_a_text_without_a_clear_word_nothing_is_left() -> None:
    vectors, mask = encode_clear(Beside(), TOKENIZER, "good day", [False, False])
    assert not mask.any()
    assert not vectors.any()


def test_of_a_long_text_of_which_words_are_not_clear_the_first_tokens_are_encoded() -> None:
    _, mask = encode_clear(Beside(), TOKENIZER, "good " * 100, [False] + [True] * 99)
    assert mask.tolist() == [False] + [True] * (LENGTH - 1)
