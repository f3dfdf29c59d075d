"""The tokenizers of both text encoders, and texts for them."""

from functools import cache

import pytest
from hypothesis import strategies as st

from fsrf_live.engines.common.shelf import HERE, condition, models_root
from fsrf_live.engines.text.e5 import E5_TOKENIZER, HIDDEN_E5, PREFIX, located_file
from fsrf_live.engines.text.tokens import Tokens, load_tokens

MINILM, E5 = "MiniLM", "e5"
needs_e5 = pytest.mark.skipif(
    condition(E5_TOKENIZER, models_root()) != HERE, reason="its tokenizer is not installed (models.txt)"
)
BOTH = [MINILM, pytest.param(E5, marks=needs_e5)]


@cache
def tokenizer(name: str, length: int = 64) -> Tokens:
    """One of the two, for at most `length` tokens a text."""
    if name == MINILM:
        return load_tokens(length)
    return Tokens(located_file(E5_TOKENIZER), length, HIDDEN_E5, PREFIX)


SAID = [
    *("I", "was", "so", "happy", "honestly", "dreadful.", "wasn't", "unputdownable", "10:30", "hahaha"),
    *("Donaudampfschifffahrtsgesellschaft", "na\u00efve", "e\u0301", "\U0001f62d", "\u200b", "\u4f60\u597d"),
    *("\u0645\u0631\u062d\u0628\u0627", "\u0648\u0627\u0644\u0645\u0641\u0627\u062a\u064a\u062d"),
    *("\u043f\u0440\u0438\u0432\u0435\u0442", "\u4eca\u5929\u771f\u7684\u5f88\u5f00\u5fc3\u3002" * 3),
]
WORD = st.one_of(
    st.sampled_from(SAID), st.text(min_size=1, max_size=9).filter(lambda word: len(word.split()) == 1)
)
SPOKEN = st.builds(lambda words, times: words * times, st.lists(WORD, max_size=12), st.integers(1, 12))
"""The words of a text, of which an encoder sees all, or a part."""
