"""How far a recovery may be trusted: what is foretold beside how far the score moves with the real part."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fsrf_live.fsrf.common import metrics
from fsrf_live.fsrf.common.aliases import Reals
from fsrf_live.fsrf.common.modalities import MODALITIES, SUBSET_NAMES, SUBSETS, Modality, subset_index
from fsrf_live.fsrf.data.compose import Batch
from fsrf_live.fsrf.network.inference import answer
from fsrf_live.fsrf.network.model import FSRF


@dataclass(frozen=True, slots=True)
class Recoverability:
    """One missing modality of a named subset.

    ``told`` and ``found`` are the mean reliability, foretold and by the score with the real part, ``moved``
    is how far the score moved in the mean, ``spearman`` the rank correlation of told and found.
    """

    subset: str
    missing: Modality
    figures: Mapping[str, float]


def recovery_table(model: FSRF, batch: Batch) -> tuple[Recoverability, ...]:
    """Every missing modality of every incomplete subset, on samples that have all three modalities."""
    answered, span = answer(model, batch.features, batch.masks), float(model.reliability.span)
    return tuple(
        Recoverability(
            SUBSET_NAMES[row],
            m,
            _figures(
                answered.recovery[:, row, column],
                np.abs(answered.score[:, subset_index({*subset, m})] - answered.score[:, row]),
                span,
            ),
        )
        for row, subset in enumerate(SUBSETS)
        for column, m in enumerate(MODALITIES)
        if m not in subset
    )


def _figures(told: Reals, moved: Reals, span: float) -> Mapping[str, float]:
    return {
        "told": float(told.mean()),
        "found": float(np.clip(1 - moved / span, 0, 1).mean()),
        "moved": float(moved.mean()),
        "spearman": metrics.spearman(-moved, told),
    }
