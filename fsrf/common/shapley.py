"""Who contributed what: the exact Shapley value of each modality, from the scores of all subsets."""

from math import factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fsrf_live.fsrf.common.modalities import MODALITIES, SUBSETS

_COUNT = len(MODALITIES)


def _coefficients() -> NDArray[np.float64]:
    """``[8, 3]``: the weight of the score of each pattern (bit mask) in each modality's value."""
    table = np.zeros((len(SUBSETS) + 1, _COUNT))
    for pattern in range(len(table)):
        size = bin(pattern).count("1")
        for m in range(_COUNT):
            others = size - (pattern >> m & 1)
            weight = factorial(others) * factorial(_COUNT - others - 1) / factorial(_COUNT)
            table[pattern, m] = weight if pattern >> m & 1 else -weight
    return table


_TABLE = _coefficients()


def shapley(scores: ArrayLike, prior: ArrayLike) -> NDArray[np.float64]:
    """Contributions ``[..., 3]`` of the modalities, in score points.

    `scores` ``[..., 7]`` are those of the subsets in the order of `SUBSETS`; `prior` (a number or ``[...]``)
    is the score without any evidence. Contributions sum to the complete subset's score less the prior. A
    modality that adds nothing to any subset (one that is missing) contributes exactly 0.
    """
    by_subset = np.asarray(scores, dtype=np.float64)
    nothing = np.broadcast_to(np.asarray(prior, dtype=np.float64), by_subset.shape[:-1])
    table = np.concatenate([nothing[..., None], by_subset], axis=-1)
    values = np.empty((*by_subset.shape[:-1], _COUNT))
    for m in range(_COUNT):
        with_m = np.array([p for p in range(len(_TABLE)) if p >> m & 1])
        values[..., m] = ((table[..., with_m] - table[..., with_m - (1 << m)]) * _TABLE[with_m, m]).sum(-1)
    return values
