"""Trains the text adapter: corrections that make an encoder's token vectors carry sentiment.

The encoder and its tokenizer are passed in. The mean of a text's token vectors goes through a small head that
predicts a distribution over score bins and three classes; the head is thrown away afterwards. All weights of
the encoder's linear layers learn; several runs in other orders are averaged (model soups: Wortsman et al.
2022, arXiv 2203.05482), and of their change the largest directions are kept (`fsrf.network.lora.reduced`).
What makes no difference to a feeling may make none to the score: a row's twin is read beside it, and their
difference is a loss (counterfactual logit pairing: Garg et al. 2019, arXiv 1809.10610).

On a processor that multiplies bfloat16 the encoder's products are taken in it, up to twice as fast by AMX and
1.5 times by AVX-512; weights, head and losses stay in float32. So the same seed gives other weights there.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from fsrf_live.fsrf.common.aliases import Report, Tokenize
from fsrf_live.fsrf.common.config import NEUTRAL_WITHIN, SCORE_HIGH, SCORE_LOW
from fsrf_live.fsrf.data.text import AN_EPOCH
from fsrf_live.fsrf.data.text_clean import as_recognised
from fsrf_live.fsrf.data.text_corpora import TextRow
from fsrf_live.fsrf.network.bins import normal_target
from fsrf_live.fsrf.network.lora import Changes, linear_names
from fsrf_live.fsrf.network.tokens import pad_tokens


class TokenModel(Protocol):
    """A transformer that is called as ``model(input_ids=[B, T], attention_mask=[B, T])``."""

    def __call__(self, *, input_ids: Tensor, attention_mask: Tensor) -> Any:
        """An answer whose `last_hidden_state` is ``[B, T, D]``."""


@dataclass(frozen=True, slots=True)
class TextTrainingConfig:
    """How the adapter is trained.

    `within` is how the names of the layers that learn begin; `head_rate` the head's own learning rate;
    `recognised` the share of texts shown as a recogniser writes them; `spread` the deviation of the target
    over the bins; `averaging` the decay of the weights' running average; `pairing` the weight of the squared
    difference from a twin's score.
    """

    within: str = "encoder."
    learning_rate: float = 1e-4
    head_rate: float = 1e-3
    warm_up: float = 0.06
    epochs: int = 2
    batch: int = 32
    recognised: float = 0.3
    bins: int = 25
    spread: float = 0.35
    class_weight: float = 0.5
    pairing: float = 2.0
    weight_decay: float = 0.01
    averaging: float = 0.998
    seed: int = 0


@dataclass(frozen=True, slots=True)
class TextTraining:
    """What training added to the layers' weights, and the head that they were trained with."""

    changes: Changes
    head: "ScoreHead"


@dataclass(frozen=True, slots=True)
class _TextBatch:
    """Token ids of B texts, what they are worth, and the ids of those twins that some of the texts have."""

    ids: list[list[int]]
    scores: Tensor
    labels: Tensor
    weights: Tensor
    paired: list[int]
    twins: list[list[int]]


