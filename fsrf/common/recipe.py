"""How a network is trained: sizes, rates, and the weight of each loss. Pure data."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LossWeights:
    """Weights of the losses; 0 leaves one out.

    `score` and `label` are supervision (bins and class mass) of all seven subsets; the rest are the
    constraints of the factorization and the parts of self-distillation, named as in their modules;
    `alignment` (0.3) and `distillation` (0.5) are off: when labels teach every subset they raised the error
    (docs/composed.md).
    """

    score: float = 1.0
    label: float = 0.5
    reconstruction: float = 0.1
    homogeneous: float = 0.1
    heterogeneous: float = 0.05
    redundancy: float = 0.05
    noise: float = 0.05
    sufficiency: float = 0.2
    recovery: float = 0.1
    reliability: float = 0.1
    alignment: float = 0.0
    distillation: float = 0.0
    synergy: float = 0.1
    calibration: float = 0.1


@dataclass(frozen=True, slots=True)
class Recipe:
    """One training run.

    First each encoder learns alone, for a share `pretraining` of its usual steps. An epoch is
    `steps` steps; a step takes `composed` samples in two views and `solo` samples of each modality alone, and
    encoders learn at `gentle` times the rate of the rest. `spread` is the deviation of the target
    distributions in score points, `whole` the share of views that keep all their frames, `ramp` the share of
    the run over which the weights of self-distillation and FIRF's calibration rise from 0, `average` the
    decay of the averaged weights, which are the ones that are kept.
    """

    seed: int = 0
    epochs: int = 10
    pretraining: float = 0.0
    gentle: float = 1.0
    steps: int = 80
    composed: int = 32
    solo: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warm_up: float = 0.05
    clip: float = 1.0
    spread: float = 0.35
    whole: float = 0.4
    ramp: float = 0.2
    average: float = 0.99
    one_way: bool = False
    threads: int = 1
    weights: LossWeights = field(default_factory=LossWeights)


def live_recipe(seed: int) -> Recipe:
    """The shipped checkpoint's: about seven minutes on its one thread."""
    return Recipe(seed=seed, epochs=6, pretraining=1.0, gentle=0.25)
