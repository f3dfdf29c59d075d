"""No engine is used before it agrees with the torch reference on a stored real window."""

from typing import Protocol

import numpy as np

from fsrf_live.engines.common.contract import Engine, Outputs
from fsrf_live.engines.common.names import Precision
from fsrf_live.engines.common.reference import sample_of
from fsrf_live.fsrf.common.checkpoint import Checkpoint
from fsrf_live.fsrf.common.errors import EngineError

BOUNDS: dict[Precision, float] = {"fp32": 1e-3, "fp16": 2e-2}
"""Largest absolute difference that is allowed, in score points and in probability."""


class PreciseEngine(Engine, Protocol):
    """An engine that says in which precision it computes."""

    @property
    def precision(self) -> Precision:
        """Its bound is `BOUNDS` of this."""


def difference(mine: Outputs, reference: Outputs) -> float:
    """Largest absolute difference of any answer; infinite if a shape differs or a value is not finite."""
    largest = 0.0
    for a, b in zip(mine, reference, strict=True):
        if a.shape != b.shape:
            return float("inf")
        distance = np.abs(a - b)
        if not np.isfinite(distance).all():
            return float("inf")
        largest = max(largest, float(distance.max(initial=0.0)))
    return largest


def check_parity(engine: PreciseEngine, checkpoint: Checkpoint) -> float:
    """The difference on the checkpoint's stored window; raises EngineError if it exceeds the bound."""
    window, reference = sample_of(checkpoint)
    largest = difference(engine.run(window), reference)
    if largest > BOUNDS[engine.precision]:
        raise EngineError(
            f"the {engine.name} engine differs from the torch reference by {largest:.2g} on the stored "
            f"window (allowed: {BOUNDS[engine.precision]:g}); it is not used, choose another with --engine"
        )
    return largest
