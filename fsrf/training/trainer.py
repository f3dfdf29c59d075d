"""Training on two views of every composed batch, and on single modalities.

Everything random in an epoch comes from (seed, epoch), so an interrupted run goes on from its last whole
epoch with the same result; a seed gives the same weights on the same number of threads.
"""

import copy
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from fsrf_live.fsrf.common.checkpoint import write_atomically
from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.errors import CheckpointError
from fsrf_live.fsrf.common.missing import DEVICE_KINDS, Masks, draw_subsets, drop_frames
from fsrf_live.fsrf.common.modalities import MODALITIES, SUBSETS, Modality
from fsrf_live.fsrf.common.recipe import Recipe
from fsrf_live.fsrf.data.compose import Batch
from fsrf_live.fsrf.network.inference import tensors
from fsrf_live.fsrf.network.model import FSRF, Semantics
from fsrf_live.fsrf.training.constraints import Constraints
from fsrf_live.fsrf.training.descent import Descent, run_epoch
from fsrf_live.fsrf.training.distillation import DistributionCalibration, look, mutual_losses
from fsrf_live.fsrf.training.targets import supervised

DEVICE_SHARE = 0.2
"""Share of rows whose frames are missing as a failing device loses them."""
_WHOLE_ALONE = 0.8
"""Share of single-modality rows that keep all frames."""


class Batches(Protocol):
    """A source of batches; `fsrf.data.compose.Composer` is one."""

    def composed(self, size: int, rng: np.random.Generator) -> Batch:
        """Samples with all modalities that the data has."""

    def alone(self, size: int, rng: np.random.Generator) -> list[tuple[Modality, Batch]]:
        """Batches of about `size` samples with one modality each; none if the data has no such labels."""


@dataclass(frozen=True, slots=True)
class EpochProgress:
    """After an epoch: its number from 1, how many there are, mean losses by name, the validation figure.

    The figure is None without validation. Epoch 0 is the pretraining, whose losses are named by modality.
    """

    epoch: int
    epochs: int
    losses: dict[str, float]
    figure: float | None = None


EpochReport = Callable[[EpochProgress], None]


def drop_some(masks: Masks, whole: float, rng: np.random.Generator) -> Masks:
    """Masks of a view: a share `whole` of rows keeps all frames, others lose U(0, 1) of them.

    A share `DEVICE_SHARE` of all rows loses frames as a failing device does instead.
    """
    rows = len(masks["text"])
    rates = np.where(rng.random(rows) < whole, 0.0, rng.random(rows))
    kept = drop_frames(masks, rates, rng)
    kinds = list(DEVICE_KINDS)
    failing = DEVICE_KINDS[kinds[int(rng.integers(len(kinds)))]](masks, rng)
    by_device = rng.random(rows) < DEVICE_SHARE
    return {m: np.where(by_device[:, None], failing[m], kept[m]) for m in MODALITIES}


