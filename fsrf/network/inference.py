"""Loads, saves and runs a network; answers are numpy arrays."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.fsrf.common.answers import Answers
from fsrf_live.fsrf.common.checkpoint import Arrays, read_checkpoint, write_checkpoint
from fsrf_live.fsrf.common.errors import CheckpointError
from fsrf_live.fsrf.common.missing import RealMasks
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.fsrf.network.model import FSRF

TensorWindow = tuple[Mapping[Modality, Tensor], Mapping[Modality, Tensor]]
"""Features and masks by modality."""

_AT_ONCE = 128
"""Samples in one pass of the network: bounds the memory of a large test set."""


def load_model(path: Path) -> FSRF:
    """The network of a checkpoint, ready to answer; raises CheckpointError if the file does not fit."""
    checkpoint = read_checkpoint(path)
    model = FSRF(checkpoint.config)
    state = {k: torch.from_numpy(v.astype(np.float32)) for k, v in checkpoint.group("model").items()}
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise CheckpointError(
            f"the tensors of {path} do not fit its config ({str(error).splitlines()[0]}): train it again"
        ) from error
    return model.eval()


def save_model(
    model: FSRF, path: Path, adapter: Arrays, sample: TensorWindow, facts: Mapping[str, Any]
) -> None:
    """Write a network as a checkpoint, with the text adapter, a sample window (B = 1) and its answers.

    The sample is stored in half precision; the answers are to the stored values, so that engines can match
    them.
    """
    features, masks = sample
    arrays: Arrays = {f"model.{k}": v.detach().cpu().numpy() for k, v in model.state_dict().items()}
    arrays.update({f"adapter.{k}": v for k, v in adapter.items()})
    halves: dict[Modality, Tensor] = {m: features[m].half() for m in MODALITIES}
    answers = answers_of(model, {m: halves[m].float() for m in MODALITIES}, masks)
    for m in MODALITIES:
        arrays[f"sample.features.{m}"] = halves[m].numpy()
        arrays[f"sample.masks.{m}"] = masks[m].numpy()
    arrays.update({f"sample.answers.{k}": v.numpy() for k, v in answers._asdict().items()})
    write_checkpoint(path, model.config, arrays, {**facts, "prior": prior_of(model)})


def answers_of(
    model: FSRF, features: Mapping[Modality, Tensor], masks: Mapping[Modality, Tensor]
) -> Answers[Tensor]:
    """The reference answers: evaluation mode, no gradients."""
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        answers: Answers[Tensor] = model(features, masks)
    model.train(was_training)
    return answers


def empty_window(model: FSRF, windows: int = 1) -> TensorWindow:
    """Windows without any evidence."""
    shapes = {m: model.config.modality(m) for m in MODALITIES}
    features: dict[Modality, Tensor] = {m: torch.zeros(windows, s.length, s.width) for m, s in shapes.items()}
    return features, {m: torch.zeros(windows, s.length, dtype=torch.bool) for m, s in shapes.items()}


def prior_of(model: FSRF) -> dict[str, Any]:
    """The answers without evidence, for the header: those of one subset of one window."""
    answers = answers_of(model, *empty_window(model))
    return {k: v[0, 0].tolist() for k, v in answers._asdict().items()}


def tensors(arrays: Mapping[Modality, NDArray[Any]]) -> dict[Modality, Tensor]:
    """Arrays by modality as tensors that share their memory."""
    return {m: torch.from_numpy(arrays[m]) for m in MODALITIES}


def answer(model: FSRF, features: Mapping[Modality, Floats], masks: RealMasks) -> Answers[Floats]:
    """Answer N samples; lengths may be any multiples of the strides up to the config's."""
    answers = []
    for start in range(0, len(features["text"]), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        answers.append(
            answers_of(
                model,
                tensors({m: features[m][part] for m in MODALITIES}),
                tensors({m: masks[m][part] for m in MODALITIES}),
            )
        )
    return Answers(*(torch.cat(parts).numpy() for parts in zip(*answers, strict=True)))