class ScoreHead(nn.Module):
    """Mean of the token vectors to a distribution over bins of the score and three classes.

    It begins at zero: runs that begin alike end near enough to each other to be averaged.
    """

    centres: Tensor

    def __init__(self, width: int, bins: int) -> None:
        super().__init__()
        self.score = nn.Linear(width, bins)
        self.classes = nn.Linear(width, 3)
        for parameter in self.parameters():
            nn.init.zeros_(parameter)
        self.register_buffer("centres", torch.linspace(SCORE_LOW, SCORE_HIGH, bins))

    def forward(self, tokens: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Vectors ``[B, T, D]``, mask ``[B, T]`` to logits of bins ``[B, bins]`` and classes ``[B, 3]``."""
        real = mask.unsqueeze(-1).to(tokens.dtype)
        pooled = (tokens * real).sum(1) / real.sum(1).clamp(min=1.0)
        return self.score(pooled), self.classes(pooled)

    def read(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Expected score ``[B]``."""
        logits, _ = self.forward(tokens, mask)
        return logits.softmax(-1) @ self.centres


def train_text(
    model: nn.Module,
    tokenize: Tokenize,
    rows: Sequence[TextRow],
    config: TextTrainingConfig,
    progress: Report,
) -> TextTraining:
    """Train on the rows of split ``train``; the same seed and thread count give the same changes.

    The model is changed in place. `tokenize` gives token ids with one special token at either end. `progress`
    gets a line after each epoch, with the accuracy on split ``validation``.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        return _Trainer(model, tokenize, config).train(rows, progress)


def bucketed(lengths: Sequence[int], batch: int, rng: random.Random) -> list[list[int]]:
    """Indices in batches of similar length, in random order; every index once."""
    order = list(range(len(lengths)))
    rng.shuffle(order)
    batches: list[list[int]] = []
    for start in range(0, len(order), batch * 50):
        chunk = sorted(order[start : start + batch * 50], key=lambda index: lengths[index])
        batches += [chunk[at : at + batch] for at in range(0, len(chunk), batch)]
    rng.shuffle(batches)
    return batches


def learning_rate(step: int, steps: int, warm_up: float) -> float:
    """Share of the peak rate: a linear warm-up, then half a cosine down to zero."""
    warm = max(1, round(steps * warm_up))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1.0 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


@torch.no_grad()
def predict(model: TokenModel, head: ScoreHead, tokenize: Tokenize, texts: Sequence[str]) -> Tensor:
    """Expected scores ``[N]`` of texts."""
    ids = tokenize(list(texts))
    scores = torch.zeros(len(ids))
    order = sorted(range(len(ids)), key=lambda index: len(ids[index]))
    for at in range(0, len(order), 64):
        chosen = order[at : at + 64]
        input_ids, attention, real = pad_tokens([ids[index] for index in chosen])
        tokens = model(input_ids=input_ids, attention_mask=attention).last_hidden_state
        scores[chosen] = head.read(tokens, real)
    return scores


def sign_accuracy(predicted: Tensor, scores: Tensor) -> float:
    """Share of the texts with a clear score (not neutral) whose sign is right; nan if there is none."""
    clear = scores.abs() > NEUTRAL_WITHIN
    return float(((predicted > 0) == (scores > 0))[clear].float().mean())


class _Trainer:
    """State of one training run."""

    def __init__(self, model: nn.Module, tokenize: Tokenize, config: TextTrainingConfig) -> None:
        self.model, self.tokenize, self.config = model, tokenize, config
        self.rng = random.Random(config.seed)
        model.requires_grad_(False)
        names = [f"{name}.weight" for name in linear_names(model, config.within)]
        self.weights = {name: model.get_parameter(name).requires_grad_() for name in names}
        self.before = {name: weight.detach().clone() for name, weight in self.weights.items()}
        self.head = ScoreHead(self.weights[names[-1]].shape[0], config.bins)
        able = torch.cpu.get_capabilities()
        self.halved = bool(able.get("amx_bf16") or able.get("avx512_bf16"))
        self.trained = [*self.weights.values(), *self.head.parameters()]
        self.averages = [p.detach().clone() for p in self.trained]
        groups = [
            {"params": [*self.weights.values()], "peak": config.learning_rate},
            {"params": [*self.head.parameters()], "peak": config.head_rate},
        ]
        self.optimizer = torch.optim.AdamW(groups, weight_decay=config.weight_decay, betas=(0.9, 0.98))

    def train(self, rows: Sequence[TextRow], progress: Report) -> TextTraining:
        config = self.config
        training = [row for row in rows if row.split == "train"]
        validation = [row for row in rows if row.split == "validation" and row.corpus in {"vader", "sst5"}]
        epochs = [self._epoch(training) for _ in range(config.epochs)]
        steps = sum(-(-len(epoch) // config.batch) for epoch in epochs)
        step = 0
        self.model.train()
        for number, epoch in enumerate(epochs, start=1):
            total, count = 0.0, 0
            for batch in self._batches(epoch):
                for group in self.optimizer.param_groups:
                    group["lr"] = group["peak"] * learning_rate(step, steps, config.warm_up)
                total += self._step(batch, step)
                count, step = count + 1, step + 1
            mean = total / max(1, count)
            progress(f"epoch {number} of {config.epochs}: loss {mean:.3f}{self._check(validation)}")
        self._use_averages()
        self.model.eval()
        progress(f"averaged weights{self._check(validation)}")
        changes = {name: weight.detach() - self.before[name] for name, weight in self.weights.items()}
        return TextTraining(changes, self.head.requires_grad_(False))

    def _epoch(self, rows: Sequence[TextRow]) -> list[TextRow]:
        chosen: list[TextRow] = []
        for corpus in sorted({row.corpus for row in rows}):
            own = [row for row in rows if row.corpus == corpus]
            chosen += self.rng.sample(own, min(len(own), AN_EPOCH.get(corpus, len(own))))
        return chosen

    def _batches(self, rows: Sequence[TextRow]) -> Iterator[_TextBatch]:
        texts = [
            as_recognised(row.text, self.rng) if self.rng.random() < self.config.recognised else row.text
            for row in rows
        ]
        ids = self.tokenize(texts)
        for batch in bucketed([len(tokens) for tokens in ids], self.config.batch, self.rng):
            own = [rows[index] for index in batch]
            twins = {place: row.twin for place, row in enumerate(own) if row.twin is not None}
            yield _TextBatch(
                [ids[index] for index in batch],
                torch.tensor([row.score for row in own]),
                torch.tensor([row.label for row in own]),
                torch.tensor([row.weight for row in own]),
                list(twins),
                self.tokenize(list(twins.values())) if twins else [],
            )

    def _step(self, batch: _TextBatch, step: int) -> float:
        loss = self._loss(batch)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimizer.step()
        decay = min(self.config.averaging, (1 + step) / (10 + step))
        with torch.no_grad():
            torch._foreach_lerp_(self.averages, [p.detach() for p in self.trained], 1.0 - decay)
        return float(loss.detach())

    def _loss(self, batch: _TextBatch) -> Tensor:
        input_ids, attention, real = pad_tokens([*batch.ids, *batch.twins])
        with torch.autocast("cpu", torch.bfloat16, enabled=self.halved):
            tokens = self.model(input_ids=input_ids, attention_mask=attention).last_hidden_state
        bins, classes = self.head(tokens.float(), real)
        own = len(batch.ids)
        wanted = normal_target(batch.scores, self.head.centres, self.config.spread)
        losses = functional.cross_entropy(bins[:own], wanted, reduction="none")
        losses = losses + self.config.class_weight * functional.cross_entropy(
            classes[:own], batch.labels, reduction="none"
        )
        loss = (batch.weights * losses).mean()
        if batch.twins:
            read = bins.softmax(-1) @ self.head.centres
            loss = loss + self.config.pairing * ((read[batch.paired] - read[own:]) ** 2).sum() / own
        return loss

    @torch.no_grad()
    def _use_averages(self) -> None:
        for parameter, average in zip(self.trained, self.averages, strict=True):
            parameter.copy_(average)

    def _check(self, validation: Sequence[TextRow]) -> str:
        if not validation:
            return ""
        training = self.model.training
        self.model.eval()
        predicted = predict(self.model, self.head, self.tokenize, [row.text for row in validation])
        self.model.train(training)
        accuracy = sign_accuracy(predicted, torch.tensor([row.score for row in validation]))
        return f", validation accuracy {accuracy:.3f}"
