"""Expressions as displacements of a face mesh (MediaPipe's 468 points).

The portrait smiles with an open mouth. Its rest, with closed lips, is a displacement like every other
expression: the lips are set by a small formula, the rest of the face follows smoothly (thin-plate splines).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

_Points = NDArray[np.float64]

UPPER_OUTER = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
UPPER_INNER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LOWER_INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
LOWER_OUTER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)
_UPPER_LIDS = ((246, 161, 160, 159, 158, 157, 173), (466, 388, 387, 386, 385, 384, 398))
_LOWER_LIDS = ((7, 163, 144, 145, 153, 154, 155), (249, 390, 373, 374, 380, 381, 382))
_BROWS = ((46, 53, 52, 65, 55, 70, 63, 105, 66, 107), (276, 283, 282, 295, 285, 300, 293, 334, 296, 336))
_JAW = (152, 148, 377, 176, 400, 149, 378, 150, 379)
_FACE_EDGE: tuple[int, ...] = (
    10,
    338,
    297,
    332,
    284,
    251,
    389,
    356,
    454,
    323,
    361,
    288,
    397,
    365,
    136,
    172,
    58,
    132,
    93,
    234,
    127,
    162,
    21,
    54,
    103,
    67,
    109,
)
_NOSE = (168, 6, 197, 195, 5, 4, 1, 19, 2, 98, 327, 48, 278, 64, 294)
_EYES = (33, 133, 263, 362, *_UPPER_LIDS[0], *_UPPER_LIDS[1], *_LOWER_LIDS[0], *_LOWER_LIDS[1])
_PUPILS = (468, 473)
MESH_POINTS = 468


@dataclass(frozen=True, slots=True)
class Expressions:
    """A face at rest ``[468, 2]`` and displacements from it, all in pixels.

    `smile` leads to the portrait's own smile, a little more of it; `frown` to anger; `jaw` is one full
    opening of the mouth; `blink` shuts the eyes.
    """

    rest: _Points
    smile: _Points
    frown: _Points
    jaw: _Points
    blink: _Points

    def mix(self, smile: float, frown: float, jaw: float, blink: float) -> _Points:
        """The mesh ``[468, 2]`` for a mixture of expressions."""
        mesh = self.rest + smile * self.smile + frown * self.frown + jaw * self.jaw + blink * self.blink
        return np.asarray(mesh)


def expressions(smiling: _Points) -> Expressions:
    """Expressions from the landmarks ``[478, 2]`` of a face that smiles with an open mouth."""
    unit = float(np.linalg.norm(smiling[_PUPILS[0]] - smiling[_PUPILS[1]]))
    mesh = smiling[:MESH_POINTS]
    still = (*_FACE_EDGE, *_NOSE, *_EYES, *(i for brow in _BROWS for i in brow))
    rest = mesh + _spread(mesh, _closed_lips(mesh, unit), (*still, *_JAW))
    return Expressions(
        rest=rest,
        smile=(mesh - rest) + _spread(mesh, _wider(mesh, unit), (*still, *_JAW)),
        frown=_spread(rest, _frown(rest, unit), (*_FACE_EDGE, *_NOSE, *_EYES, *_JAW)),
        jaw=_spread(rest, _open_jaw(rest, unit), still),
        blink=_blink(mesh),
    )


def _spread(mesh: _Points, moved: dict[int, _Points], still: tuple[int, ...]) -> _Points:
    """Displacements of all points, from those that are moved and those that stay."""
    moves = {**{index: np.zeros(2) for index in still}, **moved}
    places = mesh[list(moves)]
    spline = RBFInterpolator(
        places, np.array(list(moves.values())), kernel="thin_plate_spline", smoothing=0.05
    )
    spread = np.asarray(spline(mesh), dtype=np.float64)
    spread[list(moved)] = np.array(list(moved.values()))
    return spread


def _closed_lips(mesh: _Points, unit: float) -> dict[int, _Points]:
    """Positions of a smile's lips at rest: narrower, level, shut, a little fuller."""
    middle = (mesh[13] + mesh[14]) / 2
    half = (mesh[291, 0] - mesh[61, 0]) / 2
    line = middle[1] + 0.005 * unit
    moves: dict[int, _Points] = {}
    for outer, inner, side in ((UPPER_OUTER, UPPER_INNER, -1.0), (LOWER_OUTER, LOWER_INNER, 1.0)):
        for one, other in zip(outer, inner, strict=True):
            across = (mesh[other, 0] - middle[0]) / half
            level = line + 0.015 * unit * across**2 - 0.02 * unit * (1 - across**2) * (side < 0)
            thick = abs(mesh[one, 1] - mesh[other, 1]) * 1.12
            for index, y in ((other, level + side * 0.004 * unit), (one, level + side * thick)):
                x = middle[0] + 0.80 * (mesh[index, 0] - middle[0])
                moves[index] = np.array([x, y]) - mesh[index]
    return moves


