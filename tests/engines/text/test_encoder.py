from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from fsrf_live.engines.text.encoder import SentenceTransformersEncoder, load_minilm, token_vectors
from fsrf_live.fsrf.common.errors import CheckpointError
from fsrf_live.fsrf.network.lora import linear_names, reduced, stored


class Contextual(nn.Module):
    """A transformer of one attention layer: each vector depends on the whole text, never on padding."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embeddings = nn.Embedding(64, 6)
        self.attention = nn.MultiheadAttention(6, 2, batch_first=True)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> SimpleNamespace:
        x = self.embeddings(input_ids)
        mixed, _ = self.attention(x, x, x, key_padding_mask=attention_mask == 0)
        return SimpleNamespace(last_hidden_state=x + mixed)


def tokenize(texts: list[str]) -> list[list[int]]:
    return [[1, *(2 + sum(map(ord, word)) % 60 for word in text.split()[:5]), 1] for text in texts]


def encode(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    return token_vectors(Contextual().eval(), tokenize, texts, 5, 6)


def test_there_is_one_vector_for_each_token_and_none_for_special_ones() -> None:
    vectors, mask = encode(["one two", "one two three four five six seven"])
    assert vectors.shape == (2, 5, 6)
    assert vectors.dtype == np.float32
    assert mask.tolist() == [[True, True, False, False, False], [True] * 5]
    assert not vectors[~mask].any()
    assert vectors[mask].any(axis=1).all()


@pytest.mark.parametrize("text", ["", "   ", "\n", "\u200b"])
def test_a_text_without_words_is_all_masked_out(text: str) -> None:
    vectors, mask = encode([text, "word"])
    assert not mask[0].any()
    assert not vectors[0].any()
    assert mask[1].any()


def test_no_text_gives_no_rows() -> None:
    vectors, mask = encode([])
    assert vectors.shape == (0, 5, 6)
    assert mask.shape == (0, 5)


@given(st.lists(st.text(alphabet="ab c", max_size=12), min_size=1, max_size=80))
def test_a_text_has_the_same_vectors_alone_and_among_others(texts: list[str]) -> None:
    vectors, mask = encode(texts)
    alone, alone_mask = encode(texts[-1:])
    assert np.array_equal(mask[-1:], alone_mask)
    np.testing.assert_allclose(vectors[-1:], alone, atol=1e-5)


def test_the_packaged_minilm_reads_a_sentence_and_takes_an_adapter() -> None:
    plain = SentenceTransformersEncoder(None)
    texts = ["I loved it!", "", "I didn\u2019t \U0001f600", "word " * 200]
    vectors, mask = plain.encode(texts)
    assert vectors.shape == (4, 64, 384)
    assert mask.sum(axis=1).tolist() == [4, 0, 6, 64]
    model, _, _ = load_minilm()
    names = [f"{name}.weight" for name in linear_names(model, "encoder.layer.5.")]
    adapter = stored(reduced({name: torch.randn_like(model.get_parameter(name)) for name in names}, 1))
    adapted = SentenceTransformersEncoder(adapter)
    changed, same_mask = adapted.encode(texts)
    assert np.array_equal(mask, same_mask)
    assert np.abs(changed - vectors).max() > 1e-3
    assert adapted.fingerprint != plain.fingerprint
    with pytest.raises(CheckpointError, match="does not have"):
        SentenceTransformersEncoder({**adapter, "encoder.layer.9.a": np.zeros((1, 384), np.float16)})
