"""Still faces become sequences: an expression comes and goes, a mouth talks, a tracker trembles.

Vectors are as `facemesh-contour-appearance-2` makes them. First geometry: for each of 128 contour points of
the mesh, in ascending order of their mesh index, its displacement (x to the right, y down, z away) from a
canonical neutral face, in tenths of the face's radius. Then appearance, of any width. Talking moves the mouth
whatever the mood, so its movement is no evidence.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Floats

POINTS = 128
GEOMETRY = 3 * POINTS
LIKENESS = 0.4
"""How far a wide open mouth makes a face look like another one."""
_CONTOUR = (
    0, 7, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78,
    80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148,
    149, 150, 152, 153, 154, 155, 157, 158, 159, 160, 161, 162, 163, 172, 173, 176, 178, 181, 185,
    191, 234, 246, 249, 251, 263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296,
    297, 300, 308, 310, 311, 312, 314, 317, 318, 321, 323, 324, 332, 334, 336, 338, 356, 361, 362,
    365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385, 386, 387, 388, 389, 390, 397, 398,
    400, 402, 405, 409, 415, 454, 466,
)  # fmt: skip
_MIDDLE = (0, 10, 13, 14, 17, 152)
_LOWER_LIP = (14, 17, 84, 87, 88, 91, 95, 178, 181, 314, 317, 318, 321, 324, 402, 405)
_LOWER_LIP_SIDE = (146, 375)
_UPPER_LIP = (0, 13, 37, 39, 40, 80, 81, 82, 267, 269, 270, 310, 311, 312)
_CHIN = (148, 149, 150, 152, 176, 377, 378, 379, 400)
_JAW = (136, 172, 365, 397)
_RIGHT_CORNER = (61, 78, 146, 185, 191)
_LEFT_CORNER = (291, 308, 375, 409, 415)
_EYES_UPPER = (157, 158, 159, 160, 161, 173, 246, 384, 385, 386, 387, 388, 398, 466)


@cache
def movements() -> Floats:
    """What a talking face does, ``[4, 384]``: jaw opens, lips round, lips spread, eyes close."""
    opened, rounded, spread, blink = (np.zeros((POINTS, 3), np.float32) for _ in range(4))
    _move(opened, _LOWER_LIP, y=1.0)
    _move(opened, _CHIN, y=0.9)
    _move(opened, _JAW + _LOWER_LIP_SIDE, y=0.5)
    _move(opened, _UPPER_LIP, y=-0.1)
    for side, corner in ((1.0, _RIGHT_CORNER), (-1.0, _LEFT_CORNER)):
        _move(rounded, corner, x=side, z=-0.3)
        _move(spread, corner, x=-side)
    _move(rounded, _LOWER_LIP + _UPPER_LIP, z=-0.6)
    _move(blink, _EYES_UPPER, y=0.8)
    return np.stack([m.ravel() for m in (opened, rounded, spread, blink)])


def mirrored(vectors: Floats) -> Floats:
    """The same faces ``[..., D]`` mirrored; appearance stays: its network learned mirrored faces too."""
    shape, looks = vectors[..., :GEOMETRY], vectors[..., GEOMETRY:]
    points = shape.reshape(*shape.shape[:-1], POINTS, 3)[..., _partners(), :]
    turned = np.asarray(points * np.array([-1, 1, 1], np.float32)).reshape(shape.shape)
    return np.concatenate([turned, looks], -1)


@cache
def _partners() -> NDArray[np.int64]:
    """Place of each contour point's mirror image: the mesh numbers both halves in one order."""
    sides = [landmark for landmark in _CONTOUR if landmark not in _MIDDLE]
    half = len(sides) // 2
    partner = dict(zip(sides, sides[half:] + sides[:half], strict=True))
    return np.array([_CONTOUR.index(partner.get(landmark, landmark)) for landmark in _CONTOUR])


def _move(field: Floats, landmarks: Sequence[int], *, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> None:
    field[[_CONTOUR.index(landmark) for landmark in landmarks]] += np.array([x, y, z], np.float32)


def envelope(frames: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """How much of an expression shows, ``[frames]`` in [0, 1]: whole, or coming, going, or both."""
    if frames < 4 or rng.random() < 0.4:
        return np.full(frames, rng.uniform(0.8, 1.0), np.float32)
    start = rng.uniform(-0.4, 0.6)
    end = max(start, 0.0) + rng.uniform(0.35, 1.2)
    time, ramp = np.linspace(0, 1, frames), 3.0 / frames
    shown = np.clip((time - start) / ramp, 0, 1) * np.clip((end - time) / ramp, 0, 1)
    return np.asarray(shown * rng.uniform(0.75, 1.0), np.float32)


def talk(frames: int, rng: np.random.Generator) -> Floats:
    """How far a mouth that speaks in bursts, and eyes that blink, make each movement: ``[frames, 4]``."""
    speaking = np.repeat(rng.random(frames // 4 + 1) < 0.8, 4)[:frames]
    strength = rng.gamma(2.0, 0.6)
    amounts: Floats = np.zeros((frames, 4), np.float32)
    amounts[:, 0] = speaking * np.abs(rng.normal(0.4, 0.6, frames)) * strength
    shape = rng.normal(0.0, 0.35, frames) * speaking * strength
    amounts[:, 1], amounts[:, 2] = np.maximum(shape, 0), np.maximum(-shape, 0)
    amounts[:, 3] = (rng.random(frames) < 0.03) * rng.uniform(0.4, 1.0)
    return amounts


def tremble(frames: int, direction: Floats, rng: np.random.Generator) -> Floats:
    """A tracker's error ``[frames, D]``: white noise, and a slow drift along a direction ``[D]``."""
    white = rng.normal(0.0, rng.uniform(0.05, 0.2), (frames, len(direction)))
    drift = np.cumsum(rng.normal(0.0, 0.05, frames))
    return np.asarray(white + np.clip(drift, -0.3, 0.3)[:, None] * direction, np.float32)


def sequence(
    expression: Floats, rest: Floats, other: Floats, frames: int, rng: np.random.Generator
) -> tuple[Floats, float]:
    """A face's ``[frames, D]`` between `rest` and `expression` (``[D]`` each), and how much it showed.

    `other` is any further face: the tracker drifts along a part of its difference to `rest`, and a mouth that
    opens to speak makes the face look like it for a moment, as an open mouth looks like many expressions.
    """
    shown = envelope(frames, rng)
    moving = rest + shown[:, None] * (expression - rest)
    if rng.random() < 0.8:
        amounts = talk(frames, rng)
        moving[:, :GEOMETRY] += amounts @ movements()
        moving[:, GEOMETRY:] += LIKENESS * np.minimum(amounts[:, :1], 1) * (other - rest)[GEOMETRY:]
    moving = moving + tremble(frames, 0.5 * (other - rest), rng)
    return moving.astype(np.float32), float(shown.mean())
