"""Reference answers stored in a checkpoint, read without torch: its prior, and those to a sample window."""

import numpy as np

from fsrf_live.engines.common.contract import Inputs, Outputs
from fsrf_live.fsrf.common.answers import ANSWER_AXES, Answers
from fsrf_live.fsrf.common.checkpoint import Checkpoint
from fsrf_live.fsrf.common.errors import CheckpointError
from fsrf_live.fsrf.common.modalities import MODALITIES


def stored_prior(checkpoint: Checkpoint) -> Outputs:
    """The answer without any evidence, ``B = 1``; raises CheckpointError if the checkpoint has none."""
    try:
        prior = [np.asarray(checkpoint.facts["prior"][name], np.float32) for name in Answers._fields]
        return Answers(
            *(
                np.broadcast_to(value, (1, *axes)).copy()
                for value, axes in zip(prior, ANSWER_AXES, strict=True)
            )
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError("the checkpoint has no usable prior: train it again") from error


def sample_of(checkpoint: Checkpoint) -> tuple[Inputs, Outputs]:
    """The stored window (B = 1) and torch's answers to it; raises CheckpointError if they are missing."""
    sample = checkpoint.group("sample")
    try:
        inputs = Inputs(
            {m: sample[f"features.{m}"].astype(np.float32) for m in MODALITIES},
            {m: sample[f"masks.{m}"].astype(np.bool_) for m in MODALITIES},
        )
        return inputs, Answers(*(sample[f"answers.{name}"].astype(np.float32) for name in Answers._fields))
    except KeyError as error:
        raise CheckpointError(f"the checkpoint lacks its sample window ({error}): train it again") from error
