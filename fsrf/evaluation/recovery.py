"""How far a recovery may be trusted: the agreement that is foretold beside the agreement that there is."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from fsrf_live.fsrf.common import metrics
from fsrf_live.fsrf.common.aliases import Reals
from fsrf_live.fsrf.common.modalities import MODALITIES, SUBSET_NAMES, SUBSETS, Modality
from fsrf_live.fsrf.data.compose import Batch
from fsrf_live.fsrf.network.inference import tensors
from fsrf_live.fsrf.network.model import FSRF
from fsrf_live.fsrf.network.recovery import true_parts

_BATCH = 128


@dataclass(frozen=True, slots=True)
class Recoverability:
    """One missing modality of a named subset: mean agreement `told` and `found`, and their correlation."""

    subset: str
    missing: Modality
    figures: Mapping[str, float]


@torch.inference_mode()
def recovery_table(model: FSRF, batch: Batch) -> tuple[Recoverability, ...]:
    """Every missing modality of every incomplete subset, on samples that have all three modalities."""
    model.eval()
    told, found = [], []
    for start in range(0, len(batch.scores), _BATCH):
        part = slice(start, start + _BATCH)
        seen = model.semantics(
            tensors({m: batch.features[m][part] for m in MODALITIES}),
            tensors({m: batch.masks[m][part] for m in MODALITIES}),
        )
        truth = true_parts(seen.factors)[:, None]
        told.append(seen.recovered.reliability.numpy())
        found.append(functional.cosine_similarity(seen.recovered.guesses, truth, dim=-1).numpy())
    foretold, true = np.concatenate(told), np.concatenate(found)
    return tuple(
        Recoverability(SUBSET_NAMES[row], m, _figures(foretold[:, row, column], true[:, row, column]))
        for row, subset in enumerate(SUBSETS)
        for column, m in enumerate(MODALITIES)
        if m not in subset
    )


def _figures(told: Reals, found: Reals) -> Mapping[str, float]:
    return {"told": float(told.mean()), "found": float(found.mean()), "pearson": metrics.pearson(found, told)}
