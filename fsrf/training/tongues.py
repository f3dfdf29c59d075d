"""Teaches a frozen encoder of many languages to say what the English one does (Reimers, Gurevych 2020).

Multilingual distillation (arXiv 2004.09813): the teacher is the text path of a trained network, which reads
the English original; the student reads the translation. Network and encoder stay as they are; a map of
the encoder's token vectors (`fsrf.network.tongues`) learns that the network's view of the text and its
distribution over score bins are the teacher's. Texts without an original teach by their labels.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from fsrf_live.fsrf.common.aliases import Report
from fsrf_live.fsrf.common.modalities import SUBSETS
from fsrf_live.fsrf.network.model import FSRF
from fsrf_live.fsrf.network.tongues import TokenMap
from fsrf_live.fsrf.training.text import bucketed, learning_rate

TEXT_ALONE = SUBSETS.index(("text",))
EVERY = 200
SAMPLE = 800
"""So many texts tell how large the encoder's vectors are."""


@dataclass(frozen=True, slots=True)
class TonguesConfig:
    """How the map is taught.

    `view` and `labels` weigh losses; `balance` says how far rare classes are evened out.
    """

    hidden: int = 256
    learning_rate: float = 1e-3
    warm_up: float = 0.05
    steps: int = 800
    batch: int = 32
    view: float = 0.1
    labels: float = 0.5
    balance: float = 0.5
    weight_decay: float = 0.05
    seed: int = 0


class Said(NamedTuple):
    """What the network makes of B texts alone: its view z ``[B, d]`` and logits ``[B, bins]``."""

    view: Tensor
    logits: Tensor


@dataclass(frozen=True, slots=True)
class Lessons:
    """N texts: ``tapped[i]`` are the vectors ``[T_i, taps * D]`` of the i-th, in half precision.

    `taught` ``[N]`` are places among the teacher's answers, -1 if there is none; `label` ``[N]`` is 0 to 2,
    or -1.
    """

    tapped: Sequence[NDArray[np.float16]]
    taught: NDArray[np.int64]
    label: NDArray[np.int64]


def said_of(network: FSRF, vectors: Tensor, mask: Tensor) -> Said:
    """Token vectors ``[B, T, D]`` and mask ``[B, T]`` to what the network makes of them."""
    seen = network.alone("text", vectors, mask)
    return Said(seen.factors["text"].pooled, seen.logits[:, 0])


def teach(network: FSRF, lessons: Lessons, teacher: Said, config: TonguesConfig, report: Report) -> TokenMap:
    """Teach a map; the same seed and thread count give the same. The network is not changed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        return _Lesson(network, lessons, teacher, config).run(report)


def padded(tapped: Sequence[NDArray[np.float16]]) -> tuple[Tensor, Tensor]:
    """Vectors of several texts ``[B, T, D]`` and their mask ``[B, T]``."""
    longest = max(map(len, tapped))
    vectors = torch.zeros(len(tapped), longest, tapped[0].shape[1])
    mask = torch.zeros(len(tapped), longest, dtype=torch.bool)
    for row, own in enumerate(tapped):
        vectors[row, : len(own)] = torch.from_numpy(own.astype(np.float32))
        mask[row, : len(own)] = True
    return vectors, mask


class _Lesson:
    """State of one run."""

    def __init__(self, network: FSRF, lessons: Lessons, teacher: Said, config: TonguesConfig) -> None:
        self.network, self.lessons, self.config = network.eval(), lessons, config
        self.temperature = network.temperature[1 + TEXT_ALONE]
        self.view = teacher.view
        self.spread = teacher.view.std(0).clamp_min(1e-3)
        self.wanted = (teacher.logits / self.temperature).softmax(-1)
        self.map = self._first_map()
        self.optimizer = torch.optim.AdamW(
            self.map.parameters(), config.learning_rate, (0.9, 0.98), weight_decay=config.weight_decay
        )
        self.rng = random.Random(config.seed)

    def run(self, report: Report) -> TokenMap:
        steps, total = self.config.steps, 0.0
        self.map.train()
        for step, batch in enumerate(self._batches()):
            rate = self.config.learning_rate * learning_rate(step, steps, self.config.warm_up)
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            total += self._step(batch)
            if (step + 1) % EVERY == 0:
                report(f"step {step + 1} of {steps}: loss {total / EVERY:.3f}")
                total = 0.0
        return _folded(self.map.eval(), self.mean, self.deviation)

    def _first_map(self) -> TokenMap:
        """The last tap alone, scaled as the network expects its vectors."""
        tapped = self.lessons.tapped
        some = [tapped[row] for row in np.linspace(0, len(tapped) - 1, SAMPLE).astype(np.int64)]
        values = torch.from_numpy(np.concatenate(some).astype(np.float32))
        self.mean, self.deviation = values.mean(0), values.std(0).clamp_min(1e-4)
        expected = self.network.encoder("text").standardise
        width = len(expected.mean)
        token_map = TokenMap(width, self.config.hidden)
        with torch.no_grad():
            token_map.straight.weight.zero_()[:, -width:] = torch.diag(expected.deviation)
            token_map.straight.bias.copy_(expected.mean)
            token_map.up.weight.zero_()
            token_map.up.bias.zero_()
        return token_map

    def _batches(self) -> Iterator[list[int]]:
        """As many batches as steps; rare classes are drawn more often than they come."""
        config, taught = self.config, self.lessons.taught
        classes = (self.wanted @ self.network.bins.shares).argmax(-1).numpy()
        own = np.where(taught >= 0, classes[taught], self.lessons.label)
        weights = (np.bincount(own, minlength=3) / len(own))[own] ** -config.balance
        drawn = self.rng.choices(range(len(own)), list(weights), k=config.steps * config.batch)
        lengths = [len(self.lessons.tapped[row]) for row in drawn]
        for places in bucketed(lengths, config.batch, self.rng):
            yield [drawn[place] for place in places]

    def _step(self, rows: list[int]) -> float:
        vectors, mask = padded([self.lessons.tapped[row] for row in rows])
        said = said_of(self.network, self.map((vectors - self.mean) / self.deviation), mask)
        loss = self._loss(said, self.lessons.taught[rows], torch.from_numpy(self.lessons.label[rows]))
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.map.parameters(), 1.0)
        self.optimizer.step()
        return float(loss.detach())

    def _loss(self, said: Said, taught: NDArray[np.int64], label: Tensor) -> Tensor:
        """The teacher's view and distribution if there is a teacher, else the class of the label."""
        has, place = torch.from_numpy(taught >= 0), torch.from_numpy(taught.clip(min=0))
        share = has.float() / has.float().sum().clamp_min(1.0)
        distribution = (said.logits / self.temperature).log_softmax(-1)
        apart = functional.kl_div(distribution, self.wanted[place], reduction="none").sum(-1)
        away = (((said.view - self.view[place]) / self.spread) ** 2).mean(-1)
        classes = (distribution.exp() @ self.network.bins.shares).clamp_min(1e-6).log()
        wrong = functional.nll_loss(classes, label.clamp_min(0), reduction="none") * (~has).float()
        return ((apart + self.config.view * away) * share).sum() + self.config.labels * wrong.mean()


@torch.no_grad()
def _folded(token_map: TokenMap, mean: Tensor, deviation: Tensor) -> TokenMap:
    """The same map for vectors as they come."""
    for layer in (token_map.straight, token_map.down):
        layer.bias.sub_(layer.weight @ (mean / deviation))
        layer.weight.div_(deviation)
    return token_map
