"""A square of a picture, upright or turned: what a network looks at."""

import math
from dataclasses import dataclass

import numpy as np

from fsrf_live.fsrf.common.aliases import Doubles, Image


@dataclass(frozen=True, slots=True)
class Region:
    """A square round ``(x, y)`` with sides of `side` pixels, turned clockwise by `angle` radians."""

    x: float
    y: float
    side: float
    angle: float = 0.0

    def cut(self, picture: Image, pixels: int, *, black: bool) -> Image:
        """What it shows of ``picture [H, W, 3]``, as ``[pixels, pixels, 3]``.

        Outside the picture it is `black`, or continues the picture's edge.
        """
        import cv2

        turn = self._turn() / pixels
        middle = np.array([self.x, self.y]) - turn.sum(axis=1) * pixels / 2
        border = cv2.BORDER_CONSTANT if black else cv2.BORDER_REPLICATE
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        warp = np.column_stack([turn, middle])
        return np.asarray(
            cv2.warpAffine(picture, warp, (pixels, pixels), flags=how, borderMode=border), np.uint8
        )

    def place(self, points: Doubles) -> Doubles:
        """Where points ``[N, 2]`` of it, its corners being 0 and 1, are in the picture."""
        return np.asarray((points - 0.5) @ self._turn().T + [self.x, self.y])

    def _turn(self) -> Doubles:
        along, across = self.side * math.cos(self.angle), self.side * math.sin(self.angle)
        return np.array([[along, -across], [across, along]])


def around(points: Doubles, right: Doubles, left: Doubles, times: float) -> Region:
    """`times` the square round points ``[N, 2]``, turned so that two others ``[2]`` are level in it."""
    low, high = points.min(axis=0), points.max(axis=0)
    x, y = (low + high) / 2
    angle = math.atan2(left[1] - right[1], left[0] - right[0])
    return Region(float(x), float(y), times * float((high - low).max()), angle)


def tiles(picture: Image, share: float = 1 / 2) -> list[Region]:
    """Squares of a `share` of the longer side of a picture ``[H, W, 3]``, each half over the next."""
    height, width = picture.shape[:2]
    side = max(height, width) * share
    return [Region(x, y, side) for y in _middles(height, side) for x in _middles(width, side)]


def _middles(length: int, side: float) -> list[float]:
    steps = max(1, round(2 * (length - side) / side))
    if length <= side:
        return [length / 2]
    return [side / 2 + (length - side) * step / steps for step in range(steps + 1)]


def rim(picture: Image) -> list[Region]:
    """Eight squares of half the longer side, round points of the edge of a picture ``[H, W, 3]``."""
    height, width = picture.shape[:2]
    side = max(height, width) / 2
    middles = [(x, y) for y in (0, height / 2, height) for x in (0, width / 2, width)]
    return [Region(x, y, side) for x, y in middles if (x, y) != (width / 2, height / 2)]


def whole(picture: Image) -> Region:
    """The smallest square that shows all of a picture ``[H, W, 3]``."""
    height, width = picture.shape[:2]
    return Region(width / 2, height / 2, max(height, width))
