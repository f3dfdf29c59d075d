"""Which word each token is of, and texts of which some words are not clear."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.engines.text.tokens import Ids, encode_clear, load_tokens
from fsrf_live.fsrf.common.aliases import Floats, Mask
from tests.doubles.tokenizers import BOTH, SPOKEN, tokenizer

LENGTH = 64
TOKENS = load_tokens(LENGTH)


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
    assert TOKENS.words(text) == places


@given(st.lists(st.text(min_size=1, max_size=8).filter(lambda word: len(word.split()) == 1), max_size=6))
def test_each_word_has_the_tokens_that_it_has_alone(words: list[str]) -> None:
    alone = [len(TOKENS.ids(word)) - 2 for word in words]
    places = TOKENS.words(" ".join(words))
    assert places == [place for place, tokens in enumerate(alone) for _ in range(tokens)][:LENGTH]


def test_of_a_long_text_only_what_is_encoded_has_words() -> None:
    assert TOKENS.words("good " * 100) == list(range(LENGTH))


@pytest.mark.parametrize("name", BOTH)
@given(SPOKEN)
def test_the_newest_words_are_as_many_as_fit(name: str, words: list[str]) -> None:
    tokens, text = tokenizer(name, LENGTH), " ".join(words)
    kept, number = tokens.newest(text), len(tokenizer(name, 10_000).ids(text))
    assert text.endswith(kept)
    assert (kept == text) == (number <= tokens.before + LENGTH + 1)
    assert len(tokenizer(name, 10_000).ids(kept)) <= tokens.before + LENGTH + 1
    more = words[-len(kept.split()) - 1 :]
    assert kept == text or len(tokenizer(name, 10_000).ids(" ".join(more))) > tokens.before + LENGTH + 1


@pytest.mark.parametrize("name", BOTH)
def test_white_space_is_no_word_and_what_fits_is_as_it_was(name: str) -> None:
    for text in ("", " \n ", "  so \n good ", "good " * LENGTH):
        assert tokenizer(name, LENGTH).newest(text) == text


@pytest.mark.parametrize("name", BOTH)
def test_the_last_letters_of_a_word_are_kept_if_it_has_too_many_by_itself(name: str) -> None:
    word = "".join(chr(0x4E00 + at) for at in range(2 * LENGTH))
    for text, after in ((word, ""), (f"so {word}", ""), (f"{word} good day", " good day")):
        kept = tokenizer(name, LENGTH).newest(text)
        assert kept.endswith(after)
        assert word.endswith(kept.removesuffix(after))
        number = len(tokenizer(name, 10_000).words(kept))
        assert LENGTH - 1 <= number <= LENGTH


class Beside:
    """An encoder whose vector of each token is the number of hidden ones in its text."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    def __call__(self, ids: Sequence[Ids]) -> tuple[Floats, Mask]:
        self.asked = [each.tolist() for each in ids]
        mask = np.array([[slot < len(row) - 2 for slot in range(LENGTH)] for row in ids])
        hidden = np.array([row.count(TOKENS.hidden) for row in self.asked], np.float32)
        return np.where(mask, hidden[:, None], np.float32(0))[..., None], mask


def test_words_that_are_not_clear_are_masked_out_and_hidden_from_half_of_what_the_others_say() -> None:
    beside = Beside()
    vectors, mask = encode_clear(beside, TOKENS, "good unputdownable day", [True, False, True])
    told, hidden = beside.asked
    assert told == TOKENS.ids("good unputdownable day").tolist()
    assert hidden == [*told[:2], *[TOKENS.hidden] * 4, *told[6:]]
    assert mask[:7].tolist() == [True, *[False] * 4, True, False]
    assert vectors[:7, 0].tolist() == [2.0, *[0.0] * 4, 2.0, 0.0]


def test_of_a_text_without_a_clear_word_nothing_is_left() -> None:
    vectors, mask = encode_clear(Beside(), TOKENS, "good day", [False, False])
    assert not mask.any()
    assert not vectors.any()


def test_of_a_long_text_of_which_words_are_not_clear_the_first_tokens_are_encoded() -> None:
    _, mask = encode_clear(Beside(), TOKENS, "good " * 100, [False] + [True] * 99)
    assert mask.tolist() == [False] + [True] * (LENGTH - 1)
