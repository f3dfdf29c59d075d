"""How far a recovery may be trusted: the predicted agreement with the truth beside the actual one."""

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
    """One missing modality of a named subset: mean predicted and actual agreement, and their correlation."""

    subset: str
    missing: Modality
    figures: Mapping[str, float]


@torch.inference_mode()
def recovery_table(model: FSRF, batch: Batch) -> tuple[Recoverability, ...]:
    """Every missing modality of every incomplete subset, on samples that have all three modalities."""
    model.eval()
    reliability, agreement = [], []
    for start in range(0, len(batch.scores), _BATCH):
        part = slice(start, start + _BATCH)
        seen = model.semantics(
            tensors({m: batch.features[m][part] for m in MODALITIES}),
            tensors({m: batch.masks[m][part] for m in MODALITIES}),
        )
        truth = true_parts(seen.factors)[:, None]
        reliability.append(seen.recovered.reliability.numpy())
        agreement.append(functional.cosine_similarity(seen.recovered.guesses, truth, dim=-1).numpy())
    predicted, actual = np.concatenate(reliability), np.concatenate(agreement)
    return tuple(
        Recoverability(SUBSET_NAMES[row], m, _figures(predicted[:, row, column], actual[:, row, column]))
        for row, subset in enumerate(SUBSETS)
        for column, m in enumerate(MODALITIES)
        if m not in subset
    )


def _figures(predicted: Reals, actual: Reals) -> Mapping[str, float]:
    correlation = metrics.pearson(actual, predicted)
    return {"told": float(predicted.mean()), "found": float(actual.mean()), "pearson": correlation}
