"""Erases labels from vectors that were made by a network trained on those labels.

Such vectors predict the labels of rows that the network was trained on far better than those of other rows,
and validation rows that were among them cannot show it. Training rows show in which directions the labels are
written; these are projected out of all rows: first the direction of the covariance with the label, by the
smallest possible change (LEACE: Belrose et al. 2023, NeurIPS, theorem 4.2); then, because the rest may still
predict it nonlinearly, the directions along which a kernel regressor's answer changes most, a few at a time
(iterative nullspace projection: Ravfogel et al. 2020, ACL; the directions: the outer product of gradients,
Xia et al. 2002, JRSS B, section 2). It stops when a regressor finds nothing in groups to which neither it nor
the directions were fitted. Genuine evidence in the vectors is erased as well.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Reals

_Doubles = NDArray[np.float64]

FOLDS = 5
"""Groups are hashed into these; each is answered by a regressor that was fitted to the others."""
_SHARE = 6
"""One direction in six is removed before the regressor is fitted again."""
RIDGE = 1.0
"""Added to the kernel's diagonal, whose entries are 1."""
FLAT = 1e-3
"""Directions of less deviation than this share of the largest hold rounding errors."""
CHANCE = 2.0
"""A correlation below this many standard errors (of independent rows) counts as none."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """An affine map of vectors ``[N, D]`` to vectors of that shape.

    `left` is how many directions were kept, of `rank`; `found` and `remains` are the correlations with the
    label of a kernel regressor's answers for groups that it was not fitted to, before and after.
    """

    mean: _Doubles
    project: _Doubles
    rank: int
    left: int
    found: float
    remains: float

    def __call__(self, vectors: Reals) -> NDArray[np.float32]:
        """The vectors with the label erased."""
        return np.asarray(self.mean + (vectors - self.mean) @ self.project, np.float32)


def fit_erasure(vectors: Reals, labels: Reals, groups: NDArray[np.str_]) -> Erasure:
    """Fit to training rows: vectors ``[N, D]``, labels ``[N]``; rows of one group stay in one fold."""
    mean = np.asarray(vectors, np.float64).mean(0)
    score = np.asarray(labels, np.float64) - np.mean(labels, dtype=np.float64)
    whiten, colour = _whitening(vectors - mean)
    white = (vectors - mean) @ whiten
    agreement = _agreement(white, score, np.array([zlib.crc32(group.encode()) % FOLDS for group in groups]))
    chance = CHANCE / np.sqrt(len(score))
    left = next(count for count, r in agreement.items() if count < white.shape[1] and r <= chance)
    kept = next(basis for basis, _ in _shrinking(white, score) if basis.shape[1] == left)
    found = agreement[white.shape[1]]
    return Erasure(mean, whiten @ kept @ kept.T @ colour, white.shape[1], left, found, agreement[left])


def _whitening(centred: Reals) -> tuple[_Doubles, _Doubles]:
    """Maps ``[D, R]`` to R uncorrelated directions of deviation 1, and back ``[R, D]``."""
    _, deviation, directions = np.linalg.svd(centred / np.sqrt(len(centred)), full_matrices=False)
    real = deviation > FLAT * deviation[0]
    axes, spread = directions[real], deviation[real, None]
    return (axes / spread).T, axes * spread


def _agreement(white: _Doubles, score: _Doubles, folds: NDArray[np.int64]) -> dict[int, float]:
    """Correlation of held-out answers with the scores, by the number of directions that are left.

    From all directions down to none, whose correlation is 0.
    """
    answers: dict[int, _Doubles] = {}
    for held in (folds == fold for fold in np.unique(folds)):
        for basis, regressor in _shrinking(white[~held], score[~held]):
            answer = answers.setdefault(basis.shape[1], np.zeros(len(score)))
            answer[held] = regressor.answer(white[held] @ basis)
    return {count: _correlation(answer, score) for count, answer in answers.items()} | {0: 0.0}


class _Regressor:
    """Kernel ridge regression of scores ``[N]`` by rows ``[N, K]``; K = 0 answers 0."""

    def __init__(self, rows: _Doubles, score: _Doubles) -> None:
        squares = _squares(rows, rows)
        self._rows, self._width = rows, max(float(np.median(squares)), FLAT**2)
        self._kernel = np.exp(-squares / self._width)
        self._weight = np.linalg.solve(self._kernel + RIDGE * np.eye(len(rows)), score)

    def answer(self, others: _Doubles) -> _Doubles:
        """Answers ``[M]`` for other rows ``[M, K]``."""
        return np.asarray(np.exp(-_squares(others, self._rows) / self._width) @ self._weight)

    def slope(self) -> _Doubles:
        """Gradients ``[N, K]`` of the answer at the rows that it was fitted to."""
        weight, rows = self._weight[:, None], self._rows
        apart = self._kernel @ (weight * rows) - rows * (self._kernel @ weight)
        return np.asarray(2 / self._width * apart)


def _shrinking(white: _Doubles, score: _Doubles) -> Iterator[tuple[_Doubles, _Regressor]]:
    """Orthonormal bases ``[R, K]`` of what is kept, and a regressor of the score on each.

    First all directions, then all but that of the covariance, then fewer and fewer, at last none.
    """
    rank = white.shape[1]
    basis = np.eye(rank)
    yield basis, _Regressor(white, score)
    basis = np.linalg.qr((score @ white)[:, None], mode="complete")[0][:, 1:]
    while True:
        regressor = _Regressor(white @ basis, score)
        yield basis, regressor
        if not basis.shape[1]:
            return
        slope = regressor.slope()
        _, directions = np.linalg.eigh(slope.T @ slope)
        basis = basis @ directions[:, : basis.shape[1] - -(-basis.shape[1] // _SHARE)]


def _squares(x: _Doubles, y: _Doubles) -> _Doubles:
    """Squared distances ``[N, M]``."""
    return np.asarray(np.maximum((x**2).sum(1)[:, None] + (y**2).sum(1)[None] - 2 * x @ y.T, 0.0))


def _correlation(x: _Doubles, y: _Doubles) -> float:
    scale = np.linalg.norm(x - x.mean()) * np.linalg.norm(y)
    return float((x @ y) / scale) if scale else 0.0
