"""FSRF less one part at a time, or with one that is off: by recipe, by config, or by a hook on the part."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from torch import Tensor, nn

from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.recipe import Recipe
from fsrf_live.fsrf.network.model import FSRF
from fsrf_live.fsrf.network.recovery import Recovered
from fsrf_live.fsrf.training.trainer import Trainer

Build = Callable[[ModelConfig], FSRF]
MMD, KL = 0.3, 0.5
"""Weights of self-distillation's two losses in the variants that have it."""
COMPLETE_LABELS = "labels of complete samples alone"


@dataclass(frozen=True, slots=True)
class Variant:
    """A name for the table, and what is changed; `base` is the title of what it is compared with, "" FSRF."""

    title: str
    config: Callable[[ModelConfig], ModelConfig]
    recipe: Callable[[Recipe], Recipe]
    build: Build = FSRF
    trainer: type[Trainer] = Trainer
    base: str = ""


def without_recovery(config: ModelConfig) -> FSRF:
    """FSRF in which missing parts stay zero."""
    model = FSRF(config)
    model.recovery.register_forward_hook(_unrecovered)
    return model


def variants() -> dict[str, Variant]:
    """All ablations by the names of their runs."""
    constraints = ("reconstruction", "homogeneous", "heterogeneous", "redundancy", "noise", "sufficiency")
    return {
        "no-factorization": Variant("without the constraints of factorization", _same, _less(*constraints)),
        "noise": Variant("with a noise part", _with_noise, _unchanged),
        "no-recovery": Variant("without recovery", _same, _less("recovery", "reliability"), without_recovery),
        "supervision": Variant(
            "supervision of all subsets alone", _same, _less(*constraints, "recovery", "reliability")
        ),
        "distillation": Variant("with self-distillation", _same, _with(alignment=MMD, distillation=KL)),
        "one-way": Variant(
            "with one-way distillation", _same, _with(alignment=MMD, distillation=KL, one_way=True)
        ),
        "mmd": Variant("with MMD, without KL", _same, _with(alignment=MMD)),
        "kl": Variant("with KL, without MMD", _same, _with(distillation=KL)),
        **_of_complete_labels(),
    }


def _of_complete_labels() -> dict[str, Variant]:
    """Variants in which no label teaches an incomplete subset, only recovery or self-distillation do."""
    distil, unrecovering = _with(alignment=MMD, distillation=KL), _less("recovery", "reliability")
    taught = partial(Variant, config=_same, trainer=OfCompleteSamples)
    beside = partial(taught, base=COMPLETE_LABELS)
    return {
        "complete": taught(COMPLETE_LABELS, recipe=_unchanged),
        "complete-no-recovery": beside(
            "these, without recovery", recipe=unrecovering, build=without_recovery
        ),
        "complete-distillation": beside("these, with self-distillation", recipe=distil),
        "complete-distillation-alone": beside(
            "these, with self-distillation in place of recovery",
            recipe=lambda recipe: distil(unrecovering(recipe)),
            build=without_recovery,
        ),
    }


class OfCompleteSamples(Trainer):
    """A trainer whose labels teach only the subset of all modalities that the data have."""

    def known(self, there: Tensor) -> Tensor:
        """``[B, 7]``: 1 in the column of all modalities that any row has, if the row ``[B, 3]`` has them."""
        widest = (self.model.recovery.subsets == there.amax(0)).all(-1)
        return super().known(there) * widest


def as_firf(config: ModelConfig) -> ModelConfig:
    """The config of FIRF."""
    return replace(config, system="firf")


def _with_noise(config: ModelConfig) -> ModelConfig:
    return replace(config, noise=True)


def _same(config: ModelConfig) -> ModelConfig:
    return config


def _unchanged(recipe: Recipe) -> Recipe:
    return recipe


def _less(*names: str) -> Callable[[Recipe], Recipe]:
    """A recipe without some losses."""
    return lambda recipe: replace(recipe, weights=replace(recipe.weights, **dict.fromkeys(names, 0.0)))


def _with(*, one_way: bool = False, **weights: float) -> Callable[[Recipe], Recipe]:
    """A recipe with other weights of some losses."""
    return lambda recipe: replace(recipe, weights=replace(recipe.weights, **weights), one_way=one_way)


def _unrecovered(module: nn.Module, given: tuple[Tensor, ...], recovered: Recovered) -> Recovered:
    there = given[2][None, :, :, None]
    return Recovered(
        recovered.homogeneous * there,
        recovered.heterogeneous * there,
        recovered.reliability * there[..., 0],
        recovered.guesses,
    )
