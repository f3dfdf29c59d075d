"""A task: samples of three splits, the network's shape, the budget that all models share, and the figures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.modalities import SUBSETS, Modality
from fsrf_live.fsrf.common.recipe import Recipe
from fsrf_live.fsrf.data.compose import Batch

Measure = Callable[[Floats, Floats, Floats], dict[str, float]]
"""Truths ``[N]``, scores ``[N]`` and class probabilities ``[N, 3]`` to figures."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is compared, on what.

    `about` says it in a sentence or two. `columns` are the figures of the main table, by name, with their
    titles; the first is the headline, which is averaged over the six incomplete subsets. `absent` are
    modalities that the data does not have. Intervals are calibrated on `calibration`. `notes` are
    caveats for the page.
    """

    name: str
    about: str
    config: ModelConfig
    recipe: Recipe
    train: Batch
    valid: Batch
    calibration: Batch
    test: Batch
    measure: Measure
    columns: Mapping[str, str]
    absent: tuple[Modality, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def subsets(self) -> list[int]:
        """Indices of the subsets that name no absent modality; the last one is the complete one."""
        return [s for s, subset in enumerate(SUBSETS) if not set(subset) & set(self.absent)]

    @property
    def headline(self) -> str:
        """The figure that the Avg6 column, the curve and the intervals are about."""
        return next(iter(self.columns))