def _wider(mesh: _Points, unit: float) -> dict[int, _Points]:
    """A little more of the smile that is there: corners up and out, lower lids up."""
    moves = {
        61: np.array([-0.035, -0.03]) * unit,
        291: np.array([0.035, -0.03]) * unit,
        78: np.array([-0.030, -0.025]) * unit,
        308: np.array([0.030, -0.025]) * unit,
    }
    for lid in (145, 153, 144, 374, 380, 373):
        moves[lid] = np.array([0.0, -0.012]) * unit
    return moves


def _frown(mesh: _Points, unit: float) -> dict[int, _Points]:
    """Corners of the mouth down, lips pressed, brows together and down, eyes narrower."""
    moves: dict[int, _Points] = {}
    middle = mesh[13, 0]
    half = (mesh[291, 0] - mesh[61, 0]) / 2
    for index in {*UPPER_OUTER, *UPPER_INNER, *LOWER_INNER, *LOWER_OUTER}:
        across = (mesh[index, 0] - middle) / half
        moves[index] = np.array([-0.02 * across, -0.035 + 0.135 * across**2]) * unit
    for brow, towards in zip(_BROWS, (1.0, -1.0), strict=True):
        inner = mesh[brow[4], 0]
        reach = abs(mesh[brow[0], 0] - inner)
        for index in brow:
            near = 1 - min(1.0, abs(mesh[index, 0] - inner) / reach)
            moves[index] = np.array([0.065 * towards * near, 0.015 + 0.115 * near]) * unit
    for lids, drop in ((_UPPER_LIDS, 0.03), (_LOWER_LIDS, -0.012)):
        for index in (i for lid in lids for i in lid[1:-1]):
            moves[index] = np.array([0.0, drop]) * unit
    return moves


def _open_jaw(mesh: _Points, unit: float) -> dict[int, _Points]:
    """The lower lip and the chin go down, the upper lip gives a little, the corners come in."""
    moves: dict[int, _Points] = {}
    middle = mesh[13, 0]
    half = (mesh[291, 0] - mesh[61, 0]) / 2
    for rows, down in (((LOWER_INNER, LOWER_OUTER), 0.13), ((UPPER_INNER, UPPER_OUTER), -0.03)):
        for index in (i for row in rows for i in row):
            across = (mesh[index, 0] - middle) / half
            moves[index] = np.array([-0.03 * across, down * max(0.0, 1 - across**2) ** 0.7]) * unit
    for index in _JAW:
        moves[index] = np.array([0.0, 0.085]) * unit
    return moves


def _blink(mesh: _Points) -> _Points:
    moves = np.zeros_like(mesh)
    for upper, lower in zip(_UPPER_LIDS, _LOWER_LIDS, strict=True):
        for one, other in zip(upper, lower, strict=True):
            moves[one, 1] = 0.93 * (mesh[other, 1] - mesh[one, 1])
    return moves
