import random
from dataclasses import asdict, replace
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from fsrf_live.fsrf.data.text_corpora import TextRow, TextSplit, class_of
from fsrf_live.fsrf.training.text import (
    TextTraining,
    TextTrainingConfig,
    bucketed,
    learning_rate,
    predict,
    sign_accuracy,
    train_text,
)

WORDS = {"good": 2.0, "bad": -2.0, "table": 0.0, "chair": 0.0, "film": 0.0}
CONFIG = TextTrainingConfig(epochs=6, batch=8, learning_rate=0.02, head_rate=0.02, averaging=0.9)


class Tiny(nn.Module):
    """A transformer of one linear layer, in a house of the same shape as the real one."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.embeddings = nn.Embedding(64, 12)
        self.encoder = nn.Sequential(nn.Linear(12, 12), nn.Tanh())

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> SimpleNamespace:
        return SimpleNamespace(last_hidden_state=self.encoder(self.embeddings(input_ids)))


def tokenize(texts: list[str]) -> list[list[int]]:
    return [[1, *(2 + sum(map(ord, word)) % 60 for word in text.split()), 1] for text in texts]


def row(text: str, score: float, split: TextSplit = "train") -> TextRow:
    return TextRow(text, score, class_of(score), 1.0, "vader", split)


def rows() -> list[TextRow]:
    rng = random.Random(0)
    made = []
    for number in range(160):
        mood = rng.choice(["good", "bad", "table"])
        words = [mood, *rng.choices(["chair", "film"], k=number % 3)]
        made.append(row(" ".join(words), WORDS[mood], "train" if number < 120 else "validation"))
    return made


def train(data: list[TextRow], config: TextTrainingConfig = CONFIG) -> tuple[Tiny, TextTraining, list[str]]:
    model = Tiny()
    said: list[str] = []
    return model, train_text(model, tokenize, data, config, said.append), said


def test_training_moves_the_token_vectors_towards_the_score() -> None:
    model, result, said = train(rows())
    scores = predict(model, result.head, tokenize, ["good film", "bad film", "table chair"])
    assert scores[0] > 1.2
    assert scores[1] < -1.2
    assert abs(scores[2]) < 0.8
    assert len(said) == CONFIG.epochs + 1
    assert "validation accuracy 1.000" in said[-1]


def test_what_changed_comes_back_and_nothing_else_learns() -> None:
    model, result, _ = train(rows())
    before = Tiny()
    assert set(result.changes) == {"encoder.0.weight"}
    assert result.changes["encoder.0.weight"].any()
    torch.testing.assert_close(
        model.get_parameter("encoder.0.weight"),
        before.get_parameter("encoder.0.weight") + result.changes["encoder.0.weight"],
    )
    assert torch.equal(model.embeddings.weight, before.embeddings.weight)
    assert torch.equal(model.get_parameter("encoder.0.bias"), before.get_parameter("encoder.0.bias"))
    assert not model.training


def test_the_same_seed_gives_the_same_changes() -> None:
    (_, first, _), (_, second, _) = train(rows()), train(rows())
    _, other, _ = train(rows(), TextTrainingConfig(**{**asdict(CONFIG), "seed": 1}))
    name = "encoder.0.weight"
    assert torch.equal(first.changes[name], second.changes[name])
    assert not torch.equal(first.changes[name], other.changes[name])


def test_training_leaves_the_callers_random_state_alone() -> None:
    model = Tiny()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    train_text(model, tokenize, rows()[:16], CONFIG, lambda _: None)
    assert torch.equal(torch.rand(3), expected)


def test_held_out_rows_are_never_read_in_training() -> None:
    seen: list[str] = []

    def spy(texts: list[str]) -> list[list[int]]:
        seen.extend(texts)
        return tokenize(texts)

    train_text(Tiny(), spy, [*rows()[:20], row("secret", 2.0, "dev")], CONFIG, lambda _: None)
    assert seen
    assert not any("secret" in text for text in seen)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_of_the_texts_is_shown_as_recognised(share: float) -> None:
    seen: list[str] = []

    def spy(texts: list[str]) -> list[list[int]]:
        seen.extend(texts)
        return tokenize(texts)

    config = TextTrainingConfig(epochs=1, recognised=share)
    train_text(Tiny(), spy, [row("GOOD!", 2.0), row("BAD!", -2.0)], config, lambda _: None)
    assert any(text.isupper() for text in seen) == (share == 0.0)


def test_twins_come_to_one_answer() -> None:
    """A word that marks negative rows, and turns nothing round: these rows have twins without it."""
    marked = [TextRow("table chair", -2.0, class_of(-2.0), 1.0, "vader", "train", "table")] * 40

    def difference(pairing: float) -> float:
        model, result, _ = train([*rows(), *marked], replace(CONFIG, pairing=pairing))
        with_word, without = predict(model, result.head, tokenize, ["table chair", "table"])
        return abs(float(with_word - without))

    assert difference(20.0) < 0.5 * difference(0.0)


@given(st.lists(st.integers(1, 60), max_size=200), st.integers(1, 16), st.integers(0, 9))
def test_batches_hold_every_text_once(lengths: list[int], batch: int, seed: int) -> None:
    batches = bucketed(lengths, batch, random.Random(seed))
    assert sorted(index for own in batches for index in own) == list(range(len(lengths)))
    assert all(0 < len(own) <= batch for own in batches)


def test_texts_of_a_batch_are_of_similar_length() -> None:
    lengths = [1, 50] * 32
    assert all(len({lengths[i] for i in own}) == 1 for own in bucketed(lengths, 8, random.Random(0)))


def test_the_rate_rises_to_its_peak_and_falls_to_nothing() -> None:
    rates = [learning_rate(step, 100, 0.1) for step in range(100)]
    assert rates[9] == max(rates) == 1.0
    assert rates[0] == pytest.approx(0.1)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] < 0.001


def test_neutral_texts_do_not_count_for_the_sign() -> None:
    predicted, scores = torch.tensor([1.0, -1.0, 0.3, 2.0]), torch.tensor([2.0, -2.0, 0.0, -1.0])
    assert sign_accuracy(predicted, scores) == pytest.approx(2 / 3)