class Trainer:
    """A network in training, epoch by epoch; `save_state` and `load_state` keep it across an interruption.

    `build` makes the network: `FSRF`, or an ablation of it. It is called after seeding, so that a seed
    determines the initial weights.
    """

    def __init__(
        self,
        config: ModelConfig,
        recipe: Recipe,
        source: Batches,
        build: Callable[[ModelConfig], FSRF],
    ) -> None:
        torch.manual_seed(recipe.seed)
        torch.set_num_threads(recipe.threads)
        self.recipe = recipe
        self.source = source
        self.model = build(config)
        self.constraints = Constraints(config)
        self.calibration = DistributionCalibration(config)
        self.average = copy.deepcopy(self.model)
        self._trained = nn.ModuleList([self.model, self.constraints])
        self._descent = Descent(self._trained, self.model, self.average, recipe)
        self.optimizer = self._descent.optimizer
        self.done = 0

    def modules(self) -> dict[str, nn.Module]:
        """Everything with weights or statistics, by name."""
        return {
            "model": self.model,
            "average": self.average,
            "constraints": self.constraints,
            "calibration": self.calibration,
        }

    def epoch(self) -> dict[str, float]:
        """Train one epoch; returns the mean of each loss."""
        losses = run_epoch(self.recipe, self.done, self._trained, self._step)
        self.done += 1
        return losses

    def _step(self, step: int, rng: np.random.Generator) -> dict[str, float]:
        total = self.recipe.epochs * self.recipe.steps
        losses = self._two_views(self.source.composed(self.recipe.composed, rng), rng)
        for m, batch in self.source.alone(self.recipe.solo, rng):
            for name, value in self._alone(m, batch, rng).items():
                losses[name] = losses[name] + value
        weights = asdict(self.recipe.weights)
        come_in = min(1.0, step / max(1.0, self.recipe.ramp * total))
        for name in ("alignment", "distillation", "calibration"):
            weights[name] *= come_in
        loss = torch.stack([weights[name] * value for name, value in losses.items() if weights[name]]).sum()
        self._descent.take(loss, step)
        return {name: float(value.detach()) for name, value in losses.items()}

    def _two_views(self, batch: Batch, rng: np.random.Generator) -> dict[str, Tensor]:
        features, scores = tensors(batch.features), torch.from_numpy(batch.scores)
        agreeing = torch.from_numpy(batch.agreeing.astype(np.float32))
        views, losses = [], []
        for number in range(2):
            masks = drop_some(batch.masks, self.recipe.whole, rng)
            subset = torch.from_numpy(draw_subsets(masks, rng))
            seen = self.model.semantics(features, tensors(masks))
            there = torch.from_numpy(np.stack([masks[m].any(1) for m in MODALITIES], 1).astype(np.float32))
            known = self.known(there)
            losses.append(self._supervised(seen, known, scores))
            richness = np.stack([masks[m].mean(1) for m in MODALITIES], 1)
            kept = (torch.from_numpy(richness.astype(np.float32)) * self.model.recovery.subsets[subset]).sum(
                1
            )
            views.append(look(seen, subset, scores, kept))
            if number == 0:
                spread = self.recipe.spread
                constrained = self.constraints(seen, there, scores, spread, agreeing)
        together = {name: (losses[0][name] + losses[1][name]) / 2 for name in losses[0]}
        together.update(constrained)  # of the first view only: both are drawn alike, and one costs half
        if self.recipe.weights.alignment or self.recipe.weights.distillation:
            together.update(mutual_losses(*views, one_way=self.recipe.one_way))
        if self.model.config.system == "firf":
            together["calibration"] = self.calibration(self.model, *views)
        return together

    def known(self, there: Tensor) -> Tensor:
        """``[B, 7]``: 1 if a label teaches the subset: all of its modalities are in `there` ``[B, 3]``."""
        return (there[:, None] >= self.model.recovery.subsets).all(-1).float()

    def _alone(self, modality: Modality, batch: Batch, rng: np.random.Generator) -> dict[str, Tensor]:
        masks = drop_some(batch.masks, _WHOLE_ALONE, rng)
        features, mask = torch.from_numpy(batch.features[modality]), torch.from_numpy(masks[modality])
        seen = self.model.alone(modality, features, mask)
        scores = torch.from_numpy(batch.scores)[:, [SUBSETS.index((modality,))]]
        return self._supervised(seen, mask.any(1, keepdim=True).float(), scores)

    def _supervised(self, seen: Semantics, known: Tensor, scores: Tensor) -> dict[str, Tensor]:
        return supervised(
            self.model.bins, self.model.config.neutral, seen.logits, scores, known, self.recipe.spread
        )


Tensors = dict[str, Tensor]


def save_state(path: Path, trainer: Trainer, best: Tensors, facts: dict[str, Any]) -> None:
    """Write everything that the next epoch needs: weights, averages, optimizer, the best so far, `facts`."""
    tensors: Tensors = {f"best.{k}": v for k, v in best.items()}
    for name, module in trainer.modules().items():
        tensors.update({f"{name}.{k}": v for k, v in module.state_dict().items()})
    for index, values in trainer.optimizer.state_dict()["state"].items():
        tensors.update({f"optimizer.{index}.{k}": torch.as_tensor(v) for k, v in values.items()})
    header = {"facts": json.dumps({**facts, "done": trainer.done})}
    write_atomically(path, save({k: v.detach().contiguous().clone() for k, v in tensors.items()}, header))


def load_state(path: Path, trainer: Trainer) -> tuple[Tensors, dict[str, Any]]:
    """Restore a trainer from the file; returns the best weights so far and the facts.

    Raises CheckpointError if the file is damaged or belongs to a network of another shape.
    """
    try:
        with safe_open(path, "pt") as file:
            facts: dict[str, Any] = json.loads(file.metadata()["facts"])
            tensors = {k: file.get_tensor(k) for k in file.keys()}  # noqa: SIM118
        for name, module in trainer.modules().items():
            module.load_state_dict(_under(tensors, name))
        state: dict[int, Tensors] = {}
        for key, value in _under(tensors, "optimizer").items():
            index, name = key.split(".", 1)
            state.setdefault(int(index), {})[name] = value
        groups = trainer.optimizer.state_dict()["param_groups"]
        trainer.optimizer.load_state_dict({"state": state, "param_groups": groups})
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise CheckpointError(
            f"cannot go on with the training kept in {path} ({reason}): delete it to start again"
        ) from error
    trainer.done = int(facts.pop("done"))
    return _under(tensors, "best"), facts


def _under(tensors: Tensors, name: str) -> Tensors:
    return {k[len(name) + 1 :]: v for k, v in tensors.items() if k.startswith(f"{name}.")}
