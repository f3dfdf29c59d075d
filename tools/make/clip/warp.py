"""Piecewise affine warping of a picture by a mesh of triangles."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

Points = NDArray[np.float64]
Triangles = NDArray[np.int32]
Map = NDArray[np.float32]
Indices = NDArray[np.intp]


def triangulate(points: Points) -> Triangles:
    """Delaunay triangles ``[n, 3]`` over the points ``[m, 2]``."""
    return np.asarray(Delaunay(points).simplices, dtype=np.int32)


def inverse_map(
    source: Points, target: Points, triangles: Triangles, width: int, height: int
) -> tuple[Map, Map]:
    """For each pixel of the target where it comes from in the source, as two maps ``[height, width]``.

    Pixels outside the mesh come from their own place.
    """
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    moved = np.abs(source - target).max(axis=1) > 1e-3
    corners = triangles[moved[triangles].any(axis=1)]
    owner, x, y = _candidates(target[corners], width, height)
    start = target[corners[:, 0]]
    one, two = target[corners[:, 1]] - start, target[corners[:, 2]] - start
    area = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
    area = np.where(np.abs(area) < 1e-6, np.nan, area)
    dx, dy = x - start[owner, 0], y - start[owner, 1]
    u = (two[owner, 1] * dx - two[owner, 0] * dy) / area[owner]
    v = (one[owner, 0] * dy - one[owner, 1] * dx) / area[owner]
    inside = (u >= -1e-4) & (v >= -1e-4) & (u + v <= 1 + 1e-4)
    owner, x, y, u, v = owner[inside], x[inside], y[inside], u[inside], v[inside]
    first, second, third = (source[corners[:, corner]][owner] for corner in range(3))
    came = first + u[:, None] * (second - first) + v[:, None] * (third - first)
    columns[y, x], rows[y, x] = came[:, 0], came[:, 1]
    return columns, rows


def _candidates(shapes: Points, width: int, height: int) -> tuple[Indices, Indices, Indices]:
    """All pixels in the bounding boxes of triangles ``[n, 3, 2]``: index of the triangle, column, row."""
    low = np.maximum(np.floor(shapes.min(axis=1)).astype(np.intp), 0)
    high = np.minimum(np.ceil(shapes.max(axis=1)).astype(np.intp) + 1, (width, height))
    size = np.maximum(high - low, 0)
    counts = size[:, 0] * size[:, 1]
    owner = np.repeat(np.arange(len(shapes)), counts)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    down, right = np.divmod(place, size[owner, 0])
    return owner, low[owner, 0] + right, low[owner, 1] + down
