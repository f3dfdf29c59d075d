"""Reference answers stored in a checkpoint, read without torch: its prior, and those to a sample window."""

import numpy as np

from fsrf_live.engines.common.arrays import OUTPUT_AXES, from_named
from fsrf_live.engines.common.contract import Inputs, Outputs
from fsrf_live.fsrf.common.checkpoint import Checkpoint
from fsrf_live.fsrf.common.errors import CheckpointError
from fsrf_live.fsrf.common.modalities import MODALITIES


def stored_prior(checkpoint: Checkpoint) -> Outputs:
    """The answer without any evidence, ``B = 1``; raises CheckpointError if the checkpoint has none."""
    try:
        prior = {name: np.asarray(checkpoint.facts["prior"][name], np.float32) for name in OUTPUT_AXES}
        return from_named({n: np.broadcast_to(v, (1, *OUTPUT_AXES[n])).copy() for n, v in prior.items()})
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
        return inputs, from_named({name: sample[f"answers.{name}"] for name in OUTPUT_AXES})
    except KeyError as error:
        raise CheckpointError(f"the checkpoint lacks its sample window ({error}): train it again") from error
