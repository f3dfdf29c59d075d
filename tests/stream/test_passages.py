"""A text of any length in passages that can be read whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.passages import passages

LONG = " ".join(["word"] * 24)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Three?", ["One. Two! Three?"]),
        ("a title\nand a  line\r\n\r\nlast", ["a title and a line last"]),
        (f"{LONG}. {LONG}!", [f"{LONG}.", f"{LONG}!"]),
        (f"{LONG}. So it is. {LONG}!", [f"{LONG}. So it is.", f"{LONG}!"]),
        (f'He said "{LONG}." Then {LONG}...', [f'He said "{LONG}."', f"Then {LONG}..."]),
        (f"{LONG}\n{LONG}", [LONG, LONG]),
        (f"{LONG} with Dr. Smith, e.g. J. Smith. {LONG}", [f"{LONG} with Dr. Smith, e.g. J. Smith.", LONG]),
        ("\u597d\u3002" * 130, [" ".join(["\u597d\u3002"] * 40)] * 3 + [" ".join(["\u597d\u3002"] * 10)]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences_stay_together_as_far_as_they_fit(text: str, parts: list[str]) -> None:
    assert passages(text) == parts


@given(st.text(alphabet="ab ,.!?\n\"'", max_size=600))
def test_nothing_but_white_space_is_lost(text: str) -> None:
    parts = passages(text)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(part and len(part) <= 240 and len(part.split()) <= 40 for part in parts)


def test_a_long_sentence_is_cut_after_a_comma() -> None:
    text = " ".join(["word"] * 30) + ", " + " ".join(["more"] * 20)
    assert [len(part.split()) for part in passages(text)] == [30, 20]


@pytest.mark.parametrize(
    "text", ["a" * 100_000, "word " * 20_000, "No! " * 25_000, "." * 100_000, " " * 100_000]
)
def test_a_text_of_a_hundred_thousand_characters_is_split_at_once(text: str) -> None:
    assert "".join("".join(passages(text)).split()) == "".join(text.split())
