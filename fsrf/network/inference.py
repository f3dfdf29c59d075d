"""Runs a network over many samples and hands back numpy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fsrf_live.fsrf.common.missing import RealMasks
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.fsrf.network.loading import answers_of
from fsrf_live.fsrf.network.model import FSRF

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Answered:
    """Answers to N samples; fields and shapes as in `fsrf.network.model.Answers`."""

    score: Floats
    probabilities: Floats
    interval: Floats
    recovery: Floats


def tensors(arrays: Mapping[Modality, NDArray[Any]]) -> dict[Modality, Tensor]:
    """Arrays by modality as tensors that share their memory."""
    return {m: torch.from_numpy(arrays[m]) for m in MODALITIES}


def run(model: FSRF, features: Mapping[Modality, Floats], masks: RealMasks, batch: int = 128) -> Answered:
    """Answer N samples, `batch` at a time; lengths may be any multiples of the strides up to the config's."""
    count = len(features["text"])
    answers = []
    for start in range(0, count, batch):
        part = slice(start, start + batch)
        answers.append(
            answers_of(
                model,
                tensors({m: features[m][part] for m in MODALITIES}),
                tensors({m: masks[m][part] for m in MODALITIES}),
            )
        )
    return Answered(*(np.concatenate([getattr(a, k).numpy() for a in answers]) for k in Answered.__slots__))
